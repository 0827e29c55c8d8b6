import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { PaperboyError, toErrorCode } from '../base/errors.js';
import { shortName, templateFault } from '../views/liquid.js';

/** The output of `npm run build`: Liquid templates by the SHA-256 of their MJML. */
export type Built = Readonly<Record<string, string>>;

export const BUILT_FILE = new URL('../../dist/mjml.json', import.meta.url);

/**
 * Turns an MJML template into a Liquid template. One that was not changed since the build is only
 * looked up, since loading MJML takes longer than sending hundreds of mails.
 * @throws PaperboyError `template_fault`
 */
export async function loadLiquid(source: string, file: string): Promise<string> {
  return (await readBuilt())[toMjmlKey(source)] ?? compileMjml(source, file);
}

export function toMjmlKey(source: string): string {
  return createHash('sha256').update(source).digest('hex');
}

/** @throws PaperboyError `template_fault` */
export async function compileMjml(source: string, file: string): Promise<string> {
  const { default: mjml2html } = await loadMjml(file);
  try {
    // Without `fonts: {}`, every mail would link a font from a third party's server.
    const { html } = await mjml2html(source, { fonts: {}, validationLevel: 'strict' });
    return plainPreview(html)
      .replace(/>[ \t]*\n\s*/g, '>\n')
      .replace(/\n\s*\n/g, '\n');
  } catch (error) {
    throw templateFault(file, error);
  }
}

/**
 * Simplifies the style of the hidden preview. MJML also makes it white and one pixel high, which spam
 * filters count as a trick (SpamAssassin: HTML_FONT_LOW_CONTRAST). Mail programs show the preview
 * beside the subject all the same.
 */
function plainPreview(html: string): string {
  return html.replace(
    /<div style="display:none;font-size:1px;[^"]*">/,
    '<div style="display:none;mso-hide:all">',
  );
}

/** MJML is a development dependency: a production install uses the templates of its build. */
async function loadMjml(file: string) {
  try {
    return await import('mjml');
  } catch (cause) {
    throw new PaperboyError(
      'template_fault',
      `The template ${shortName(file)} was changed after the build, and MJML is not installed to compile it; change it where "npm run build" runs.`,
      { cause },
    );
  }
}

/** Without a build, as when a single test runs, templates are compiled when they are needed. */
async function readBuilt(): Promise<Built> {
  try {
    return JSON.parse(await readFile(BUILT_FILE, 'utf8')) as Built;
  } catch (error) {
    if (toErrorCode(error) === 'ENOENT') return {};
    throw error;
  }
}
