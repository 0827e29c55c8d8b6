import { buildPhrases } from './phrases.js';
import { reader, server, throttling, us } from './verdicts.js';

const GMAIL = 'https://support.google.com/a/answer/3726730';
const MICROSOFT =
  'https://learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online';
const OUTLOOK = 'https://sendersupport.olc.protection.outlook.com/pm/troubleshooting';
const YAHOO = 'https://senders.yahooinc.com/smtp-error-codes';
const ICLOUD = 'https://support.apple.com/102322';
const GMX = 'https://postmaster.gmx.net/en/error-messages';
const MAIL_RU = 'https://postmaster.mail.ru';
const QQ = 'https://service.mail.qq.com/detail/122';
const OVH = 'https://help.ovhcloud.com/csm/en-email-blocked-for-spam';

/** Phrases of mailbox providers. */
export const PROVIDER_PHRASES = [
  ...buildPhrases('Gmail', GMAIL, [
    [4, /^try again later, closing connection/, throttling()],
    [4, /unusual rate of (?:unsolicited )?mail/, throttling()],
    [4, /peak smtp relay limit exceeded/, throttling()],
    [4, /mail server temporarily rejected message/, server('busy')],
    [4, /ip not in whitelist for rcpt domain/, reader('later')],
    [5, /account that you tried to reach (?:does not|doesn't) exist/, reader('gone')],
    [5, /account that you tried to reach is (?:disabled|inactive)/, reader('disabled')],
    [5, /unusual rate of unsolicited mail/, us('reputation')],
    [5, /likely unsolicited mail|content presents a potential security issue/, us('policy')],
    [5, /ip you're using to send mail is not authori[sz]ed/, us('reputation')],
    [5, /^email quota exceeded/, us('quota')],
    // A rule of one organisation at Google, marked "gcdp".
    [5, /violates \S{1,80} email policy\. - gcdp/, reader('refused')],
  ]),

  ...buildPhrases('Microsoft 365', MICROSOFT, [
    // Directory-based edge blocking: the organisation has no such address.
    [5, /recipient address rejected: access denied/, reader('gone'), { enhanced: ['5.4.1'] }],
    [5, /tenant or domain not found|resolver\.adr\.\w{0,24}notfound/, reader('gone')],
    [4, /sender thread limit exceeded|concurrent connections limit/, server('connections')],
    [4, /message submission rate .{0,60}exceeded/, throttling()],
    [5, /restrictdomainsto(?:ipaddresses|certificate)/, reader('refused')],
  ]),

  ...buildPhrases('Outlook.com', OUTLOOK, [
    [5, /mailbox unavailable \(s20\d{6}/, reader('gone')],
    [4, /limits for how many messages can be sent/, throttling()],
    [5, /is on our block list/, us('reputation')],
  ]),

  ...buildPhrases('Yahoo and AOL', YAHOO, [
    [4, /\[tss?\d\d\]|temporarily deferred due to/, throttling()],
    [4, /max message per connection reached/, server('session')],
    [5, /\[tss\d\d\]|\[bl\d\d\]/, us('reputation')],
    [5, /not accepted for policy reasons/, us('policy')],
    [5, /doesn't have an? \S{1,40} account/, reader('gone')],
    [5, /mailbox not found/, reader('gone')],
    [5, /delivery error: dd \S{1,254} is no longer valid/, reader('disabled')],
    [5, /this mailbox is disabled|account has been disabled or discontinued/, reader('disabled')],
  ]),

  ...buildPhrases('iCloud', ICLOUD, [
    [5, /\[(?:cs|hm|hme)\d{1,2}\]/, us('policy')],
    [4, /^service unavailable - try again later/, server('busy')],
    [5, /recipient no longer on server/, reader('gone')],
  ]),

  ...buildPhrases('GMX and web.de', GMX, [
    [5, /ip address is (?:black|block) listed/, us('reputation')],
    [4, /reject due to policy violations/, us('reputation')],
    [5, /reject due to policy restrictions/, us('policy')],
    [4, /rate limit reached/, throttling()],
    [
      5,
      /speichervolumen|exhausted allowed storage|too many messages on the server/,
      reader('full'),
    ],
  ]),

  ...buildPhrases('Mail.ru', MAIL_RU, [
    [5, /local mailbox \S{1,254} is unavailable: user not found/, reader('gone')],
    [5, /user is terminated/, reader('disabled')],
    [5, /not accepted -- invalid mailbox/, reader('gone')],
    [5, /spam message rejected/, us('policy')],
    [5, /message sending for this account is disabled/, us('reputation')],
  ]),

  ...buildPhrases('QQ', QQ, [
    [5, /mailbox unavailable or access den/, reader('refused')],
    [5, /(?:ip|sender|domain|connection) frequency limited/, us('quota')],
    [5, /suspected (?:spam ip|bounce attacks)|^connection denied/, us('reputation')],
    [5, /mail content denied|spam is embedded/, us('policy')],
    [5, /is a deactivated mailbox/, reader('disabled')],
  ]),

  ...buildPhrases('OVH', OVH, [
    [5, /(?:account|address|mailbox) (?:is |has been )?blocked for spam/, us('reputation')],
  ]),
];
