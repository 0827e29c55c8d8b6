/**
 * What a refusal or deferral is about.
 *
 * `reader`: this recipient or this one mail.
 * - `gone`: there is no such mailbox or domain.
 * - `full`, `disabled`: the mailbox takes no mail, for now or at all.
 * - `refused`: a final refusal that says nothing about the mailbox.
 * - `greylisted`: a first attempt that is deferred by design; it only has to be repeated.
 * - `later`: deferred for any other reason.
 *
 * `us`: the sender, so every other mail would get the same reply.
 *
 * `server`: the server that we talk to.
 * - `throttling`: too many mails in too short a time.
 * - `connections`: too many connections at once.
 * - `session`: this connection has reached a limit of mails, time or recipients.
 * - `busy`: overloaded, out of space, in maintenance, shutting down.
 * - `unintelligible`: not an SMTP reply that fits.
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

/**
 * @param wait milliseconds in which nothing may be sent, `null` if the server names no time
 * @param connections that it takes after that, `null` if it names no number
 */
export function throttling(wait: number | null = null, connections: number | null = null): Meaning {
  return { of: 'server', kind: 'throttling', wait, connections };
}
