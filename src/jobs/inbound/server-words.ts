import { toErrorMessage } from '../../base/errors.js';
import { hideAddresses, withoutSecrets } from '../../mail/replies/secrets.js';

const LONGEST = 300;

/**
 * What went wrong with a mail server, for the log: its own words where it has any. Some repeat what was
 * sent to them, and name whose mailbox or mail it is.
 */
export function toServerWords(
  error: unknown,
  { user, password }: { user: string; password: string },
): string {
  const said =
    typeof error === 'object' && error !== null && 'responseText' in error
      ? String(error.responseText)
      : toErrorMessage(error);
  const text = withoutSecrets(said.slice(0, LONGEST), { auth: { user, pass: password } });
  return hideAddresses(text.replaceAll(user, '…'));
}
