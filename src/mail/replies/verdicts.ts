/**
 * Whose doing a refusal or deferral is, and what follows.
 *
 * `reader`: it speaks of this recipient or this one mail.
 * - `gone`: there is no such mailbox or no such domain.
 * - `full`, `disabled`: there is one, and it takes nothing for now or at all.
 * - `refused`: a final no that says nothing about the mailbox.
 * - `greylisted`: the first try is put off by design; trying again is all it wants.
 * - `later`: put off for any other reason.
 *
 * `us`: it speaks of the sender, so every other mail would meet the same.
 *
 * `server`: it speaks of the server that we talk to.
 * - `throttling`: too many mails in too short a time; `wait` says for how long nothing may be sent.
 * - `connections`: too many connections at once.
 * - `session`: this connection has had its share of mails, time or recipients.
 * - `busy`: overloaded, out of space, in maintenance, shutting down.
 * - `unintelligible`: no reply that SMTP knows.
 */
export type Meaning =
  | { of: 'reader'; kind: 'gone' | 'full' | 'disabled' | 'refused' | 'greylisted' | 'later' }
  | {
      of: 'us';
      kind:
        | 'login'
        | 'relaying'
        | 'sender'
        | 'helo'
        | 'quota'
        | 'sandbox'
        | 'reputation'
        | 'authentication'
        | 'policy'
        | 'size'
        | 'tls';
    }
  | { of: 'server'; kind: 'throttling'; wait: number | null; connections: number | null }
  | { of: 'server'; kind: 'connections' | 'session' | 'busy' | 'unintelligible' };

type KindOf<Of extends Meaning['of']> = Extract<Meaning, { of: Of }>['kind'];

export function reader(kind: KindOf<'reader'>): Meaning {
  return { of: 'reader', kind };
}

export function us(kind: KindOf<'us'>): Meaning {
  return { of: 'us', kind };
}

export function server(kind: Exclude<KindOf<'server'>, 'throttling'>): Meaning {
  return { of: 'server', kind };
}

/** `wait` in milliseconds: `null` where the server names no time; `connections` likewise. */
export function throttling(wait: number | null = null, connections: number | null = null): Meaning {
  return { of: 'server', kind: 'throttling', wait, connections };
}
