/**
 * The limits that a large relay publishes, as of November 2026. `null`: it publishes no number. If a
 * number depends on the account, it is the lowest.
 */
export interface Preset {
  readonly name: string;
  readonly host: RegExp;
  readonly connections: number | null;
  /** Mails a second. */
  readonly rate: number | null;
  readonly mailsPerConnection: number | null;
  readonly dailyCap: number | null;
}

const NOTHING = { connections: null, rate: null, mailsPerConnection: null, dailyCap: null };

/** Mailgun (smtp.mailgun.org) is missing, since it publishes none of these numbers. */
const PRESETS: readonly Preset[] = [
  {
    // 500 recipients a day, 2,000 with Workspace; more lock the account for a day:
    // https://support.google.com/mail/answer/22839, https://support.google.com/a/answer/166852
    ...{ name: 'gmail', host: /^smtp\.gmail\.com$/ },
    ...{ ...NOTHING, dailyCap: 500 },
  },
  {
    // 10,000 recipients a user in 24 hours: https://support.google.com/a/answer/2956491
    ...{ name: 'gmail-relay', host: /^smtp-relay\.gmail\.com$/ },
    ...{ ...NOTHING, dailyCap: 10_000 },
  },
  {
    // Three connections, 30 mails a minute, 10,000 recipients a day:
    // https://learn.microsoft.com/en-us/exchange/troubleshoot/send-emails/smtp-submission-improvements
    ...{ name: 'office365', host: /^smtp\.office365\.com$/ },
    ...{ ...NOTHING, connections: 3, rate: 0.5, dailyCap: 10_000 },
  },
  {
    // No long-lived connections: https://aws.amazon.com/blogs/ses/amazon-ses-smtp-recommendations/
    // A session ended by 421 after 350 mails:
    // https://repost.aws/questions/QUw5qK9rBFSKqXvW5a-nAteg
    // Rate and quota differ by account: https://docs.aws.amazon.com/ses/latest/dg/quotas.html
    ...{ name: 'ses', host: /^email-smtp(-fips)?\.[a-z0-9-]+\.amazonaws\.com$/ },
    ...{ ...NOTHING, mailsPerConnection: 100 },
  },
  {
    // "10 concurrent connections, per IP":
    // https://postmarkapp.com/support/article/do-we-have-rate-limits-for-smtp
    ...{ name: 'postmark', host: /^smtp(-broadcasts)?\.postmarkapp\.com$/ },
    ...{ ...NOTHING, connections: 10 },
  },
  {
    // "5 requests per second per team": https://resend.com/docs/api-reference/rate-limit
    ...{ name: 'resend', host: /^smtp\.resend\.com$/ },
    ...{ ...NOTHING, rate: 5 },
  },
];

/** The preset of a relay by its host name. */
export function findPreset(host: string): Preset | undefined {
  const name = host.toLowerCase().replace(/\.$/, '');
  return PRESETS.find((preset) => preset.host.test(name));
}
