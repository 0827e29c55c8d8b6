import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.js';

const relay = (SMTP_URL: string) => {
  const { routes, warnings } = loadConfig({ SMTP_URL });
  return { ...routes[0]?.smtp, warnings };
};
const withLogin = (query = '', host = 'mail.example.org') =>
  relay(`smtp://user:geheim@${host}${query}`);

describe('a switch of a relay is one', () => {
  test.each([
    ...['true', 'TRUE', 'on', 'On', 'yes', '1'].map((text): [string, boolean] => [text, true]),
    ...['false', 'False', 'off', 'no', 'NO', '0'].map((text): [string, boolean] => [text, false]),
  ])('%s', (text, value) => {
    for (const name of ['requireTLS', 'ignoreTLS', 'opportunisticTLS'] as const) {
      expect(relay(`smtp://mail.example.org?${name}=${text}`)).toMatchObject({ [name]: value });
    }
    const url = `smtp://mail.example.org?tls.rejectUnauthorized=${text}`;
    expect(relay(url).tls).toEqual({ rejectUnauthorized: value });
  });
});

describe('a login', () => {
  const REQUIRED = { requireTLS: true, ignoreTLS: false, opportunisticTLS: false };

  test.each([
    ...['', '?requireTLS=true', '?requireTLS=yes', '?ignoreTLS=no', '?ignoreTLS=false'],
    ...['?opportunisticTLS=true', '?opportunisticTLS=1&ignoreTLS=0', ':587?ignoreTLS=OFF'],
    ...['?requireTLS=true&ignoreTLS=true', '?tls.rejectUnauthorized=no', ':25', ':2525'],
  ])('demands TLS: smtp://USER:PASSWORD@HOST%s', (query) => {
    expect(withLogin(query)).toMatchObject({ ...REQUIRED, secure: false, warnings: [] });
  });

  test.each([
    '10.0.0.1',
    'mail',
    'postfix.lan',
    '[2001:db8::1]',
    'localhost.example.org',
    '127.example',
  ])('demands it of %s, too', (host) => {
    expect(withLogin('', host)).toMatchObject(REQUIRED);
  });

  test.each(['localhost', 'LOCALHOST', 'mail.localhost', '127.0.0.1', '127.0.1.1', '[::1]'])(
    'need not, to %s, which is this machine',
    (host) => {
      expect(withLogin('', host).requireTLS).toBeUndefined();
    },
  );

  test.each(['ignoreTLS=true', 'requireTLS=false', 'ignoreTLS=YES', 'requireTLS=0'])(
    'goes in the clear where the operator wrote %s, with a warning',
    (said) => {
      const { requireTLS, warnings } = withLogin(`?${said}`);
      expect(requireTLS ?? false).toBe(false);
      expect(warnings.join()).toContain('anybody in between can read the password and the mail');
    },
  );

  test('whose password has a raw @ is read to its last one', () => {
    expect(relay('smtp://user:p@ss@w@mail.example.org:25').auth).toEqual({
      user: 'user',
      pass: 'p@ss@w',
    });
  });

  test('is never left to a server that takes STARTTLS away, unless it says so', () => {
    const value = fc.constantFrom('true', 'false', 'yes', 'no', '1', '0', 'on', 'off');
    const names = ['requireTLS', 'ignoreTLS', 'opportunisticTLS', 'tls.rejectUnauthorized'];
    const query = fc.dictionary(fc.constantFrom(...names), value);
    fc.assert(
      fc.property(query, (options) => {
        const search = new URLSearchParams(options);
        const { secure, requireTLS } = withLogin(`?${search}`);
        const isOn = (text?: string) => /^(true|yes|1|on)$/.test(text ?? '');
        const { requireTLS: required } = options;
        const isSaid = isOn(options['ignoreTLS']) || (required !== undefined && !isOn(required));
        expect(secure || requireTLS || false).toBe(!isSaid || isOn(required));
      }),
    );
  });
});
