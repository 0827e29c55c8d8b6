import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const TOP = ['src', 'test', 'docs', 'templates', 'migrations', 'scripts'];
const HIDDEN = ['.github', '.devcontainer', '.ci'];
const FILES = /\.(ts|js|mjs|json|md|mjml|liquid|css|svg|png|yml|yaml|sql)$/;

/** What stands for a name in a path. */
const PLACEHOLDER = /NAME|NNNN|DATE/;

/** All Markdown files of the repository's own. */
export function listDocs(root: string): string[] {
  const below = (folder: string): string[] =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return below(path);
      return entry.name.endsWith('.md') ? [path] : [];
    });
  const top = readdirSync(root).filter((name) => name.endsWith('.md'));
  return [...top, ...below('docs'), ...(existsSync(join(root, '.github')) ? below('.github') : [])];
}

/** What a Markdown file names that is not there: paths in backticks, links, and parts of pages. */
export function findBroken(root: string, file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8').replace(/^```[\s\S]*?^```/gm, '');
  const paths = [...text.matchAll(/`([^`\s]+)`/g)].map(([, path = '']) => path);
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return [
    ...paths.filter((path) => isPath(root, path) && !exists(root, path)),
    ...links.filter((link) => !/^[a-z]+:/.test(link) && !isReached(root, file, link)),
  ];
}

/** A path from the root, or from `src/` where it begins with a module. */
function isPath(root: string, text: string): boolean {
  const [first = '', ...rest] = text.split('/');
  if (rest.length === 0 || !/^[\w.@/-]+$/.test(text) || PLACEHOLDER.test(text)) {
    return false;
  }
  if (TOP.includes(first) || HIDDEN.includes(first)) return true;
  return existsSync(join(root, 'src', first)) && (FILES.test(text) || text.endsWith('/'));
}

function exists(root: string, path: string): boolean {
  return existsSync(join(root, path)) || existsSync(join(root, 'src', path));
}

function isReached(root: string, from: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? from : normalize(join(dirname(from), path));
  if (!existsSync(join(root, file))) return false;
  return anchor === undefined || listAnchors(join(root, file)).includes(anchor);
}

/** The names that GitHub gives to headings. */
function listAnchors(path: string): string[] {
  const text = readFileSync(path, 'utf8').replace(/^```[\s\S]*?^```/gm, '');
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}
