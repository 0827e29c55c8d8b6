import { FOREIGN_PHRASES } from './foreign-phrases.js';
import { buildPhrases } from './phrases.js';
import { reader, server, us } from './verdicts.js';

/**
 * Phrases of mails that came back, which no server says to whom it talks to, or which mean more there.
 * They are read before all others. The first that matches decides, so the order matters.
 */
export const REPORT_PHRASES = [
  ...buildPhrases(
    'any',
    'RFC 3463 §3.3: X.2.2, which words about queues and retries do not overrule',
    [
      [
        'any',
        /\bfull\b|quota|storage|exceed|space/,
        reader('full'),
        { enhanced: ['4.2.2', '5.2.2'] },
      ],
      [
        'any',
        /mail ?box (?:is )?full.{0,40}(?:retry|retries|queue|expired|time-?out)/,
        reader('full'),
      ],
    ],
  ),

  ...buildPhrases('any', 'RFC 7504 §3, §4: a host that never takes mail', [
    ['any', /not accepting network messages/, reader('gone'), { codes: [521, 556] }],
  ]),

  ...buildPhrases('any', 'RFC 3463 §3.5: X.4.x, what the sending side met on its way', [
    [
      'any',
      /host not found,? try again|malformed (?:or unexpected )?name server reply|name server: .{0,60}(?:host name lookup failure|deferred)|(?:temporary|temporarily|transient) .{0,40}(?:dns|name|lookup|resol)|(?:dns|mx|cname|name) (?:lookup|resolution|server)s? .{0,20}(?:temporar|timed? ?out|deferred)|cname lookup failed temporarily|host lookup did not complete/,
      server('busy'),
    ],
    [
      'any',
      /mail for \S{1,254} loops back|loops back to (?:me|myself)|too many hops|hop ?count|maximum hops?|mail(?:ing)? loop|routing loop|local configuration error|config(?:uration)? error|mail system config|message (?:is )?looping|forwarding loop|resolve to (?:myself|localhost|local host)|remote host is local host/,
      server('busy'),
    ],
    [
      'any',
      /connection (?:was |has been )?(?:refused|timed ?out|reset|dropped|closed|lost|died|broken|aborted|failed)|(?:lost|no|broken|unable to (?:make|establish|open)(?: an?)?) (?:smtp |network |tcp )?connection|network is unreachable|no route to host|host (?:is )?(?:unreachable|down|not responding)|couldn't establish an smtp connection|wasn't able to establish an smtp connection|(?:cannot|can't|could not|couldn't|unable to|failed to) (?:connect|contact|reach|communicate)|did not respond|not responding|no answer from|operation timed out|conversation with .{1,120} timed out|timed? ?out (?:while|waiting|after|during)|unable to connect|\[?winsock|socket error|dns records for the destination|unable to resolve route|unrouteable mail domain|find a gateway|points? to (?:local|this) ?host/,
      server('busy'),
    ],
    [
      'any',
      /(?:retry (?:time|limit|timeout)|queue(?: time| lifetime)?|delivery time|message (?:lifetime|age)|time ?limit) .{0,40}(?:exceeded|expired|reached|out\b)|(?:message|mail|delivery(?: time)?|it)(?: has| was)? expired|too (?:old|long in (?:the )?(?:queue|my queue))|been in (?:the |my )?queue (?:too long|for)|(?:delivery|send(?:ing)?) (?:attempts?|retr(?:y|ies)) .{0,30}(?:exceeded|exhausted|timed? out)|delivery failed \d{1,3} attempts|(?:maximum|all) (?:number of )?(?:delivery |retry )?(?:attempts|retries)|could not be delivered (?:with)?in \d{1,3} (?:day|hour)|undeliverable for \d|for (?:more than|over|past|the (?:last|past)) \d{1,3}(?:\.\d)? (?:day|hour)|not delivered after \d/,
      server('busy'),
    ],
  ]),

  ...buildPhrases('any', 'RFC 3463 §3.8: X.7.x, about the sender or the mail', [
    [
      'any',
      /(?:unrout(?:e)?able|invalid|bogus|bad|unknown|empty|null|non-existent) (?:envelope )?(?:sender|originator|mail from|return path)|bogus mail from|\b(?:sender|originator|return-path)\b.{0,40}(?:does not exist|not (?:pre-?approved|registered|known|valid|accepted)|invalid|(?:is|was) (?:empty|spammer)|reject|verify|denied|must)|(?:empty|null) (?:envelope )?senders? |émetteur|emetteur|from: ?domain|domain of sender|\bbatv\b|\bprvs\b|bouncedeny|backscatter|third-party dsns?|unsigned dsn|returned mail not accepted|invalid domain, see/,
      us('sender'),
    ],
    [
      'any',
      /your (?:account|domain|access|organi[sz]ation) .{0,40}(?:suspended|disabled|blocked|banned)|dynamic ips?\b|dial-?up|open (?:proxy|relay)|(?:custom|generic|missing|proper|valid) reverse|reverse dns|mismatches client|mail server at \S{1,60} is|unresolvable relay|resolve your (?:address|hostname|host|ip)|confirm this mail server|\bgo away\b|(?:user|spam) complaints|no access from mail server|from your (?:ip|network|server|host|provider)|smtp server of your isp|mass mailer|(?:access|mail|messages|email) from (?:ip (?:address )?)?\[?\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}.{0,40}(?:block|reject|refus|denied|deferred|not accept)|sending ips?\b/,
      us('reputation'),
    ],
    [
      'any',
      /(?:illegal|forbidden|prohibited|with|without|containing|other) (?:an? )?attachments?|attachments? (?:is|are) (?:not|blocked|forbidden|illegal|rejected)|members?-only|non-?members?|closed mailing list|not subscribed|organi[sz]ation(?:al)? (?:settings|polic)|protocol violation|headers? (?:error|are not)|multiple addresses in|administrative(?:ly)? prohibit|rule imposed|registered gateway|not authori[sz]ed to send|trying to use me|as an? (?:open )?relay|only accepts? (?:mail|messages) from|permission to (?:post|send)|may not exist,? or|not (?:rfc|compliant)|rfc.{0,24}(?:complian|violat)|improperly|malformed (?:header|message|mail)|duplicate header|securities violation|insecure mail|handle mail for|(?:smtp )?authentication turned on|verification fail|\binfected\b|administratively denied|(?:message|mail) (?:was |has been )?filtered/,
      us('policy'),
    ],
    [
      'any',
      /sending rate|maximum allowable number|allowable number of|exceeded .{0,40}number of recipients|ip name lookup failed|purported responsible/,
      us('policy'),
    ],
  ]),

  ...buildPhrases('any', 'RFC 3463 §3.3, §3.8: the reader, or a filter of the reader', [
    [
      'any',
      /due to recipient preferences|user reject|account is protected|restricted sms|id refuse to receive|destinataire archiv|e-?mail preferences of the person|user.{0,12} (?:filter|preference|setting)s?\b|(?:domain|mail) (?:filter|designat|reception restrict)|recipient (?:has )?(?:blocked|refused|filtered|declined|does not accept|doesn't accept|is not accepting)|(?:not|isn't) accepting (?:any )?(?:mail|e-?mail|messages)(?: at this time)? from (?:this|your|that) (?:address|sender)|please turn on|due to extended inactivity|mailbox (?:is )?(?:currently |temporarily )?(?:suspended|disabled|inactive|locked|blocked|unavailable due)|(?:currently|temporarily) (?:suspended|disabled|unavailable|inactive|out of service)|\[suspend\]|not yet activated|never logged onto|deactivated|(?:is|are|was|been) (?:administratively )?(?:suspended|disabled|deactivated|expired)\b/,
      reader('disabled'),
    ],
    ['any', /too much mail data|mail file size exceeds|exceeding receiving limits/, reader('full')],
  ]),

  ...FOREIGN_PHRASES,
];

/**
 * Phrases that are too loose for a verdict at once. In a mail that came back nothing else is left, so
 * they are read after all others.
 */
export const LAST_PHRASES = [
  ...buildPhrases('any', 'RFC 3463 §3.8: X.7.1', [
    [
      'any',
      /(?:your|the) (?:ip|client|host|server|connection|domain|network|provider|isp|message|mail|e-?mail).{0,60}(?:blocked|blacklist|blocklist|block list|black list|listed)\b|blocked (?:by|using|for|because|due)|spamhaus|spamcop|\bsorbs\b|(?:invalid|missing|no|bad|unknown) (?:reverse|ptr)|uribl|surbl/,
      us('reputation'),
    ],
    [
      'any',
      /\bspam(?:ming|my|mer|block|assassin|profiler|-id|-like)?\b|unsolicited|\bube\b|\bbulk (?:e-?)?mail|junk e?-?mail|\bvirus(?:es)?\b|phishing|malware|(?:message|mail|content|attachment) (?:has been |was |is |content )?(?:rejected|blocked|refused|denied|not (?:accepted|allowed|permitted|wanted))|(?:not accept|refuse|reject|block)\w{0,3} .{0,40}(?:attachment|content|(?:message|mail)s? from)|polic(?:y|ies)\b|(?:permission|access|authori[sz]ation) (?:is |was )?denied|not (?:authori[sz]ed|permitted|allowed)\b|requires? (?:confirmation|authori[sz]ation|approval)|restricted/,
      us('policy'),
    ],
  ]),

  ...buildPhrases('any', 'RFC 3463 §3.3: X.2.2', [
    [
      'any',
      /(?:mail ?box|inbox|disk|storage|\bquota|\baccount|folder|mail ?drop|spool).{0,60}(?:\bfull\b|exceed|exhaust|over (?:the |its |their )?(?:limit|quota|size)|no (?:more )?(?:space|room)|too (?:large|big|many messages)|limit (?:has been )?reached)|(?:quota|storage|mailbox).{0,24}(?:exceed|violation|overdrawn|full)|exceed\w{0,3}.{0,60}(?:quota|storage|mail ?box|disk)|not enough (?:disk |storage )?(?:space|room)|insufficient (?:disk |storage )?(?:space|quota)|(?:over|out of) (?:disk )?(?:quota|space)|no space left|over ?quota|full (?:mail ?box|inbox)|space (?:is )?not enough|quota\b|(?:enough|no more) (?:disk |storage )?space|space has been used up|receiving limits|mail file size exceeds|maximum allowed storage/,
      reader('full'),
    ],
  ]),

  ...buildPhrases('any', 'RFC 3463 §3.4: X.3.4', [
    [
      'any',
      /(?:too (?:large|big)|exceeds?|exceeded|over|larger) .{0,40}(?:message|mail|size|limit of \d)|(?:message|mail|header)s? (?:size )?.{0,30}(?:too (?:large|big|long)|exceed)/,
      us('size'),
    ],
  ]),

  ...buildPhrases('any', 'RFC 3463 §3.2: X.1.x', [
    [
      5,
      /(?:has|have) (?:been )?(?:moved|changed (?:its|their|his|her)? ?(?:e-?mail )?address)|no longer (?:a |an )?(?:valid|exists?|work(?:s|ing)?|with|here|at |employed|associated|available|current|in (?:use|service)|use[sd]?|used|supported|monitored|on this|a (?:user|customer|member))|(?:left|leaving) (?:the )?(?:company|organi[sz]ation|university)|account (?:has been |was |is )?(?:closed|deleted|removed|terminated|cancell?ed)|(?:mail ?box|user|address|account) (?:has been |was |is )(?:deleted|removed|closed|terminated|cancell?ed)/,
      reader('gone'),
    ],
    [
      5,
      /(?:could ?n[o']t|can ?not|can't|unable to|didn't|did not|wasn't|not|failed to) (?:be )?(?:found|find|locate|resolve|recogni[sz]e|identify|matched?|known?) |not (?:be )?(?:found|known|listed|recogni[sz]ed|resolved|located)\b|(?:does|do|did)(?: not|n't) (?:exist|have an? (?:\S{1,40} )?account|match|correspond)|non[- ]?exist[ae]nt|n't exist|(?:there is )?no (?:such|known|local|matching|registered|valid)? ?(?:user|mail ?box|account|person|recipient|addressee|domain|host|address|alias|customer)(?! (?:at this time|lookup))/,
      reader('gone'),
    ],
    [
      5,
      /(?:wrong or no longer valid|(?:unknown|invalid|bad|illegal|incorrect|wrong|unrecogni[sz]ed|undefined|unroutable|unrouteable|undeliverable|unlisted|unregistered|inexistent)[ -](?:local[ -](?:part)?|final |destination |delivery |e-?mail |domain |virtual |rfc2?822 |lotus |notes )*(?:user|userid|user ?name|recipients?|address(?:ee|es)?|mail ?box|mail-?drop|account|domain|host|alias|name|person|entity))/,
      reader('gone'),
    ],
    [
      5,
      /(?:user|recipients?|address(?:ee)?|mail ?box|account|domain|host|local part|userid|name|mail domain|destination|entity)(?: name| address| is| was| are| \S{1,254})?:?(?: is| was)? (?:unknown|invalid|not valid|incorrect|not (?:a )?(?:known|valid|local|registered)|undefined|not our customer|not recogni[sz]ed)\b/,
      reader('gone'),
    ],
    [
      5,
      /domain is not reachable|check (?:if|that|whether) (?:the |this )?address is correct|bad[ _-]?recipient|unknown local[- ]part|not have a final e-?mail delivery|badrcptto|validrcptto|userunknown|addresses? (?:were|was|are|is) unknown|(?:address(?:es)?|mailbox|user|recipients?) not (?:present|ok\b|local)|address rejected(?!: [a-z])|rejected recipients|can't accept user|unavaiable|nessun utente|not (?:a )?(?:local|e-?mail) address|no one at this address|missing home directory|\bno .{1,80} in (?:name )?directory|domain must exist|no smtp service|has been replaced by|user not local|please try <|recipnotfound|adr\.(?:recip|ex)|recipient (?:was |is )?(?:rejected|refused|not accepted)|envelope recipient has been denied|recipients? (?:was|were) undeliverable|no longer accepts mail|(?:^|\W)(?:mailbox|account|recipient|requested action not taken: mailbox) (?:name |is )?(?:unavailable|not allowed|not available|not permitted)|not (?:an? )?(?:active|current|valid|known|authentic) (?:e-?mail )?(?:address|account|user)|no mail ?box|host (?:name )?unknown|name not found|(?:host|domain) not found|nxdomain|dns hard error|couldn't find (?:any|a) (?:host|mail exchanger)|mx records? points? to non|no (?:mx|mail) (?:record|server|exchanger)s? |unable to (?:deliver|route|relay)? ?.{0,24}(?:no mx|no dns|to (?:unknown|that) (?:host|domain))|null ?mx|accepts? no mail|does not (?:accept|receive) (?:any )?(?:e-?)?mail\b(?! from)|not our customer|smtp; ?bad destination|bad destination (?:host|mailbox|system)|address (?:is )?(?:undeliverable|bounced)|invalid mx|unrout(?:e)?able/,
      reader('gone'),
    ],
  ]),
];
