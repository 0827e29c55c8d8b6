import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PaperboyError, toErrorMessage } from '../base/errors.js';
import type { Languages } from '../base/languages.js';
import { type Language, Messages } from './messages.js';

/** The folder of all catalogues: a folder a language, a file an area. */
export const LOCALES = fileURLToPath(new URL('../../locales/', import.meta.url));

/** The language that has every message; the others fall back to it. */
export const SOURCE_LANGUAGE = 'en';

/** The texts of all languages. */
export class Catalogues {
  readonly #messages: ReadonlyMap<string, Messages>;
  readonly #default: Messages;
  /** The site's own language and all that there are. */
  readonly codes: Languages;

  /**
   * @param site the code of the language of whoever has chosen none
   * @throws PaperboyError `language_unknown`
   */
  constructor(all: readonly Messages[], site: string) {
    this.#messages = new Map(all.map((messages) => [messages.language.code, messages]));
    const chosen = this.#messages.get(site);
    if (!chosen) {
      const codes = [...this.#messages.keys()].join(', ');
      throw new PaperboyError('language_unknown', `There is no language "${site}", only ${codes}.`);
    }
    this.#default = chosen;
    this.codes = { own: site, all: [...this.#messages.keys()] };
  }

  /** The texts of the site's own language. */
  get site(): Messages {
    return this.#default;
  }

  /** In the order of their names. */
  get languages(): readonly Language[] {
    return [...this.#messages.values()].map(({ language }) => language);
  }

  has(code: string): boolean {
    return this.#messages.has(code);
  }

  /** The texts of that language; of the site's own where it is `null`, or not there any more. */
  for(code: string | null): Messages {
    return (code === null ? undefined : this.#messages.get(code)) ?? this.#default;
  }
}

/**
 * Reads all languages. `language.json` of a folder says what it is called, all others hold messages:
 * the message `votes` of `paper.json` has the key `paper.votes`.
 * @throws PaperboyError `message_fault`, `language_unknown`
 */
export function loadCatalogues(site: string, folder = LOCALES): Catalogues {
  const codes = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const source = readLanguage(folder, SOURCE_LANGUAGE, null);
  const others = codes
    .filter((code) => code !== SOURCE_LANGUAGE)
    .map((code) => readLanguage(folder, code, source));
  const all = [source, ...others];
  all.sort((one, other) => one.language.name.localeCompare(other.language.name, SOURCE_LANGUAGE));
  return new Catalogues(all, site);
}

function readLanguage(folder: string, code: string, fallback: Messages | null): Messages {
  const { name = code, direction, locale = code } = readTexts(join(folder, code, 'language.json'));
  const texts = new Map<string, string>();
  for (const file of readdirSync(join(folder, code)).sort()) {
    if (!file.endsWith('.json') || file === 'language.json') continue;
    const area = basename(file, '.json');
    for (const [key, text] of Object.entries(readTexts(join(folder, code, file)))) {
      texts.set(`${area}.${key}`, text);
    }
  }
  const language: Language = {
    ...{ code, name, locale },
    direction: direction === 'rtl' ? 'rtl' : 'ltr',
  };
  return new Messages(language, texts, fallback);
}

function readTexts(file: string): Record<string, string> {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof content !== 'object' || content === null) throw new Error('it is no object');
    for (const [key, text] of Object.entries(content)) {
      if (typeof text !== 'string') throw new Error(`"${key}" is no text`);
    }
    return content as Record<string, string>;
  } catch (error) {
    const place = file.slice(file.lastIndexOf('locales'));
    throw new PaperboyError('message_fault', `${place} has a fault: ${toErrorMessage(error)}`, {
      cause: error,
    });
  }
}
