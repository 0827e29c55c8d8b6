import { domainToASCII } from 'node:url';
import { PaperboyError } from '../base/errors.js';

/** RFC 5321 §4.5.3.1: octets of a local part, and of a path without its angle brackets. */
const MAX_LOCAL = 64;
const MAX_ADDRESS = 254;

/** RFC 5322 §3.2.3 dot-atom. Quoted local parts are refused: only attacks use them. */
const ATOM = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+$/;
/**
 * RFC 6531 §3.3 lets anything beyond ASCII into an atom. These are what names are made of: letters with
 * their marks, and digits, none of which hides itself.
 */
const WIDE_ATOM =
  /^(?!\p{M})(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]|(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{M}\p{N}])+$/u;
/** Checked first, since `domainToASCII` parses like a URL: it cuts paths, drops tabs, decodes `%2e`. */
const DOMAIN = /^(?:[A-Za-z0-9.-]|\P{ASCII})+$/u;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Reads an address that a person types. Outer space is trimmed, the domain becomes lower case and
 * ASCII (RFC 5890), the local part stays as typed, composed (NFC). The result is safe in an envelope and
 * a header.
 * @throws PaperboyError `bad_address`
 */
export function parseAddress(text: string): string {
  const trimmed = text.trim();
  const at = trimmed.lastIndexOf('@');
  if (at < 1 || trimmed.length > 320) throw bad(trimmed);
  const local = trimmed.slice(0, at).normalize('NFC'); // RFC 6532 §3.1
  const typed = trimmed.slice(at + 1);
  const domain = DOMAIN.test(typed) ? domainToASCII(typed.toLowerCase()) : '';
  const labels = domain.split('.');
  const address = `${local}@${domain}`;
  const good =
    isLocalPart(local) &&
    Buffer.byteLength(address) <= MAX_ADDRESS &&
    labels.length >= 2 &&
    labels.every((label) => LABEL.test(label)) &&
    !/^\d+$/.test(labels.at(-1) ?? '');
  if (!good) throw bad(trimmed);
  return address;
}

function isLocalPart(local: string): boolean {
  if (Buffer.byteLength(local) > MAX_LOCAL) return false;
  const atoms = local.split('.');
  if (isAscii(local)) return atoms.every((atom) => ATOM.test(atom));
  // Letters of another width are a keyboard that was not switched over: `ａｄａ`.
  return local === local.normalize('NFKC') && atoms.every((atom) => WIDE_ATOM.test(atom));
}

/** Whether every server can take an address, also one without SMTPUTF8 (RFC 6531). */
export function isAscii(address: string): boolean {
  return /^\p{ASCII}*$/u.test(address);
}

/**
 * The key by which two spellings of an address are one subscriber. RFC 5321 §2.4 makes local parts
 * case-sensitive, but no provider does.
 */
export function addressKey(address: string): string {
  return address.toLowerCase();
}

function bad(text: string): PaperboyError {
  const sentence =
    text === ''
      ? 'Please type your email address.'
      : `"${clip(text)}" is not an email address we can send to.`;
  return new PaperboyError('bad_address', sentence);
}

/** Input shortened to fit into an error message. */
function clip(text: string): string {
  const line = text.slice(0, 200).replace(/[\s\p{C}]+/gu, ' ');
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}
