import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Puts the modules of the built program together in few files. A command loads some 450 of them
 * otherwise, more than half of them Kysely's, which takes longer than what most commands do. What
 * these packages import themselves comes along. The files stay in `dist/cli`: `import.meta.url` has
 * to be of the same depth as in the sources.
 */
const TOGETHER = [
  'kysely',
  'temporal-polyfill',
  'typebox',
  'undici',
  'htmlparser2',
  'porter2',
  'nodemailer',
  'liquidjs',
  'node-cron',
];
/** For packages in CommonJS, which require modules of Node's. */
const BANNER = `import { createRequire as toRequire } from 'node:module';
const require = toRequire(import.meta.url);`;
const FOLDER = new URL('dist/cli/', import.meta.url);
/** What esbuild calls a file that several others share, or that is loaded when it is needed. */
const PART = /-[0-9A-Z]{8}\.js$/;

const ENTRIES = ['program', 'work-thread', 'inbound-thread'].map((name) => `dist/cli/${name}.js`);
// They have been put together already.
if (ENTRIES.every((entry) => readFileSync(entry, 'utf8').includes(BANNER))) process.exit();

const { dependencies, devDependencies } = JSON.parse(
  readFileSync(new URL('package.json', import.meta.url), 'utf8'),
);
const { metafile } = await build({
  entryPoints: ENTRIES,
  absWorkingDir: fileURLToPath(new URL('.', import.meta.url)),
  outdir: 'dist/cli',
  allowOverwrite: true,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  banner: { js: BANNER },
  external: Object.keys({ ...dependencies, ...devDependencies }).filter(
    (name) => !TOGETHER.includes(name),
  ),
  logLevel: 'warning',
  metafile: true,
});
// Afterwards: the program stays as it was if it can't be put together, or has been already.
for (const file of readdirSync(FOLDER)) {
  const isOld = PART.test(file) && !(`dist/cli/${file}` in metafile.outputs);
  if (isOld) rmSync(new URL(file, FOLDER));
}
