import { accessSync, constants, statSync } from 'node:fs';
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
      'A file with a domain on each line. The form takes no addresses at them or below them. It is read again when it has changed; if it is no such list then, the log says so and the last one stays.',
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

/** What is in it is the form's matter: a list that broke must not keep other commands from working. */
function parseDomainsFile(text: string): string {
  try {
    accessSync(text, constants.R_OK);
    if (statSync(text).isFile()) return text;
  } catch {}
  throw new InvalidValue('a file that can be read, with a domain on each line');
}
