import { buildConfirmWords } from '../delivery/notice-words.js';
import { htmlToText } from '../text/html-text.js';
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

export function buildConsentWords(
  renderPage: RenderPage,
  { publicUrl, blankForm }: { publicUrl: string; blankForm: BlankForm },
): ConsentWords {
  const form = toWords(renderPage('subscribe', blankForm()));
  const page = toWords(renderPage('confirm', { action: '', email: '[address]' }));
  const mail = buildConfirmWords(publicUrl);
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
