import type { Standing } from './import-words.js';
import { INTERESTS } from './preferences.js';

/**
 * What lists of other tools name their columns; `import-words.ts` has what they write into them. A new
 * tool is a word here. Capitals, accents, spaces and signs don't matter: `E-Mail`, `e_mail` and `EMAIL` are one.
 */

/** Columns whose texts are read, and under which names. The first name that a list has is taken. */
export const TEXT_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  email: [
    ...['email', 'email address', 'mail', 'email addresses', 'email id', 'mail address'],
    // Google Contacts, Outlook, Thunderbird, MailerLite, WordPress, forms
    ...['email 1 value', 'email 1', 'primary email', 'email primary', 'subscriber email'],
    ...['user email', 'contact email', 'customer email', 'member email', 'your email'],
    ...['work email', 'personal email', 'email 1 address', 'recipient email', 'email addr'],
    ...['Mailadresse', 'E-Mail-Adressen', 'E-Mail Adresse', 'Kontakt E-Mail'],
    ...['courriel', 'adresse courriel', 'adresse mail', 'adresse électronique', 'mél'],
    ...['adresse de messagerie', 'adresse de courriel', 'adresse e-mail', 'adresse email'],
    ...['correo', 'correo electrónico', 'dirección de correo', 'dirección de correo electrónico'],
    ...['dirección email', 'e-mail principal', 'correu electrònic'],
    ...[
      'indirizzo email',
      'indirizzo e-mail',
      'posta elettronica',
      'indirizzo di posta elettronica',
    ],
    ...['correio eletrónico', 'correio eletrônico', 'endereço de email', 'endereço de e-mail'],
    ...['endereço eletrônico', 'e-mailadres', 'mailadres', 'e-post', 'e-postadress'],
    ...['e-postadresse', 'mailadress', 'sähköposti', 'sähköpostiosoite', 'netfang', 'tölvupóstur'],
    ...['adres e-mail', 'adres email', 'e-mailová adresa', 'e-mailova adresa', 'e-mail cím'],
    ...['adresă de e-mail', 'adresa de email', 'e-posta', 'e-posta adresi', 'eposta adresi'],
    ...['ηλεκτρονική διεύθυνση', 'почта', 'электронная почта', 'адрес электронной почты'],
    ...['эл. почта', 'емейл', 'имейл', 'електронна пошта', 'имейл адрес'],
    ...[
      'メール',
      'メールアドレス',
      'Eメール',
      'Eメールアドレス',
      '邮箱',
      '电子邮箱',
      '电子邮件',
      '邮件地址',
      '邮箱地址',
    ],
    ...[
      '電子郵件',
      '電子信箱',
      '電郵',
      '이메일',
      '이메일 주소',
      'البريد الإلكتروني',
      'אימייל',
      'דואר אלקטרוני',
    ],
    // Only where there is nothing better: they may as well be something else.
    ...['subscriber', 'member address', 'address', 'adresse', 'recipient', 'member', 'username'],
  ],
  timezone: ['timezone', 'time zone', 'tz', 'Zeitzone', 'fuseau horaire', 'zona horaria'],
  language: [
    ...['language', 'preferred language', 'language code', 'lang', 'locale', 'Sprache', 'langue'],
    ...['idioma', 'lingua', 'taal', 'språk', '语言', '語言', '言語', '언어'],
  ],
  ...Object.fromEntries(
    ['hour', 'frequency', 'weekday', 'length', ...INTERESTS].map((name) => [name, [name]]),
  ),
};

/** A column that says whether somebody is subscribed. */
export interface StatusColumn {
  names: readonly string[];
  /** What `yes` or a date says there. */
  yes: Standing;
  /** What `no` says there. */
  no: Standing;
  /** What an empty field says there; nothing without it. */
  blank?: Standing;
  /** It names a state, and neither a date nor 1 or 0 is one. */
  isState?: true;
}

export const STATUS_COLUMNS: readonly StatusColumn[] = [
  {
    // listmonk, beehiiv, Kit, AWeber, Campaign Monitor; Buttondown has type; Constant Contact and
    // MailPoet have two; Klaviyo has consent
    names: [
      ...['status', 'state', 'type', 'subscription status', 'subscriber status', 'email status'],
      ...['email permission status', 'permission status', 'global status', 'list status'],
      ...['member status', 'contact status', 'user status', 'marketing status', 'optin status'],
      ...['email marketing status', 'email marketing consent', 'consent status', 'status email'],
      ...['subscription state', 'subscriber state', 'subscriber type', 'newsletter status'],
      ...[
        'email state',
        'statut',
        'estado',
        'stato',
        'stan',
        'stav',
        'állapot',
        'статус',
        '状态',
        'ステータス',
      ],
    ],
    yes: 'subscribed',
    no: 'left',
    isState: true,
  },
  {
    // Ghost, Mailgun, MailerLite (a date), Brevo, Shopify
    names: [
      ...['subscribed', 'is subscribed', 'subscribed to emails', 'subscribed to email', 'opt in'],
      ...['opted in', 'email opt in', 'email opted in', 'marketing opt in', 'accepts marketing'],
      ...['accepts email marketing', 'newsletter', 'newsletter subscribed', 'email consent'],
      ...['marketing consent', 'email permission', 'permission', 'consent', 'receive emails'],
      ...[
        'receives emails',
        'active',
        'is active',
        'enabled',
        'aktiv',
        'actif',
        'abonniert',
        'abonné',
      ],
      ...['activo', 'suscrito', 'iscritto', 'inscrito', 'subscribed newsletter', 'email enabled'],
    ],
    yes: 'subscribed',
    no: 'left',
  },
  {
    // phpList, Brevo
    names: [
      ...['confirmed', 'is confirmed', 'email confirmed', 'verified', 'is verified'],
      ...['email verified', 'double opt in', 'double optin', 'activated', 'bestätigt', 'confirmé'],
      ...['confirmado', 'confermato', 'is the email of this subscriber confirmed'],
    ],
    yes: 'subscribed',
    no: 'unconfirmed',
  },
  {
    names: [
      ...['confirmed at', 'confirmed on', 'verified at', 'email verified at', 'aktiviert'],
      ...['opted in at', 'double opt in at', 'double optin at', 'double opt in date'],
      ...['double optin date', 'double opt in time', 'confirmation date', 'confirmation time'],
    ],
    yes: 'subscribed',
    no: 'unconfirmed',
    blank: 'unconfirmed',
  },
  {
    // Mailchimp, beehiiv, Mailcoach, Substack, Brevo, HubSpot, Salesforce, AWeber, phpList, Ghost
    names: [
      ...['unsubscribed', 'is unsubscribed', 'unsub time', 'unsubscribed at', 'unsubscribed on'],
      ...['unsubscribe date', 'unsubscribe time', 'unsubscribed date', 'date unsubscribed'],
      ...['unsubscription date', 'unsubscribed from all email', 'global unsubscribe', 'opt out'],
      ...['opted out', 'email opt out', 'email opted out', 'has opted out of email'],
      ...['opt out date', 'opt out time', 'opted out at', 'optout at', 'confirmed opt out date'],
      ...['email disabled', 'disabled', 'disabled at', 'deleted', 'deleted at', 'is deleted'],
      ...['removed', 'removed at', 'deactivated', 'deactivated at', 'cancelled', 'cancelled at'],
      ...['canceled at', 'left at', 'archived', 'archived at', 'blacklisted', 'blocklisted'],
      ...['blacklist', 'blocklist', 'is blacklisted', 'email blacklisted', 'email blocklisted'],
      ...['blacklisted at', 'blocked', 'do not email', 'do not mail', 'do not contact', 'dnc'],
      ...['stop time', 'suppressed', 'suppressed at', 'inactive', 'abgemeldet', 'abgemeldet am'],
      ...['abmeldedatum', 'désabonné', 'désinscrit', 'date de désinscription', 'fecha de baja'],
      ...['disiscritto', 'uitgeschreven', 'descadastrado', 'email marketing unsubscribed'],
      ...['is excluded from campaigns', 'is the email of this subscriber blacklisted'],
      // CleverReach, rapidmail, Sympa
      ...['deaktiviert', 'deaktiviert am', 'abbestellt', 'abbestellt am', 'gekündigt am', 'nomail'],
    ],
    yes: 'left',
    no: 'subscribed',
  },
  {
    names: [
      ...['clean time', 'cleaned', 'cleaned at', 'bounced', 'bounced at', 'is bounced'],
      ...['bounce date', 'bounce time', 'hard bounced', 'hard bounced at', 'hard bounce'],
      ...['undeliverable', 'undeliverable at', 'bounced on'],
    ],
    yes: 'bounced',
    no: 'subscribed',
  },
  {
    names: [
      ...['complained', 'complained at', 'complaint date', 'complaint', 'spam', 'marked as spam'],
      ...['spam complaint', 'reported spam', 'spam reported at', 'abuse complaint'],
    ],
    yes: 'complained',
    no: 'subscribed',
  },
];

/** Columns that sound as though they said so, and don't. Substack's are about what was paid. */
export const HARMLESS_COLUMNS: readonly string[] = [
  ...['active subscription', 'cancel date', 'bounces', 'soft bounces'],
];

/** Parts of names of columns that may say who has left, and that nobody knows; also of words. */
export const LEAVING = new RegExp(
  [
    ...['unsub', 'optout', 'optedout', 'bounce', 'complain', 'blacklist', 'blocklist', 'denylist'],
    ...['suppress', 'cancel', 'deactiv', 'disabl', 'inactiv', 'delet', 'remov', 'erased', 'revok'],
    ...[
      'withdrawn',
      'blocked',
      'banned',
      'suspend',
      'exclud',
      'reject',
      'cleaned',
      'undeliver',
      'invalid',
    ],
    ...[
      '^left(?:at|on|date)?$',
      '^leav(?:e|ing)',
      '^end(?:ed)?(?:at|on|date)?$',
      'nomail',
      'donot(?:e?mail|send|contact|disturb)',
    ],
    ...['abmeld', 'abgemeld', 'abbestell', 'gekundig', 'kundigung', 'austritt', 'ausgetragen'],
    ...[
      'widerruf',
      'deaktiv',
      'inaktiv',
      'gesperrt',
      'geloscht',
      'desabon',
      'desinscri',
      'desactiv',
    ],
    ...['disiscri', 'cancella', 'desuscri', '^(?:fecha(?:de)?)?baja', 'descadastr', 'remocao'],
    ...['uitgeschre', 'uitschrij', 'afgemeld', 'afmeld', 'frameld', 'avmeld', 'avregist', 'avpren'],
    ...['wypis', 'odhlas', 'leiratkoz', 'отпис', '退订', '退訂', '退会', '停止', '解除'],
  ].join('|'),
);
export const STATUS_LIKE =
  /status|statut|^opt$|subscri|abonn|optin|optedin|consent|confirm|permission|einwillig|zustand|situacao|durum|deliverab|validity/;
/** Names of columns that name a state, in which a number means what the tool alone knows. */
export const STATE_LIKE = /(?:status|statut|state|estado|stato|zustand)$/;
/** Names of columns that ask a question, to which 0 is no. A count has another name. */
export const QUESTION_LIKE = /^(?:can|is|has|may|allow|want|accept|gets?(?!count))/;
/** Parts of names of columns in which a plain `no` may mean that somebody wants no mail. */
export const SWITCH_LIKE = /mail|newsletter|valid|receive/;
/** Parts of names of columns that are about the same and say nothing of now. */
export const LEAVING_DETAIL = /url|link|token|hash|key|code|count|rate|score|number/;
export const STATUS_DETAIL =
  /url|link|token|hash|key|code|count|rate|score|number|name|since|from|via|text|wording|note|ip$|source|tier|plan|page|form$|(?<!val)id$|by$|method|language|country|sms|phone|whatsapp/;
