import fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.js';
import type { DnsResolver } from '../../../src/jobs/doctor/dns-lookups.js';
import { examineDns } from '../../../src/jobs/doctor/examine-dns.js';
import { toMailSetup } from '../../../src/jobs/doctor/mail-setup.js';
import { isSpf, parseSpf } from '../../../src/jobs/doctor/spf-record.js';
import { SETTINGS } from './looked-up.js';

const word = fc.oneof(
  ...[
    fc.constantFrom('a', 'mx', 'ptr', '+all', '?all', '-all', 'include:', 'exists:%{i}.x', 'a/99'),
    fc.constantFrom(
      'include:example.org',
      'redirect=%{d}',
      'ip4:9.8.7.5',
      'ip6:::/0',
      'a:%{',
      '%%',
    ),
    fc.constantFrom('p=none', 'p=', 'v=DMARC1', 'psd=y', 'k=rsa', 't=y', 'sp=x', 'p=AAAA', ';;'),
    fc.string({ maxLength: 30 }),
  ],
);
const text = fc
  .tuple(
    fc.constantFrom('v=spf1 ', 'v=DMARC1; ', 'v=DKIM1; ', ''),
    fc.array(word, { maxLength: 12 }),
  )
  .map(([begin, words]) => begin + words.join(begin.endsWith('; ') ? ';' : ' '));
const name = fc.oneof(fc.constantFrom('', '.', 'example.org', 'x'.repeat(300)), fc.string());

/** Answers of any kind, some of them no answers. */
const resolver = fc
  .record({
    txt: fc.array(fc.array(text, { maxLength: 2 }), { maxLength: 3 }),
    mx: fc.array(fc.record({ exchange: name, priority: fc.integer() }), { maxLength: 3 }),
    a: fc.array(fc.ipV4(), { maxLength: 2 }),
    aaaa: fc.array(fc.ipV6(), { maxLength: 2 }),
    ptr: fc.array(name, { maxLength: 2 }),
    failing: fc.constantFrom(null, 'ENOTFOUND', 'ENODATA', 'ESERVFAIL', 'EBADNAME'),
  })
  .map(({ txt, mx, a, aaaa, ptr, failing }): DnsResolver => {
    let asked = 0;
    const answer = async <T>(records: T[]) => {
      if (failing !== null && ++asked % 3 === 0) {
        throw Object.assign(new Error(failing), { code: failing });
      }
      return records;
    };
    return {
      ...{ resolveTxt: () => answer(txt), resolveMx: () => answer(mx), resolve4: () => answer(a) },
      ...{ resolve6: () => answer(aaaa), resolvePtr: () => answer(ptr), cancel: () => undefined },
    };
  });

test('whatever the DNS answers, each finding is told, and nothing is thrown', async () => {
  const setup = toMailSetup({ ...SETTINGS, bounceAddress: { domain: 'b.example.org' } }, [
    '9.8.7.5',
  ]);
  await fc.assert(
    fc.asyncProperty(resolver, async (hostile) => {
      const findings = await examineDns(setup, { resolver: hostile, clock: systemClock });
      expect(findings.length).toBeGreaterThan(0);
      for (const { subject, told } of findings) expect(subject && told).not.toBe('');
    }),
    { numRuns: 500 },
  );
});

test('each word of an SPF record is a term, a modifier, a fault, or behind "all"', () => {
  fc.assert(
    fc.property(text, (record) => {
      if (!isSpf(record)) return;
      const { terms, faults, ignored } = parseSpf(record);
      const words = record.slice(6).split(' ').filter(Boolean);
      const modifiers = words.filter((one) => /^[a-z][a-z0-9_.-]*=/i.test(one));
      expect(terms.length + faults.length + ignored.length).toBeGreaterThanOrEqual(
        words.length - modifiers.length,
      );
      expect(terms.slice(0, -1).some(({ mechanism }) => mechanism === 'all')).toBe(false);
    }),
  );
});
