import type { Logo, Site } from '../views/site.js';
import type { ReadSettings } from './read-settings.js';

export interface SiteConfig {
  readonly site: Site;
  readonly logo: Logo | null;
}

/** What stands in one setting of its own for operators is one thing for pages and mails. */
export function buildSite({ values }: ReadSettings, publicUrl: string): SiteConfig {
  const { siteName: name, siteTagline: tagline, accent, logo, imprint, postalAddress } = values;
  const contact = values.contact ?? (values.replyTo ?? values.mailFrom).address;
  const { editedBy } = values;
  return {
    site: { name, publicUrl, tagline, accent, contact, imprint, postalAddress, editedBy },
    logo,
  };
}
