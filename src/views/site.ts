import type { Accent } from './accent.js';

/** Whose paper it is: what pages, mails and feeds say of the site. */
export interface Site {
  readonly name: string;
  /** The base URL of the pages, without a slash at the end. */
  readonly publicUrl: string;
  /** A line below the name; `null`: the language's own. */
  readonly tagline: string | null;
  readonly accent: Accent;
  /** An address or a URL where people are answered. */
  readonly contact: string | null;
  /** Who is responsible by law: a text, or the URL of a page. */
  readonly imprint: string | null;
  /** What laws on bulk mail ask for, a line a line. */
  readonly postalAddress: string | null;
  /** Who edits the editions; `null`: nobody is named. */
  readonly editedBy: string | null;
}

/** The operator's picture, as the file has it. */
export interface Logo {
  /** Under which pages find it: none of the product's own files has it. */
  readonly name: string;
  readonly type: string;
  readonly body: Buffer;
}

/** How templates of mails and pages see it: `site.…`. */
export function presentSite({ publicUrl, contact, imprint, postalAddress, ...site }: Site) {
  return {
    ...site,
    url: `${publicUrl}/`,
    host: publicUrl.replace(/^https?:\/\//, ''),
    contact,
    contactUrl: contact && toContactUrl(contact),
    imprint,
    imprintUrl: imprint === null ? null : isUrl(imprint) ? imprint : `${publicUrl}/imprint`,
    /** Of an imprint that is a text, the lines. */
    imprintLines: imprint === null || isUrl(imprint) ? [] : imprint.split('\n'),
    postalAddress: postalAddress === null ? [] : postalAddress.split('\n'),
  };
}

function toContactUrl(contact: string): string {
  return isUrl(contact) ? contact : `mailto:${contact}`;
}

function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}
