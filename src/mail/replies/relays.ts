import { buildPhrases } from './phrases.js';
import { reader, server, throttling, us } from './verdicts.js';

const SES = 'https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html';
const POSTMARK = 'https://postmarkapp.com/developer/api/overview#error-codes';
const MAILGUN = 'https://help.mailgun.com/hc/en-us/articles/217531258';
const SENDGRID =
  'https://www.twilio.com/docs/sendgrid/for-developers/sending-email/smtp-errors-and-troubleshooting';
const BREVO = 'https://help.brevo.com/hc/en-us/articles/115000188150';
const MAILERSEND = 'https://www.mailersend.com/help/smtp-relay';
const RESEND = 'https://resend.com/docs/api-reference/errors';
const POSTFIX = 'https://www.postfix.org/postconf.5.html';
const EXIM =
  'https://www.exim.org/exim-html-current/doc/html/spec_html/ch-access_control_lists.html';
const SENDMAIL = 'https://www.sendmail.org/~ca/email/doc8.12/op.html';
const QMAIL = 'https://cr.yp.to/qmail.html';
const EXCHANGE = 'https://learn.microsoft.com/exchange/mail-flow/message-rate-limits';
const STALWART = 'https://stalw.art/docs/mta/inbound/session';
const PROOFPOINT = 'https://ipcheck.proofpoint.com';
const MIMECAST =
  'https://mimecastsupport.zendesk.com/hc/en-us/articles/34000709564691-Policies-Mimecast-SMTP-Error-Codes';
const BARRACUDA =
  'https://campus.barracuda.com/product/emailsecuritygateway/article/BSF/SMTPErrorCodes';
const CISCO =
  'https://www.cisco.com/c/en/us/support/security/email-security-appliance/products-user-guide-list.html';

/** Phrases of relays to their customers, and of mail servers and filters. */
export const RELAY_PHRASES = [
  ...buildPhrases('Amazon SES', SES, [
    ['any', /identities failed the check/, us('sandbox')],
    [4, /maximum sending rate exceeded/, throttling()],
    [5, /account is paused|sending paused for this account/, us('reputation')],
  ]),

  ...buildPhrases('Postmark', POSTMARK, [
    // Postmark's own suppression list: bounces, complaints and people who unsubscribed.
    [5, /marked as inactive/, reader('refused')],
    [5, /account is pending approval/, us('sandbox')],
  ]),

  ...buildPhrases('Mailgun', MAILGUN, [
    ['any', /for test purposes only/, us('sandbox')],
    ['any', /not allowed to send: .{0,40}limit/, us('quota')],
    ['any', /domain \S{1,254} is not allowed to send/, us('sender')],
  ]),

  ...buildPhrases('SendGrid', SENDGRID, [
    ['any', /not authorized to send from that/, us('sender')],
    [5, /unauthenticated senders not allowed/, us('login')],
    [4, /message from \S{1,60} temporarily deferred/, throttling()],
  ]),

  ...buildPhrases('Brevo', BREVO, [
    ['any', /activate your smtp account|smtp account is not (?:yet )?activated/, us('sandbox')],
    [5, /unauthori[sz]ed ip address/, us('login')],
  ]),

  ...buildPhrases('MailerSend', MAILERSEND, [
    ['any', /#ms42225|trial account/, us('sandbox')],
    ['any', /#ms42207/, us('sender')],
  ]),

  ...buildPhrases('Resend', RESEND, [
    ['any', /only send testing emails/, us('sandbox')],
    ['any', /domain is not verified/, us('sender')],
  ]),

  ...buildPhrases('Postfix', POSTFIX, [
    [5, /user unknown in .{1,40} table/, reader('gone')],
    [4, /too much mail from|too many (?:new tls sessions|recipients) from/, throttling()],
    [4, /service currently unavailable|mail transport unavailable/, server('busy')],
  ]),

  ...buildPhrases('Exim', EXIM, [
    [5, /unrouteable address/, reader('gone')],
    ['any', /could not complete sender verify/, us('sender')],
    [4, /not yet authori[sz]ed to deliver mail from/, reader('greylisted')],
  ]),

  ...buildPhrases('Sendmail', SENDMAIL, [
    [4, /connection rate limit exceeded/, throttling()],
    [4, /too many open connections/, server('connections')],
    [5, /\.\.\. (?:user|host) unknown/, reader('gone')],
  ]),

  ...buildPhrases('qmail', QMAIL, [
    [5, /no mail-?box here by that name/, reader('gone')],
    [4, /^qq \w{1,20} /, server('busy')],
  ]),

  ...buildPhrases('Exchange', EXCHANGE, [[4, /insufficient system resources/, server('busy')]]),

  ...buildPhrases('Stalwart', STALWART, [
    [4, /number of messages per session|session open for too long/, server('session')],
  ]),

  ...buildPhrases('Proofpoint', PROOFPOINT, [
    [5, /blocked - see https?:\/\/\S{0,40}proofpoint/, us('reputation')],
    [5, /local policy violation/, us('policy')],
    [5, /address is marked as invalid/, reader('gone')],
  ]),

  ...buildPhrases('Mimecast', MIMECAST, [
    [4, /internal resources? (?:are |is )?temporarily unavailable/, reader('greylisted')],
    [4, /account service is temporarily unavailable/, server('connections')],
    [4, /unable to process connection at this time/, server('busy')],
    [5, /exceeding outbound thread limit/, server('connections')],
    [5, /envelope blocked|manually blocked sender|block policy for/, reader('refused')],
    [5, /local ct ip reputation/, us('reputation')],
    [5, /email rejected due to security policies|anti-spoofing policy/, us('policy')],
    [5, /submitter failed to authenticate/, us('login')],
  ]),

  ...buildPhrases('Barracuda', BARRACUDA, [
    [5, /barracuda ?(?:reputation|central|networks)/, us('reputation')],
    [5, /cuda_nsu/, reader('gone')],
  ]),

  ...buildPhrases('Cisco', CISCO, [
    [5, /your access to .{0,40}mail system has been rejected/, us('reputation')],
    [4, /exceeded (?:allowable connection time|bad smtp command limit)/, server('session')],
  ]),
];
