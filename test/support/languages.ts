import type { Languages } from '../../src/base/languages.js';
import { Catalogues } from '../../src/views/catalogues.js';
import { Messages } from '../../src/views/messages.js';
import { english } from './words.js';

/** A site in English that can write in others, too. */
export const LANGUAGES: Languages = { own: 'en', all: ['en', 'de', 'pt-BR', 'zh-CN', 'ja'] };

/** Catalogues of these languages, whose texts are English, but for their names. */
export function catalogueOf({ own, all }: Languages = LANGUAGES): Catalogues {
  const others = all.filter((code) => code !== 'en');
  const messages = others.map((code) => {
    const language = { code, name: code, direction: 'ltr', locale: code } as const;
    return new Messages(language, new Map(), english);
  });
  return new Catalogues([english, ...messages], own);
}
