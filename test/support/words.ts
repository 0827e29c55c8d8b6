import { DEFAULT_ACCENT } from '../../src/views/accent.js';
import { loadCatalogues } from '../../src/views/catalogues.js';
import type { Site } from '../../src/views/site.js';

/** The texts of all languages, with English for whoever has chosen none. */
export const catalogues = loadCatalogues('en');

/** The English ones. */
export const english = catalogues.for('en');

/** A site as it is when nobody has set anything of it. */
export function plainSite(changes: Partial<Site> = {}): Site {
  return {
    ...{ name: 'Paperboy', publicUrl: 'http://localhost:3000', tagline: null },
    ...{ accent: DEFAULT_ACCENT, contact: null, imprint: null, postalAddress: null },
    editedBy: null,
    ...changes,
  };
}
