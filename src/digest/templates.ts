import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Liquid } from 'liquidjs/dist/liquid.node.mjs';
import { PaperboyError } from '../base/errors.js';
import type { NoticeKind } from '../subscribers/subscribe.js';
import { type Accent, DEFAULT_ACCENT, withAccent } from '../views/accent.js';
import { htmlEngine, parse, render, TEMPLATES, textEngine } from '../views/liquid.js';
import type { Messages } from '../views/messages.js';
import { loadLiquid } from './mjml.js';

/** A compiled template: context in, text in that language out. */
export type Render = (context: object, messages: Messages) => string;

/** Both parts of a mail. */
export interface MailTemplate {
  html: Render;
  text: Render;
}

export interface MailTemplates {
  digest: MailTemplate;
  card: MailTemplate;
  notices: Record<NoticeKind, MailTemplate>;
}

/** The templates of whole mails: `.mjml` for the HTML part, `.txt.liquid` for the text part. */
export const MAILS = [
  'digest/digest',
  'notices/confirm',
  'notices/preferences',
  'notices/paused',
] as const;

/**
 * Compiles all mail templates below `folder`, by default the program's own, once at the start. MJML
 * becomes HTML with Liquid tags, so rendering a mail needs no MJML.
 * @throws PaperboyError `template_fault`
 */
export async function compileTemplates(
  folder = TEMPLATES,
  accent: Accent = DEFAULT_ACCENT,
): Promise<MailTemplates> {
  const html = htmlEngine(folder);
  const text = textEngine(folder);
  const template = async (name: string, engine: Liquid): Promise<Render> => {
    const file = join(folder, name);
    const source = await read(file);
    const liquid = name.endsWith('.mjml') ? await loadLiquid(source, file) : source;
    const parsed = parse(engine, withAccent(liquid, accent), file);
    return (context, messages) => render(engine, parsed, { context, messages }, file);
  };
  const both = async (htmlName: string, textName: string): Promise<MailTemplate> => ({
    html: await template(htmlName, html),
    text: await template(textName, text),
  });
  const mail = (name: (typeof MAILS)[number]) => both(`${name}.mjml`, `${name}.txt.liquid`);
  const [digest, card, confirm, preferences, paused] = await Promise.all([
    mail('digest/digest'),
    both('digest/card.liquid', 'digest/card.txt.liquid'),
    mail('notices/confirm'),
    mail('notices/preferences'),
    mail('notices/paused'),
  ]);
  return { digest, card, notices: { confirm, preferences, paused } };
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new PaperboyError('template_fault', `The template ${file} cannot be read.`, { cause });
  }
}
