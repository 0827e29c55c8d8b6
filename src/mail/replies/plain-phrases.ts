import { buildPhrases } from './phrases.js';
import { reader, throttling, us } from './verdicts.js';

/** The first phrase that matches decides, so the order matters. */
export const PLAIN_PHRASES = [
  ...buildPhrases('any', 'RFC 3463 §3.3: X.2.x, the mailbox of this reader', [
    // Too many mails to one reader from anybody: no reason to slow down.
    [
      4,
      /(?:user|recipient|mailbox|account) (?:you are trying to contact )?(?:is receiving|has received|receives|received) (?:e?-?mails? |messages |too )/,
      reader('later'),
    ],
    [
      5,
      /(?:user|recipient|mailbox|account) (?:you are trying to contact )?(?:is receiving|has received|receives|received) (?:e?-?mails? |messages |too )/,
      reader('refused'),
    ],
    [4, /recipient has exceeded (?:their|its|the) limit/, reader('later')],
    [5, /recipient has exceeded (?:their|its|the) limit/, reader('refused')],
    [4, /messages to \S{1,100} deferred due to excessive volume/, reader('later')],
    // The recipient's own list of unwanted senders.
    [
      5,
      /(?:rejected|blocked|refused|denied) by (?:the )?(?:recipients?|user)\b|recipient(?:'s)? (?:has )?(?:block|filter)/,
      reader('refused'),
    ],
    [5, /sender is (?:black|block|deny) ?-?listed/, reader('refused'), { enhanced: ['5.1.1'] }],
    [
      5,
      /not in (?:the )?allowed[- ]senders|resolver\.rst\.(?:notauth|sendernot|authreq|senderprohib)/,
      reader('refused'),
    ],
    // Their lookup of our domain failed; our domain is fine.
    [4, /temporary (?:dns|dmarc|spf|dkim)|(?:dns|dmarc) lookup fail/, reader('later')],
  ]),

  ...buildPhrases('any', 'RFC 3463 §3.6: X.5.3, of an hour and not of this mail', [
    [4, /too many recipients (?:received )?(?:this|per|in the last) (?:hour|minute)/, throttling()],
    // GoDaddy says it with 5.1.1, which is about the mailbox elsewhere.
    [5, /has sent (?:to )?too many (?:recipients|messages)/, us('quota')],
  ]),

  ...buildPhrases('any', 'RFC 3207 §4: 530, and 5.7.10, 5.7.11 of RFC 5248', [
    [
      'any',
      /must issue (?:an? )?starttls|starttls (?:command )?(?:is )?required|requires? (?:an? )?(?:tls|ssl|starttls|encryption)\b|tls (?:is )?required|encryption (?:is )?(?:required|needed)|senders to use tls/,
      us('tls'),
    ],
  ]),

  ...buildPhrases('any', 'RFC 7372 §3, RFC 7489 §10.3', [
    [
      'any',
      /\b(?:spf|dkim|dmarc)\b.{0,20}(?:check|polic|fail|verif|valid|authent|reject|hard|did not|does not|not pass|align)|dmarcrejection/,
      us('authentication'),
    ],
    [
      'any',
      /(?:pass|fail(?:s|ed|ing)?|by|due to|with|both|either|against|missing|lacks?)(?: (?:an?|the|valid|either|both|its|your)){0,2} (?:spf|dkim|dmarc)\b/,
      us('authentication'),
    ],
    [
      'any',
      /sender policy framework|required authentication level|sender is (?:not |un)authenticated|unauthenticated (?:e?-?mail|message)|(?:domain|message|e?-?mail) (?:is|was) not authenticated/,
      us('authentication'),
    ],
    [
      'any',
      /(?:reverse dns|ptr|rdns) (?:resource )?(?:record|lookup|entry|is missing)|cannot find your (?:reverse )?hostname|no (?:ptr|reverse dns)\b|fix reverse dns/,
      us('authentication'),
    ],
  ]),

  ...buildPhrases('any', 'RFC 5321 §3.6.2, RFC 5321 §7.9: relaying', [
    [
      'any',
      /relay(?:ing)?(?: access| mail)?(?: is| was)? (?:denied|prohibited|disallowed|not (?:permitted|allowed|authori[sz]ed|supported))/,
      us('relaying'),
    ],
    [
      'any',
      /(?:not (?:permitted|allowed|authori[sz]ed)|isn't allowed|unable|cannot|refuse[sd]?) to relay|no relaying|(?:do|does) not relay|doesn't relay|denies relay|credentials for relay|unauthori[sz]ed relay/,
      us('relaying'),
    ],
    ['any', /isn't in my list of allowed rcpthosts/, us('relaying')],
  ]),

  ...buildPhrases('any', 'RFC 3463 §3.5: X.4.5; RFC 5321 §4.5.3.1.10', [
    [
      'any',
      /(?:daily|monthly|hourly|weekly|24[- ]hour)(?: [a-z]{1,12}){0,4} (?:limit|quota|allowance)/,
      us('quota'),
    ],
    [
      'any',
      /sending (?:limit|quota)s?(?: (?:has|have) been)? (?:exceeded|reached)|quota for sending|exceeded (?:your|the|its) (?:[a-z]{1,12} ){0,3}(?:sending|message|e?-?mail) (?:limit|quota)/,
      us('quota'),
    ],
    [
      'any',
      /maximum credits exceeded|exceeded the max (?:e?-?mails|messages|defers)|messages? (?:sent )?per (?:day|month)|reached your daily limit/,
      us('quota'),
    ],
  ]),

  ...buildPhrases('any', 'RFC 4954 §6: 530, 535; RFC 4409 §3.3', [
    [
      'any',
      /authentication (?:is )?(?:required|needed)|(?:smtp )?auth (?:is )?required|requires? authentication|must (?:first )?(?:be )?authenticated?\b|authenticate first/,
      us('login'),
    ],
    [
      'any',
      /(?:client|user) (?:was |is )?not authenticated|not logged in|please (?:log ?in|authenticate)|authorization required|turn on smtp auth/,
      us('login'),
    ],
    ['any', /too many (?:failed |unsuccessful )?(?:log-?ins?|auth)/, us('login')],
    [
      5,
      /password not accepted|invalid (?:login|credentials|user ?name)|incorrect authentication|authentication (?:failed|failure|unsuccessful)/,
      us('login'),
    ],
  ]),

  ...buildPhrases('any', 'RFC 5321 §3.3, RFC 6409 §6.1, RFC 3463 §3.2: X.1.7, X.1.8', [
    [
      'any',
      /sender address (?:has been )?(?:rejected|refused|denied|blocked|(?:is )?not)|(?:invalid|bad) sender\b/,
      us('sender'),
    ],
    [
      'any',
      /sender (?:is |was )?(?:rejected|denied|refused|not (?:allowed|permitted|valid|verified|authori[sz]ed)|invalid|verif(?:y|ication) (?:failed|error))/,
      us('sender'),
    ],
    [
      'any',
      /\b(?:from|sender|return-path|from\.email)'? (?:address|header|domain|e?-?mail|name)\b.{0,80}(?:not (?:valid|verified|allowed|owned|authori[sz]ed|permitted|match|exist|found|resolve|a sender)|doesn't|must (?:be verified|exist|match)|is invalid)/,
      us('sender'),
    ],
    [
      'any',
      /sendasdenied|send as this sender|not allowed to send as|not owned by user/,
      us('sender'),
    ],
  ]),

  ...buildPhrases('any', 'RFC 5321 §4.1.1.1', [
    [
      'any',
      /\b(?:helo|ehlo)\b.{0,40}(?:rejected|invalid|denied|not allowed|fully[- ]qualified|forged)|(?:bad|invalid|forged|forbidden) (?:helo|ehlo)/,
      us('helo'),
    ],
  ]),

  ...buildPhrases('any', 'RFC 5321 §4.2.3: 552; RFC 3463 §3.3: X.2.2', [
    [
      5,
      /\b(?:mail ?box|inbox|account|user|recipient|maildrop)\b.{0,60}(?:\bfull\b|over ?quota|out of (?:storage )?space|over (?:storage |mailbox )?quota|quota (?:is |was )?(?:exceeded|full))/,
      reader('full'),
    ],
    [
      4,
      /\b(?:mail ?box|inbox|account|user|recipient|maildrop)\b.{0,60}(?:\bfull\b|over ?quota|out of (?:storage )?space|over (?:storage |mailbox )?quota|quota (?:is |was )?(?:exceeded|full))/,
      reader('later'),
    ],
    [
      5,
      /over (?:storage )?quota|exceeded storage allocation|exceeds? (?:mailbox |storage |disk )?quota|mailbox limit ex|overquota/,
      reader('full'),
    ],
    [
      4,
      /over (?:storage )?quota|exceeds? (?:mailbox |storage |disk )?quota|overquota/,
      reader('later'),
    ],
  ]),

  ...buildPhrases('any', 'RFC 1870 §6, RFC 3463 §3.4: X.3.4', [
    [
      'any',
      /message (?:file )?(?:size|length)?(?: is)? ?(?:too (?:large|big|long)|exceed)|(?:message|e?-?mail) size (?:exceeds?|limit)|exceed\w{0,3} .{0,40}(?:message|e?-?mail|header) size|maximum (?:message|e?-?mail) size/,
      us('size'),
    ],
  ]),
];
