import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PaperboyError } from '../base/errors.js';
import { htmlEngine, parse, render, templateFault, textEngine } from './liquid.js';

/** A compiled template: context in, text out. */
export type Render = (context: object) => string;

/** Both parts of a mail. */
export interface MailTemplate {
  html: Render;
  text: Render;
}

export interface MailTemplates {
  digest: MailTemplate;
  card: MailTemplate;
  notices: Record<'confirm' | 'preferences', MailTemplate>;
}

/**
 * Compiles all mail templates below `folder` once: MJML to HTML that is a Liquid template, so that
 * a mail costs no MJML.
 * @throws PaperboyError `template_fault`
 */
export async function compileTemplates(folder: string): Promise<MailTemplates> {
  const [digest, card, confirm, preferences] = await Promise.all([
    mail(folder, 'digest/digest'),
    cardTemplate(folder),
    mail(folder, 'notices/confirm'),
    mail(folder, 'notices/preferences'),
  ]);
  return { digest, card, notices: { confirm, preferences } };
}

async function mail(folder: string, name: string): Promise<MailTemplate> {
  return {
    html: await mjmlTemplate(folder, `${name}.mjml`),
    text: await textTemplate(folder, `${name}.txt.liquid`),
  };
}

async function cardTemplate(folder: string): Promise<MailTemplate> {
  const file = join(folder, 'digest/card.liquid');
  const html = compile(htmlEngine(folder), await read(file), file);
  return { html, text: await textTemplate(folder, 'digest/card.txt.liquid') };
}

async function mjmlTemplate(folder: string, name: string): Promise<Render> {
  const file = join(folder, name);
  return compile(htmlEngine(folder), await fromMjml(await read(file), file), file);
}

async function textTemplate(folder: string, name: string): Promise<Render> {
  const file = join(folder, name);
  return compile(textEngine(folder), await read(file), file);
}

function compile(engine: ReturnType<typeof htmlEngine>, source: string, file: string): Render {
  const template = parse(engine, source, file);
  return (context) => render(engine, template, context, file);
}

async function fromMjml(source: string, file: string): Promise<string> {
  // Loading it takes longer than most commands, and few of them need it.
  const { default: mjml2html } = await import('mjml');
  try {
    // `fonts: {}`: otherwise every mail links a font from a third party's server.
    const { html } = await mjml2html(source, { fonts: {}, validationLevel: 'strict' });
    return html.replace(/>[ \t]*\n\s*/g, '>\n').replace(/\n\s*\n/g, '\n');
  } catch (error) {
    throw templateFault(file, error);
  }
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new PaperboyError('template_fault', `The template ${file} can not be read.`, { cause });
  }
}
