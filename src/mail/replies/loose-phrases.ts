import { buildPhrases } from './phrases.js';
import { reader, server, throttling, us } from './verdicts.js';

/** Codes that only say "policy". With them, a single word is enough. */
const SAYS_LITTLE = { enhanced: ['5.7.0', '5.7.1'] };
const AT_GREETING = { stages: ['connect', 'greeting'] } as const;

/** The first phrase that matches decides, so the order matters. */
export const LOOSE_PHRASES = [
  ...buildPhrases('any', 'RFC 3463 §3.8: X.7.1, an account of ours', [
    [
      5,
      /your (?:account|domain|organi[sz]ation|access|ip)\b.{0,40}(?:suspended|disabled|blocked|banned|locked|restricted)|sending (?:has been |is )?(?:paused|disabled|suspended)/,
      us('reputation'),
    ],
  ]),

  ...buildPhrases('any', 'RFC 5321 §4.2.3: 550; RFC 3463 §3.2: X.1.1, X.1.2', [
    [
      5,
      /(?:no such|unknown|invalid|non-?existent|unrecogni[sz]ed|bad|illegal)(?: or (?:invalid|illegal))? (?:local |destination |virtual )?(?:user|recipient|mail ?box|mail drop|account|e-?mail address|address|addressee|alias|local part|person)\b/,
      reader('gone'),
    ],
    [
      5,
      /(?<!\bip )\b(?:user|recipient|mail ?box|account|addressee|address|alias)\b.{0,80}(?:\bunknown\b|not found|not exists?\b|n[o']t exist|(?:not|n't) (?:be )?(?:known|recogni[sz]ed|listed)\b|no longer (?:exists?|valid|on (?:this )?server))/,
      reader('gone'),
    ],
    [
      5,
      /no (?:mail ?box|user|one|account) (?:here )?(?:by|with|under) (?:that|this)|not (?:our|a) customer|not a (?:valid|known) (?:user|mail ?box|recipient|address)|unknown in virtual|undeliverable address|(?<!sender )domain name not found/,
      reader('gone'),
    ],
    [
      5,
      /utilisateur inconnu|benutzer nicht bekannt|destinatario sconosciuto|usuario desconocido/,
      reader('gone'),
    ],
  ]),

  ...buildPhrases('any', 'RFC 3463 §3.3: X.2.1', [
    [
      5,
      /(?<!\bip )\b(?:account|mail ?box|inbox|user|recipient|address)\b.{0,60}(?:\bdisabled|suspended|inactive|deactivated|discontinued|not (?:active|activated)|\bclosed\b|terminated|frozen|no longer (?:accepts?|active|in use))/,
      reader('disabled'),
    ],
    [
      5,
      /(?:inactive|disabled|suspended|deactivated) (?:user|account|mail ?box|recipient)|disableduser/,
      reader('disabled'),
    ],
  ]),

  ...buildPhrases('any', 'RFC 5321 §4.2.3: 552', [
    [5, /quota (?:is |was )?exceeded/, reader('full')],
  ]),

  ...buildPhrases('any', 'RFC 6647 §2', [
    [
      4,
      /gr[ea]y-? ?list|postgrey|temporarily rejected,? (?:please )?try again/,
      reader('greylisted'),
    ],
  ]),

  ...buildPhrases('any', 'RFC 5321 §4.5.3.1.10, §4.5.3.2; RFC 3463 §3.5, §3.6: X.4.2, X.5.3', [
    [
      4,
      /(?:too many|max(?:imum)?(?: number of)?) (?:messages?|mails?|e-mails?|recipients|commands|transactions)\b.{0,30}\b(?:this|per|one|same|single) (?:smtp )?(?:session|connection)/,
      server('session'),
    ],
    [
      4,
      /too many (?:smtp )?(?:recipients$|recipients[.,;]|errors|bad commands|(?:un|non-?)\w{2,12} commands)|(?:bad smtp command|connection time)(?: limit)?,? ?(?:exceeded|disconnecting)|exceeded allowable connection time/,
      server('session'),
    ],
    [
      4,
      /\b(?:idle|time-?out|timed out)\b.{0,40}(?:clos|disconnect|exceeded|waiting)|connection (?:expired|timed out)|session (?:open for too long|expired|limit|quota)/,
      server('session'),
    ],
  ]),

  ...buildPhrases('any', 'RFC 5321 §4.5.4.1, RFC 3463 §3.4: X.3.2', [
    [
      'any',
      /too many (?:concurrent |simultaneous |parallel |open )?(?:smtp |tcp |incoming |inbound |tls )?(?:connections?|sessions)|concurrent (?:smtp )?(?:connections?|sessions)|maximum (?:number of )?connections?|connections? limit/,
      server('connections'),
    ],
  ]),

  ...buildPhrases('any', 'RFC 8514 §4: X.7.28; RFC 3463 §3.5: X.4.5', [
    [
      4,
      /rate[- ]?limit|rate exceeded|throttl|sending rate|slow down|(?:unexpected|excessive) volume|too (?:fast|quickly|frequent)|frequency limited|unusual rate|too (?:many|much) (?:messages|mails?|e-?mails?)\b|per (?:second|minute) (?:limit )?(?:exceeded|reached)/,
      throttling(),
    ],
    // A 5yz that is not about the reader: a quota of the sender that is used up.
    [
      5,
      /rate[- ]?limit|throttl|frequency limited|too (?:many|much) (?:messages|mails?|e-?mails?)\b/,
      us('quota'),
    ],
  ]),

  ...buildPhrases('any', 'RFC 6647 §2: the time after which it will be taken', [
    [
      4,
      /(?:try|retry|come back|wait)\b.{0,24}\b(?:in|for|after) (?:\d{1,6} ?(?:s\b|sec|m\b|min)|\d\d:\d\d)/,
      reader('greylisted'),
    ],
  ]),

  ...buildPhrases('any', 'RFC 5321 §4.2.3: 421, 452; RFC 3463 §3.4: X.3.1, X.3.2', [
    [
      4,
      /(?:server|system|service|host) (?:is )?(?:currently |temporarily |too )?(?:busy|overloaded|unavailable|not available)|insufficient (?:system )?(?:storage|resources|disk|space|memory)|not accepting (?:network )?(?:messages|mail|connections)/,
      server('busy'),
    ],
    [
      4,
      /shutting down|temporary (?:system (?:problem|failure)|lookup failure)|(?:maximum|high|heavy) load|load (?:average|too high)|too busy|out of memory|(?:queue|disk) (?:is )?(?:full|unavailable)|maintenance|internal (?:server error|resource)|resources (?:are )?temporarily/,
      server('busy'),
    ],
  ]),

  ...buildPhrases('any', 'RFC 5782 §2; RFC 3463 §3.8: X.7.1', [
    [
      'any',
      /(?:block|black|deny)[- ]?list|dnsbl|\brbl\b|(?:is|was|been|ip|address) listed (?:on|in|at|by)\b|listing in\b|(?:poor|low|bad|ip|domain|sender) reputation|(?:banned|blocked) (?:sending ip|sender|using|by spamhaus)/,
      us('reputation'),
    ],
    [
      5,
      /client host .{0,80}(?:blocked|rejected)|\bip\b.{0,60}(?:blocked|banned|rejected|not allowed)|connections? (?:will )?not (?:be )?accepted from|traffic not accepted|messages from .{1,80} (?:weren't|were not) sent|permanently deferred/,
      us('reputation'),
    ],
    ['any', /\b(?:blocked|banned|reputation)\b/, us('reputation'), AT_GREETING],
  ]),

  ...buildPhrases('any', 'RFC 3463 §3.8: X.7.1; RFC 5321 §7.8', [
    [
      5,
      /(?:rejected|detected|classified|identified|considered|marked|blocked|flagged|regarded|refused)(?: as| to be| for| due to)? (?:likely |being |possible |probable |suspected )?(?:spam|unsolicited|junk|bulk)/,
      us('policy'),
    ],
    [
      5,
      /spam (?:message|content|detected|pattern|score|rejected|filter|or virus)|suspected spam|looks like spam|is spam\b|anti-?spam|spamassassin|junk ?mail|unsolicited (?:bulk |commercial )?(?:e?-?mail|message|content)/,
      us('policy'),
    ],
    [
      5,
      /polic(?:y|ies) (?:reasons?|restrictions?|violations?|reject)|(?:due to|violates?|against|by|of) (?:[a-z'.-]{1,30} ){0,4}polic(?:y|ies)\b|security polic|content (?:was |is )?(?:rejected|denied|refused|not accepted|policy|restrictions)|virus (?:detected|found)|contains (?:an? )?(?:virus|spam|malware)/,
      us('policy'),
    ],
    [
      5,
      /\b(?:blocked|blocklisted|blacklisted|banned|listed|reputation)\b/,
      us('reputation'),
      SAYS_LITTLE,
    ],
    [5, /\b(?:spam|unsolicited|junk|policy|policies)\b/, us('policy'), SAYS_LITTLE],
  ]),
];
