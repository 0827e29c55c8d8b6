import { type DoorSettings, hasWayIn } from '../jobs/inbound/doors.js';
import { toDomain, toOrganisation } from '../mail/host-names.js';
import { LONGEST_KEY } from '../mail/return-keys.js';
import type { BounceAddress } from '../mail/return-path.js';
import { parseAddress } from '../subscribers/address.js';
import { InvalidValue } from './setting.js';

/** RFC 5321 §4.5.3.1.1: octets of a local part. */
const LONGEST_LOCAL = 64;
const WANTED =
  'an address, like bounces@example.org, or bounces-*@example.org with a * for the key';

/**
 * `bounces@example.org` stands for `bounces+*@example.org`: a `+` and the key, as most mail servers
 * pass it on. Elsewhere the operator writes a `*` where the key goes, at the end of the local part.
 */
export function parseBounceAddress(text: string): BounceAddress {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  const prefix = local.endsWith('*') ? local.slice(0, -1) : `${local}+`;
  if (at < 0 || prefix === '+' || prefix.includes('*')) throw new InvalidValue(WANTED);
  const domain = toDomain(parse(`${prefix}k${text.slice(at)}`));
  if (prefix.length + LONGEST_KEY > LONGEST_LOCAL) {
    const most = LONGEST_LOCAL - LONGEST_KEY;
    throw new InvalidValue(`an address with at most ${most} letters before the key`);
  }
  const bare = prefix.replace(/[^a-z0-9]+$/i, '');
  return { prefix, domain, plain: bare === '' ? null : `${bare}@${domain}` };
}

/** A name without dots is no domain on the internet, but one on a laptop. */
function parse(address: string): string {
  if (/^[\w.+=-]+@[a-z0-9-]+$/i.test(address)) return address.toLowerCase();
  try {
    return parseAddress(address);
  } catch {
    throw new InvalidValue(WANTED);
  }
}

interface BounceSettings {
  readonly bounceAddress: BounceAddress | null;
  readonly mailFrom: { readonly address: string };
  readonly inboundDoors: DoorSettings;
}

const NO_ADDRESS =
  'BOUNCE_ADDRESS is not set, so what comes back names its mail only where it returns the Message-ID: set it to the address whose mail comes in here.';
const NO_WAY_IN =
  'BOUNCE_ADDRESS is set, but nothing reads what comes there: set BOUNCE_PORT, BOUNCE_LMTP_PORT or BOUNCE_IMAP_URL, or BOUNCE_PIPE=on if mails are handed to "paperboy bounce" (docs/INBOUND.md).';

/** What works of the way back but should be changed. */
export function findBounceWarnings({
  bounceAddress,
  mailFrom,
  inboundDoors,
}: BounceSettings): string[] {
  if (bounceAddress === null) return hasWayIn(inboundDoors) ? [NO_ADDRESS] : [];
  const warnings = hasWayIn(inboundDoors) ? [] : [NO_WAY_IN];
  const { domain } = bounceAddress;
  const sender = toDomain(mailFrom.address).toLowerCase();
  // RFC 9989, DMARC: SPF counts for the sender only at the same organisation's domain.
  if (toOrganisation(domain) === toOrganisation(sender)) return warnings;
  return [
    ...warnings,
    `BOUNCE_ADDRESS is at ${domain}, but MAIL_FROM is at ${sender}: SPF, which looks at the first, does not speak for the second (DMARC). Take an address at the domain of MAIL_FROM, or below it.`,
  ];
}
