const HOUR = 60;

/** Minutes ahead of UTC by names that mean one zone; `IST` and the like mean several. */
const NAMED: ReadonlyMap<string, number> = new Map([
  ...namesAt(0, 'Z UT UTC GMT WET'),
  ...namesAt(1, 'CET MEZ MET WEST BST'),
  ...namesAt(2, 'CEST MESZ MEST EET SAST'),
  ...namesAt(3, 'EEST MSK TRT'),
  // RFC 5322 §4.3.
  ...namesAt(-4, 'EDT'),
  ...namesAt(-5, 'EST CDT'),
  ...namesAt(-6, 'CST MDT'),
  ...namesAt(-7, 'MST PDT'),
  ...namesAt(-8, 'PST AKDT'),
  ...namesAt(-9, 'AKST'),
  ...namesAt(-10, 'HST'),
  ...namesAt(-3, 'BRT ART'),
  ...namesAt(7, 'WIB ICT'),
  ...namesAt(8, 'HKT SGT AWST'),
  ...namesAt(9, 'JST KST'),
  ...namesAt(10, 'AEST'),
  ...namesAt(11, 'AEDT'),
  ...namesAt(12, 'NZST'),
  ...namesAt(13, 'NZDT'),
]);

function namesAt(hours: number, names: string): [string, number][] {
  return names.split(' ').map((name) => [name, hours * HOUR]);
}

const OFFSET = /^(?:UTC|GMT|UT|Z)?\s*([+-])(\d{1,2})(?::?([0-5]\d))?(?!\d)/i;

/**
 * Minutes ahead of UTC by what stands behind a time, like `+0200`, `GMT+2` or `CEST`. `null` where
 * no zone is named, or one that nobody can tell (single letters, by RFC 5322 §4.3).
 */
export function parseOffset(text: string): number | null {
  const bare = text.replace(/^[\s(]+/, '').replaceAll('−', '-');
  const [, sign, hours, minutes = '0'] = OFFSET.exec(bare) ?? [];
  if (hours !== undefined) {
    const offset = Number(hours) * HOUR + Number(minutes);
    return offset > 14 * HOUR ? null : offset * (sign === '-' ? -1 : 1);
  }
  const [name = ''] = /^[A-Z]{1,5}(?![\p{L}\d])/iu.exec(bare) ?? [];
  return NAMED.get(name.toUpperCase()) ?? null;
}
