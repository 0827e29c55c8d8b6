import type { ProviderEvent } from '../../delivery/inbound/inbound.js';

/** The names of the providers, as in `/hooks/:provider`. */
export const HOOK_NAMES = [
  'ses',
  'postmark',
  'mailgun',
  'sendgrid',
  'resend',
  'brevo',
  'sparkpost',
] as const;
export type HookName = (typeof HOOK_NAMES)[number];

/** What a provider has sent, its body as it came: signatures are made over those octets. */
export interface HookRequest {
  /** A header by its name in small letters; empty if there is none. */
  header(name: string): string;
  body: Buffer;
  /** Milliseconds since the epoch. */
  now: number;
}

/** What somebody who speaks for a provider has to show, and how what it says is read. */
export interface HookProvider {
  readonly name: HookName;
  /** Whether it proves itself by a password, which can be checked before the body is read. */
  readonly hasPassword: boolean;
  /**
   * Checks a request by its headers.
   * @throws PaperboyError `hook_forged`, `hook_stale`
   */
  checkHeaders(request: Omit<HookRequest, 'body'>): void;
  /**
   * Checks a request by all of it, and reads the events in it. What is no event, or says nothing
   * that counts, is left out.
   * @throws PaperboyError `hook_forged`, `hook_stale`, `bad_hook`
   */
  readEvents(request: HookRequest): Promise<ProviderEvent[]>;
}

/** An event before it is known whose it is. */
export type EventFacts = Omit<ProviderEvent, 'provider'>;
