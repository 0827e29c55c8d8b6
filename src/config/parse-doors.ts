import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { toErrorCode } from '../base/errors.js';
import { parseSecret } from './secret-parsers.js';
import { InvalidValue } from './setting.js';
import { isNetwork } from './setting-parsers.js';

/** @returns the path, since the file is renewed now and then */
export function checkTlsFile(file: string): string {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable(toErrorCode(error) ?? 'it can not be read');
  }
  if (!text.includes('-----BEGIN ')) throw unreadable('it is none');
  return file;
}

function unreadable(why: string): InvalidValue {
  return new InvalidValue(`a readable file in PEM (${why})`);
}

/** What HTTP's authentication can carry, and nobody guesses. */
export function parseHookSecret(text: string): string {
  if (text.length > 1_000) throw new InvalidValue('at most 1,000 characters');
  return parseSecret(text);
}

const TOPIC = /^arn:aws(?:-[a-z-]{1,20})?:sns:[a-z0-9-]{5,30}:\d{12}:[\w.-]{1,256}$/;

export function parseTopics(text: string): string[] {
  const topics = text.split(/[\s,]+/).filter(Boolean);
  if (topics.length > 0 && topics.every((topic) => TOPIC.test(topic))) return topics;
  throw new InvalidValue(
    'the ARN of an Amazon SNS topic, like arn:aws:sns:eu-central-1:123456789012:paperboy',
  );
}

/** Addresses and networks, between commas or spaces. */
export function parseFronts(text: string): string[] {
  const fronts = text.split(/[\s,]+/).filter(Boolean);
  if (fronts.length > 0 && fronts.every(isNetwork)) return fronts;
  throw new InvalidValue('addresses or networks, like 192.0.2.7 or 172.16.0.0/12');
}

/** @returns the key in DER and Base64 */
export function parseSendgridKey(text: string): string {
  const base64 = text.replace(/-----(?:BEGIN|END) PUBLIC KEY-----|\s|\\n/g, '');
  try {
    const key = createPublicKey({
      key: Buffer.from(base64, 'base64'),
      format: 'der',
      type: 'spki',
    });
    if (key.asymmetricKeyType === 'ec') return base64;
  } catch {
    // Said below.
  }
  throw new InvalidValue('the verification key that SendGrid shows, which begins with MFkw');
}

const SHORTEST_KEY = 16;

export function parseResendSecret(text: string): string {
  const [, base64 = ''] = /^whsec_([\w+/=-]{1,500})$/.exec(text) ?? [];
  if (Buffer.from(base64, 'base64').length >= SHORTEST_KEY) return text;
  throw new InvalidValue('the signing secret that Resend shows, which begins with whsec_');
}
