/** What is known of a provider that relays mail. */
export interface RelayProvider {
  readonly name: string;
  readonly host: RegExp;
  /** What SPF has to include, where the provider asks for it. */
  readonly include: string;
  /**
   * Whether it puts a domain of its own, or one that is set up there, into the envelope in place of
   * ours. SPF is then not looked up at our domain.
   */
  readonly rewrites: boolean;
}

/** As of November 2026, each with the page that tells of it. */
const PROVIDERS: readonly RelayProvider[] = [
  // https://support.google.com/a/answer/33786
  {
    ...{ name: 'Google', host: /^smtp(-relay)?\.gmail\.com$/ },
    ...{ include: '_spf.google.com', rewrites: false },
  },
  // https://learn.microsoft.com/en-us/defender-office-365/email-authentication-spf-configure
  {
    ...{ name: 'Microsoft 365', host: /^smtp\.office365\.com$|\.mail\.protection\.outlook\.com$/ },
    ...{ include: 'spf.protection.outlook.com', rewrites: false },
  },
  // https://docs.aws.amazon.com/ses/latest/dg/mail-from.html
  {
    ...{ name: 'Amazon SES', host: /^email-smtp(-fips)?\.[a-z0-9-]+\.amazonaws\.com$/ },
    ...{ include: 'amazonses.com', rewrites: true },
  },
  // https://postmarkapp.com/support/article/1092-how-do-i-set-up-spf-for-postmark
  {
    ...{ name: 'Postmark', host: /^smtp(-broadcasts)?\.postmarkapp\.com$/ },
    ...{ include: 'spf.mtasv.net', rewrites: true },
  },
  // https://resend.com/docs/dashboard/domains/introduction
  {
    ...{ name: 'Resend', host: /^smtp\.resend\.com$/ },
    ...{ include: 'amazonses.com', rewrites: true },
  },
  // https://documentation.mailgun.com/docs/mailgun/user-manual/domains/domains-verify
  {
    ...{ name: 'Mailgun', host: /^smtp(\.eu)?\.mailgun\.org$/ },
    ...{ include: 'mailgun.org', rewrites: true },
  },
  // https://www.twilio.com/docs/sendgrid/ui/account-and-settings/how-to-set-up-domain-authentication
  {
    ...{ name: 'SendGrid', host: /^smtp(\.eu)?\.sendgrid\.net$/ },
    ...{ include: 'sendgrid.net', rewrites: true },
  },
  // https://help.brevo.com/hc/en-us/articles/12163873383186
  {
    ...{ name: 'Brevo', host: /^smtp-relay\.(brevo|sendinblue)\.com$/ },
    ...{ include: 'spf.brevo.com', rewrites: true },
  },
  // https://www.sparkpost.com/docs/tech-resources/custom-bounce-domain/
  {
    ...{ name: 'SparkPost', host: /^smtp(\.eu)?\.sparkpostmail\.com$/ },
    ...{ include: '_spf.sparkpostmail.com', rewrites: true },
  },
];

/** The provider of a relay by its host name. */
export function findProvider(host: string): RelayProvider | null {
  const name = host.toLowerCase().replace(/\.$/, '');
  return PROVIDERS.find((provider) => provider.host.test(name)) ?? null;
}
