import { readdirSync } from 'node:fs';
import { LOCALES, SOURCE_LANGUAGE } from '../views/catalogues.js';
import { InvalidValue } from './setting.js';

/** One of the languages that there are catalogues for. */
export function parseLanguage(text: string): string {
  // The default is there in any case, and is read where no catalogue is needed.
  if (text === SOURCE_LANGUAGE) return text;
  const codes = readdirSync(LOCALES).sort();
  const code = codes.find((known) => known.toLowerCase() === text.toLowerCase());
  if (code !== undefined) return code;
  throw new InvalidValue(`one of ${codes.join(', ')}`);
}
