// The built program, with waits that tests have the time for. HURRIED may have some of them otherwise.
import { toTiming } from './hurry.js';

const { runCli } = await import(new URL('../../dist/cli/program.js', import.meta.url).href);
process.exitCode = await runCli(
  process.argv.slice(2),
  process.env,
  await toTiming(process.env['HURRIED']),
);
