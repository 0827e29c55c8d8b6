import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { toErrorMessage } from '../base/errors.js';
import type { Logo } from '../views/site.js';
import { InvalidValue } from './setting.js';

const TYPES: Readonly<Record<string, { type: string; begins: RegExp }>> = {
  '.svg': {
    type: 'image/svg+xml',
    begins: /^(?:\xEF\xBB\xBF)?\s*<(?:\?xml|!--|!doctype svg|svg)/i,
  },
  '.png': { type: 'image/png', begins: /^\x89PNG\r\n/ },
  '.webp': { type: 'image/webp', begins: /^RIFF[\s\S]{4}WEBP/ },
  '.jpg': { type: 'image/jpeg', begins: /^\xff\xd8\xff/ },
  '.jpeg': { type: 'image/jpeg', begins: /^\xff\xd8\xff/ },
};
const LARGEST = 100_000;

/** Reads the operator's picture, once at the start. */
export function readLogo(file: string): Logo {
  const kind = TYPES[extname(file).toLowerCase()];
  if (!kind) throw new InvalidValue('a file that ends in .svg, .png, .webp or .jpg');
  let body: Buffer;
  try {
    body = readFileSync(file);
  } catch (error) {
    throw new InvalidValue(`a file that can be read (${toErrorMessage(error)})`);
  }
  if (body.length > LARGEST) throw new InvalidValue('a picture of at most 100 KB');
  if (!kind.begins.test(body.toString('latin1', 0, 1_000))) {
    throw new InvalidValue(`a picture that is what its name says (${kind.type})`);
  }
  return { name: `operators-logo${extname(file).toLowerCase()}`, type: kind.type, body };
}
