import { generateKeyPairSync } from 'node:crypto';
import type { ReportKind } from '../../../../src/mail/reports/report.js';
import type { HookName } from '../../../../src/web/hooks/hook-provider.js';
import type { HookSettings } from '../../../../src/web/hooks/open-hooks.js';

/** Thursday, 5 March 2026, 12:00 UTC. */
export const NOW = Date.UTC(2026, 2, 5, 12);
export const READER = 'Reader@Example.org';

/** A request as a provider makes it. */
export interface Call {
  headers: Record<string, string>;
  body: string;
}

/** What a provider says, and what it has to be read as; `null`: as nothing. */
export interface EventCase {
  what: string;
  /** One event, as it stands in a batch if the provider has any. */
  event: unknown;
  kind: ReportKind | null;
  messageId?: string | null;
  status?: string | null;
}

/** All that the suite of cases has to know of one provider. */
export interface ProviderCase {
  name: HookName;
  events: EventCase[];
  /** Signs these events as the provider does, at this moment. */
  call(events: unknown[], options?: { now?: number; id?: string }): Call;
  /** Whether one request may have several events. */
  isBatched: boolean;
  /** Whether the moment of a request is signed. */
  isDated: boolean;
  /** Whether the body is signed. */
  isSigned: boolean;
}

export const MID = '<k1.abc@papers.example.org>';
export const PASSWORD = 'a long word: of the hook';
export const RESEND_KEY = Buffer.alloc(24, 5);
export const MAILGUN_KEY = 'key of mailgun';
export const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:paperboy';
export const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
export const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

export const SETTINGS: HookSettings = {
  ses: [TOPIC],
  postmark: PASSWORD,
  mailgun: MAILGUN_KEY,
  sendgrid: ec.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  resend: `whsec_${RESEND_KEY.toString('base64')}`,
  brevo: PASSWORD,
  sparkpost: PASSWORD,
};

export const basic = `Basic ${Buffer.from(`paperboy:${PASSWORD}`).toString('base64')}`;
export const json = { 'content-type': 'application/json' };
export const seconds = (now: number) => String(Math.floor(now / 1_000));
export const iso = (now: number) => new Date(now).toISOString();

let made = 0;
/** Another number for each event. */
export const nextNumber = () => made++;
