import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIRM_HOURS, type NoticeKind } from '../subscribers/subscribe.js';
import { parse, render, TEMPLATES, textEngine } from '../views/liquid.js';
import type { Messages } from '../views/messages.js';
import { presentSite, type Site } from '../views/site.js';

/** The subject of a notice. */
export function buildNoticeSubject(kind: NoticeKind, site: Site, messages: Messages): string {
  return messages.t(`notice.subject_${kind}`, { site: site.name });
}

/**
 * What the mail says that asks somebody to confirm, as it is kept with their consent: without what
 * differs from reader to reader.
 * @throws PaperboyError `template_fault`
 */
export function buildConfirmWords(site: Site, messages: Messages): string {
  const file = join(TEMPLATES, 'notices/confirm.txt.liquid');
  const engine = textEngine(TEMPLATES);
  const subject = buildNoticeSubject('confirm', site, messages);
  const context = {
    ...{ site: presentSite(site), subject, hours: CONFIRM_HOURS },
    ...{ email: '[address]', links: { confirm: '[link]', never: '[link]' } },
  };
  const text = render(
    engine,
    parse(engine, readFileSync(file, 'utf8'), file),
    { context, messages },
    file,
  );
  return `The mail to confirm\n\nSubject: ${subject}\n\n${text.trim()}`;
}
