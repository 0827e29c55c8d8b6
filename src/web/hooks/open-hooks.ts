import { brevoHook } from './brevo.js';
import type { HookProvider } from './hook-provider.js';
import { mailgunHook } from './mailgun.js';
import { postmarkHook } from './postmark.js';
import { resendHook } from './resend.js';
import { sendgridHook } from './sendgrid.js';
import { type SesDeps, sesHook } from './ses.js';
import { sparkpostHook } from './sparkpost.js';

/** What proves each provider; `null`: it is not set up. */
export interface HookSettings {
  readonly ses: readonly string[] | null;
  readonly postmark: string | null;
  readonly mailgun: string | null;
  readonly sendgrid: string | null;
  readonly resend: string | null;
  readonly brevo: string | null;
  readonly sparkpost: string | null;
}

/** The providers that are set up. */
export function openHooks(settings: HookSettings, deps: SesDeps): HookProvider[] {
  const { ses, postmark, mailgun, sendgrid, resend, brevo, sparkpost } = settings;
  return [
    ...(ses ? [sesHook(ses, deps)] : []),
    ...(postmark ? [postmarkHook(postmark)] : []),
    ...(mailgun ? [mailgunHook(mailgun)] : []),
    ...(sendgrid ? [sendgridHook(sendgrid)] : []),
    ...(resend ? [resendHook(resend)] : []),
    ...(brevo ? [brevoHook(brevo)] : []),
    ...(sparkpost ? [sparkpostHook(sparkpost)] : []),
  ];
}
