import { buildConfirmWords } from '../delivery/notice-words.js';
import { htmlToText } from '../text/html-text.js';
import type { Messages } from '../views/messages.js';
import type { Site } from '../views/site.js';
import type { BlankForm } from './form-page.js';
import type { RenderPage } from './views.js';

/** What people saw before they agreed, for the consent records; the same for all of them. */
export interface ConsentWords {
  /** Of who used a form of ours: the form, and the mail that it has sent. */
  form: string;
  /** Of who came by another way: the mail. */
  mail: string;
  /** Of who confirms: the page with the button. */
  page: string;
}

/** The words in the language in which somebody sees them. */
export type ConsentWordsIn = (messages: Messages) => ConsentWords;

export function openConsentWords(
  renderPage: RenderPage,
  deps: { site: Site; blankForm: BlankForm },
): ConsentWordsIn {
  const known = new Map<Messages, ConsentWords>();
  return (messages) => {
    const words = known.get(messages) ?? buildConsentWords(renderPage, messages, deps);
    known.set(messages, words);
    return words;
  };
}

function buildConsentWords(
  renderPage: RenderPage,
  messages: Messages,
  { site, blankForm }: { site: Site; blankForm: BlankForm },
): ConsentWords {
  const form = toWords(renderPage('subscribe', messages, blankForm()));
  const page = toWords(renderPage('confirm', messages, { action: '', email: '[address]' }));
  const mail = buildConfirmWords(site, messages);
  return {
    form: `The form\n\n${form}\n\n${mail}`,
    mail,
    page: `The page to confirm on\n\n${page}`,
  };
}

/** The text of the page's own part, without the lists that one can choose from. */
function toWords(html: string): string {
  const main = /<main[^>]*>([\s\S]*)<\/main>/.exec(html)?.[1] ?? html;
  const shown = main
    .replace(/<(select|datalist)\b[\s\S]*?<\/\1>/g, '')
    // What people don't see.
    .replace(/<div class="trap"[\s\S]*?<\/div>/g, '')
    .replace(/<\/?(?:details|summary|fieldset|legend)\b[^>]*>/g, '\n');
  return htmlToText(shown)
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .filter((line) => line !== '')
    .join('\n');
}
