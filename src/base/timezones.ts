import { Temporal } from 'temporal-polyfill';

/**
 * What ICU still calls by names of before: CLDR never changes an identifier, so Node names these by
 * the older one, while IANA, newer browsers and people use the newer. See `iana` in CLDR's
 * `timezone.xml`.
 */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ['Africa/Asmera', 'Africa/Asmara'],
  ['America/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
  ['America/Catamarca', 'America/Argentina/Catamarca'],
  ['America/Coral_Harbour', 'America/Atikokan'],
  ['America/Cordoba', 'America/Argentina/Cordoba'],
  ['America/Godthab', 'America/Nuuk'],
  ['America/Indianapolis', 'America/Indiana/Indianapolis'],
  ['America/Jujuy', 'America/Argentina/Jujuy'],
  ['America/Louisville', 'America/Kentucky/Louisville'],
  ['America/Mendoza', 'America/Argentina/Mendoza'],
  ['Asia/Calcutta', 'Asia/Kolkata'],
  ['Asia/Katmandu', 'Asia/Kathmandu'],
  ['Asia/Rangoon', 'Asia/Yangon'],
  ['Asia/Saigon', 'Asia/Ho_Chi_Minh'],
  ['Atlantic/Faeroe', 'Atlantic/Faroe'],
  ['Europe/Kiev', 'Europe/Kyiv'],
  ['Pacific/Enderbury', 'Pacific/Kanton'],
  ['Pacific/Ponape', 'Pacific/Pohnpei'],
  ['Pacific/Truk', 'Pacific/Chuuk'],
  ['Etc/UTC', 'UTC'],
  ['Etc/GMT', 'UTC'],
  ['GMT', 'UTC'],
]);

/** Spellings that were looked up, with their zones; at most so many. */
const known = new Map<string, string>();
const MOST_KNOWN = 2_000;
/** No name of IANA's is half as long. */
const LONGEST = 64;

/**
 * Reads the name of a time zone in any spelling, and by any of its names.
 * @returns the one name under which a zone is kept; `null` if this machine's ICU data knows none such
 */
export function parseTimezone(text: string): string | null {
  const found = known.get(text);
  if (found !== undefined) return found;
  const zone = lookUp(text);
  if (zone === null) return null;
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(text, zone);
  return zone;
}

function lookUp(text: string): string | null {
  if (text.length > LONGEST) return null;
  // `America / New York`, and what a text box puts around a word.
  const name = text
    .normalize('NFKC')
    .replace(/\p{C}+/gu, '')
    .trim()
    .replace(/\s*\/\s*/g, '/')
    .replace(/\s+/g, '_');
  // Newer Nodes take offsets for zones; these keep no daylight saving time.
  if (!/^[a-z]/i.test(name)) return null;
  const zone = toCurrentName(name);
  return zone !== null && isIana(name) ? zone : null;
}

function toCurrentName(name: string): string | null {
  const zone = resolve(name);
  if (zone === null) return null;
  const current = RENAMED.get(zone);
  return current !== undefined && resolve(current) !== null ? current : zone;
}

function resolve(name: string): string | null {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

/**
 * Whether a name is IANA's. ICU knows abbreviations beside these, and takes `BST` for Dhaka and `IST`
 * for Kolkata, whoever wrote them. Whatever is counted in days refuses them too.
 */
function isIana(name: string): boolean {
  try {
    Temporal.PlainDate.from('2000-01-01').toZonedDateTime(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * The zone by which something is counted for somebody: theirs, or `otherwise` where they have none or
 * one that this machine does not know, as behind a change of machines. What is kept stays as it is.
 */
export function timezoneOr(name: string | null, otherwise: string): string {
  return (name === null ? null : parseTimezone(name)) ?? otherwise;
}

/** Former names of a zone. */
export function formerNames(zone: string): string[] {
  return [...RENAMED].filter(([, current]) => current === zone).map(([former]) => former);
}

/** All time zones offered to readers, `UTC` first. */
export function timezones(): string[] {
  const zones = Intl.supportedValuesOf('timeZone').map((zone) => parseTimezone(zone) ?? zone);
  return ['UTC', ...[...new Set(zones)].filter((zone) => zone !== 'UTC').sort()];
}
