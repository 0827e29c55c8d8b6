import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { findRoutes } from '../../src/delivery/sending/routes.js';
import { faultsOf } from './wrong-settings.js';

const TWO = 'ses=smtp://u:geheim@ses.test?requireTLS=true  own=smtps://own.test:4465';
const KINDS = 'is a value that is not shown, but must be';

const routesOf = (environment: Record<string, string>) => loadConfig(environment).routes;
const only = (url: string, environment: Record<string, string> = {}) =>
  routesOf({ ...environment, SMTP_URL: url })[0];

describe('SMTP_URL', () => {
  test('with one URL has one route, by the name of smtp', () => {
    expect(routesOf({ SMTP_URL: 'smtp://mail.test?requireTLS=true&name=a.test' })).toEqual([
      {
        name: 'smtp',
        smtp: { host: 'mail.test', secure: false, requireTLS: true, name: 'a.test' },
        ...{ connections: 8, mailsPerConnection: 100, rate: null, dailyCap: null, preset: null },
      },
    ]);
  });

  test('with names has a route for each, in their order', () => {
    const [ses, own, ...others] = routesOf({ SMTP_URL: TWO });
    expect(ses).toMatchObject({
      name: 'ses',
      smtp: { host: 'ses.test', secure: false, auth: { user: 'u', pass: 'geheim' } },
    });
    expect(own).toMatchObject({
      name: 'own',
      smtp: { host: 'own.test', port: 4465, secure: true },
    });
    expect(others).toEqual([]);
  });

  test('may name its only route', () => {
    expect(only('ses=smtp://ses.test')?.name).toBe('ses');
  });

  test('keeps the limits of a route from Nodemailer’s options', () => {
    const limits = 'connections=3&rate=0.5&cap=10000&mailsPerConnection=20';
    expect(only(`smtp://mail.test?${limits}&tls.rejectUnauthorized=false`)).toEqual({
      name: 'smtp',
      smtp: { host: 'mail.test', secure: false, tls: { rejectUnauthorized: false } },
      ...{ connections: 3, rate: 0.5, dailyCap: 10_000, mailsPerConnection: 20, preset: null },
    });
  });

  test.each([
    [`${TWO} third`, /one URL, or several with spaces .* a name of small letters for each/],
    ['SES=smtp://ses.test', /a name of small letters for each, like ses=/],
    [`${'x'.repeat(32)}=smtp://ses.test`, /a name of small letters/],
    ['ses=smtp://a.test ses=smtp://b.test', /with each name once; ses is there twice\.$/],
    ['ses=smtp://a.test?connections=0', /a whole number from 1 to 200 \(route ses\)\.$/],
    ['smtp://a.test?connections=201', /a URL whose option connections is a whole number from 1/],
    ['smtp://a.test?rate=0', /a URL whose option rate is a number of mails per second/],
    ['smtp://a.test?cap=many', /a URL whose option cap is a whole number of mails a day/],
    ['smtp://a.test?mailsPerConnection=', /a URL whose option mailsPerConnection is a whole/],
    [
      'smtp://a.test?pool=true',
      /a URL without the option pool; its options are requireTLS, .*, mailsPerConnection\.$/,
    ],
  ])('%s is a fault', (url, wanted) => {
    const told = faultsOf({ SMTP_URL: url });
    expect(told).toContain(`SMTP_URL ${KINDS}`);
    expect(told).toMatch(wanted);
    expect(told.split('\n')).toHaveLength(2);
  });
});

describe('SMTP_CONNECTIONS and SMTP_MAILS_PER_CONNECTION', () => {
  test('are for all routes that say nothing else', () => {
    const url = `a=smtp://a.test b=smtp://b.test?connections=2&mailsPerConnection=7`;
    const routes = routesOf({
      ...{ SMTP_URL: url, SMTP_CONNECTIONS: '20', SMTP_MAILS_PER_CONNECTION: '50' },
    });
    const limits = routes.map(({ connections, mailsPerConnection }) => ({
      ...{ connections, mailsPerConnection },
    }));
    expect(limits).toEqual([
      { connections: 20, mailsPerConnection: 50 },
      { connections: 2, mailsPerConnection: 7 },
    ]);
  });
});

describe('a preset', () => {
  test.each([
    ['smtp.gmail.com', { preset: 'gmail', dailyCap: 500, connections: 8 }],
    ['smtp-relay.gmail.com', { preset: 'gmail-relay', dailyCap: 10_000 }],
    [
      'SMTP.office365.com',
      { preset: 'office365', connections: 3, rate: 0.5, dailyCap: 10_000, mailsPerConnection: 100 },
    ],
    ['email-smtp.eu-central-1.amazonaws.com', { preset: 'ses', mailsPerConnection: 100 }],
    ['email-smtp-fips.us-east-1.amazonaws.com', { preset: 'ses' }],
    ['smtp.postmarkapp.com', { preset: 'postmark', connections: 10 }],
    ['smtp.resend.com', { preset: 'resend', rate: 5 }],
    ['smtp.gmail.com.example.org', { preset: null, dailyCap: null }],
    ['smtp.mailgun.org', { preset: null, connections: 8, rate: null, dailyCap: null }],
  ])('is for %s', (host, limits) => {
    expect(only(`smtp://${host}:587`)).toMatchObject(limits);
  });

  test('gives way to the options of the URL, one by one', () => {
    expect(only('smtp://smtp.office365.com?connections=2&cap=500')).toMatchObject({
      ...{ preset: 'office365', connections: 2, rate: 0.5, dailyCap: 500 },
    });
  });

  test('gives way to what is set for all', () => {
    const environment = { SMTP_CONNECTIONS: '20', SMTP_RATE: '50', DAILY_CAP: '100000' };
    expect(only('smtp://smtp.office365.com', environment)).toMatchObject({
      ...{ preset: null, connections: 20, rate: null, dailyCap: null },
    });
  });
});

describe('SMTP_ROUTES', () => {
  const routing = (text: string) => loadConfig({ SMTP_URL: TWO, SMTP_ROUTES: text }).routing;

  test('says which routes a domain takes, first choice first', () => {
    const rules = routing(' GMail.com = own | ses, bücher.example=own ,*=ses');
    expect(findRoutes(rules, 'gmail.com')).toEqual(['own', 'ses']);
    expect(findRoutes(rules, 'xn--bcher-kva.example')).toEqual(['own']);
    expect(findRoutes(rules, 'mail.gmail.com')).toEqual(['ses']);
  });

  test('left out, everything takes all routes in the order of SMTP_URL', () => {
    expect(findRoutes(routing(''), 'gmail.com')).toEqual(['ses', 'own']);
  });

  test('without * leaves all others to all routes', () => {
    const rules = routing('gmail.com=own');
    expect(findRoutes(rules, 'gmail.com')).toEqual(['own']);
    expect(findRoutes(rules, 'example.org')).toEqual(['ses', 'own']);
  });

  test.each([
    [
      'gmail.com=sez,*=own',
      'made of the routes in SMTP_URL, which are ses, own; sez is not one of them.',
    ],
    [
      'gmail.com=own,*=own',
      'made of all routes in SMTP_URL, which are ses, own; ses is in no rule.',
    ],
    ['a.org=own,A.org=ses', 'like gmail.com=ses|own,*=own, and each domain once.'],
  ])('%s is a fault', (text, wanted) => {
    const told = faultsOf({ SMTP_URL: TWO, SMTP_ROUTES: text });
    expect(told).toContain(`SMTP_ROUTES is "${text}", but must be `);
    expect(told).toContain(wanted);
  });

  test('needs relays', () => {
    const told = faultsOf({ SMTP_ROUTES: '*=ses' });
    expect(told).toContain('SMTP_ROUTES is "*=ses", but must be left out where SMTP_URL is not');
  });

  test('is not blamed for a fault of SMTP_URL', () => {
    const told = faultsOf({ SMTP_URL: 'ses=mail.test', SMTP_ROUTES: '*=ses' });
    expect(told.split('\n')).toEqual([expect.any(String), expect.stringContaining('SMTP_URL is')]);
  });

  test('gives every domain a route that there is', () => {
    const rules = routing('gmail.com=own|ses,example.org=ses,*=own');
    fc.assert(
      fc.property(fc.domain(), (domain) => {
        const names = findRoutes(rules, domain);
        expect(names.length).toBeGreaterThan(0);
        for (const name of names) expect(['ses', 'own']).toContain(name);
      }),
    );
  });
});

describe('a URL whose port and scheme disagree', () => {
  const warningsOf = (url: string) => loadConfig({ SMTP_URL: url }).warnings;

  test('smtp:// at 465 is taken as smtps://, and told', () => {
    expect(only('smtp://u:geheim@mail.test:465')?.smtp.secure).toBe(true);
    expect(warningsOf('smtp://u:geheim@mail.test:465')).toEqual([
      'SMTP_URL says smtp:// at port 465, where TLS begins at once. It is read as smtps://.',
    ]);
  });

  test.each(['requireTLS=true', 'ignoreTLS=true', 'opportunisticTLS=true'])(
    'smtp:// at 465 with %s stays what it is',
    (option) => {
      expect(only(`smtp://mail.test:465?${option}`)?.smtp.secure).toBe(false);
      expect(warningsOf(`smtp://mail.test:465?${option}`)).toEqual([]);
    },
  );

  test.each(['587', '25'])('smtps:// at %s stays what it is, and is told', (port) => {
    expect(only(`smtps://mail.test:${port}`)?.smtp.secure).toBe(true);
    expect(warningsOf(`own=smtps://mail.test:${port} ses=smtps://ses.test`)).toEqual([
      `SMTP_URL for own says smtps:// at port ${port}, where servers begin without TLS; if the server can't be reached, write smtp://…:${port}?requireTLS=true.`,
    ]);
  });

  test('in production each route without TLS is told', () => {
    const { warnings } = loadConfig({
      ...{ NODE_ENV: 'production', SECRET_KEY: 'k'.repeat(32) },
      ...{ PUBLIC_URL: 'https://papers.example.org', MAIL_FROM: 'papers@example.org' },
      SMTP_URL: 'own=smtp://localhost ses=smtp://ses.test b=smtp://b.test',
    });
    expect(warnings).toEqual([
      'SMTP_URL does not demand TLS for ses; use smtps:// or add ?requireTLS=true.',
      'SMTP_URL does not demand TLS for b; use smtps:// or add ?requireTLS=true.',
    ]);
  });
});
