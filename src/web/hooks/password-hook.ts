import { checkPassword, parseBody } from './hook-proofs.js';
import type { EventFacts, HookName, HookProvider } from './hook-provider.js';

/**
 * A provider that signs nothing and shows a password: one event in a body, or a list of them.
 * @param read leaves out what says nothing that counts
 */
export function buildPasswordHook(
  name: HookName,
  password: string,
  read: (event: unknown, now: number) => EventFacts[],
): HookProvider {
  return {
    name,
    hasPassword: true,
    checkHeaders: (request) => checkPassword(request, password),
    async readEvents({ body, now }) {
      const parsed = parseBody(body);
      const events = Array.isArray(parsed) ? parsed : [parsed];
      return events
        .flatMap((event) => read(event, now))
        .map((event) => ({ provider: name, ...event }));
    },
  };
}
