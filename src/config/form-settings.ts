import { readFileSync } from 'node:fs';
import { toErrorMessage } from '../base/errors.js';
import { parseDomainList } from '../subscribers/form/disposable-domains.js';
import { InvalidValue, optionalSetting, setting } from './setting.js';
import { parsePublicUrl, parseSwitch } from './setting-parsers.js';

const group = 'The form';

/** How the public form is guarded. */
export const FORM_SETTINGS = {
  formOrigins: optionalSetting('FORM_ORIGINS', {
    group,
    unset: 'none',
    example: 'https://www.example.org',
    parse: parseOrigins,
    meaning:
      'Sites whose pages may embed the form, with commas between them. Their requests count like those of the form here; all others from elsewhere share a budget of 30 an hour. See [FORM.md](FORM.md).',
    since: '0.2.0',
  }),
  disposableDomains: optionalSetting('DISPOSABLE_DOMAINS_FILE', {
    group,
    unset: 'none',
    example: '/etc/paperboy-disposable.txt',
    parse: parseDomainsFile,
    meaning:
      'A file with a domain on each line. The form takes no addresses at them or below them. It is read again when it has changed.',
    since: '0.2.0',
  }),
  checkMx: setting('CHECK_MX', {
    group,
    default: 'on',
    parse: parseSwitch,
    meaning:
      'Whether the domain of an address is looked up before its first confirmation goes out. If it does not exist, or takes no mail (RFC 7505), none is sent. A look-up that fails stops nothing. `off` for closed networks.',
    since: '0.2.0',
  }),
};

function parseOrigins(text: string): readonly string[] {
  try {
    return text
      .split(/[\s,]+/)
      .filter(Boolean)
      .map((part) => parsePublicUrl(part));
  } catch {
    throw new InvalidValue(
      'origins with commas between them, like https://www.example.org; without a path',
    );
  }
}

/** Read here only to see that it can be. */
function parseDomainsFile(text: string): string {
  let octets: Uint8Array;
  try {
    octets = readFileSync(text);
  } catch {
    throw new InvalidValue('a file that can be read, with a domain on each line');
  }
  try {
    parseDomainList(octets);
    return text;
  } catch (error) {
    throw new InvalidValue(`a file with a domain on each line; ${toErrorMessage(error)}`);
  }
}
