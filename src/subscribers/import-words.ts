/**
 * What a list says of an address, from the mildest to what counts most where several columns speak.
 * `suppressed` is what an export of Paperboy says of whoever must not be mailed.
 */
export const STANDINGS = [
  'subscribed',
  'unconfirmed',
  'left',
  'suppressed',
  'bounced',
  'complained',
] as const;
export type Standing = (typeof STANDINGS)[number];

/** What the fields of status columns say, in lists of other tools. Whatever is not here, the operator is asked about. */
export const STATUS_WORDS: Readonly<Record<Standing, readonly string[]>> = {
  subscribed: [
    ...['subscribed', 'active', 'enabled', 'confirmed', 'verified', 'valid', 'opt in', 'opted in'],
    ...['double opt in', 'single opt in', 'explicit', 'implicit', 'member', 'subscriber'],
    // Buttondown, Substack, beehiiv, Ghost: whether they pay is no matter
    ...['regular', 'premium', 'free', 'paid', 'gift', 'gifted', 'comp', 'complimentary', 'trialed'],
    // Kit: has not opened for long, but is subscribed
    'cold',
    ...['aktiv', 'angemeldet', 'abonniert', 'bestätigt', 'abonné', 'inscrit', 'actif', 'confirmé'],
    ...['suscrito', 'activo', 'iscritto', 'attivo', 'inscrito', 'ativo', 'geabonneerd', 'actief'],
  ],
  unconfirmed: [
    ...['unconfirmed', 'pending', 'not confirmed', 'unactivated', 'not activated', 'unverified'],
    ...['pending confirmation', 'confirmation pending', 'awaiting confirmation', 'validating'],
    ...['opt in pending', 'double opt in pending', 'waiting', 'unbestätigt', 'ausstehend'],
    ...['nicht bestätigt', 'non confirmé', 'en attente', 'pendiente', 'no confirmado', 'in attesa'],
    ...['non confermato', 'pendente', 'não confirmado', 'niet bevestigd'],
  ],
  left: [
    ...['unsubscribed', 'unsubscribe', 'unsub', 'out', 'left', 'opted out', 'opt out', 'cancelled'],
    ...['canceled', 'removed', 'deleted', 'disabled', 'deactivated', 'inactive', 'archived'],
    ...['blocklisted', 'blacklisted', 'blocked', 'banned', 'denylisted', 'suspended', 'excluded'],
    ...['non subscribed', 'not subscribed', 'never subscribed', 'no permission', 'temp hold'],
    ...[
      'nomail',
      'by user',
      'by moderator',
      'temporary hold',
      'held',
      'on hold',
      'do not email',
      'do not contact',
      'stopped',
      'paused',
    ],
    ...[
      'expired',
      'spammy',
      'globally unsubscribed',
      'unsubscribed from all',
      'opted out of email',
    ],
    ...[
      'abgemeldet',
      'inaktiv',
      'gesperrt',
      'gelöscht',
      'ausgetragen',
      'deaktiviert',
      'widerrufen',
    ],
    ...['désabonné', 'désinscrit', 'inactif', 'supprimé', 'bloqué', 'baja', 'dado de baja'],
    ...['desuscrito', 'cancelado', 'inactivo', 'no suscrito', 'eliminado', 'disiscritto'],
    ...['cancellato', 'disattivato', 'descadastrado', 'inativo', 'uitgeschreven', 'afgemeld'],
    ...[
      'inactief',
      'avregistrerad',
      'wypisany',
      'wypisana',
      'odhlášen',
      'leiratkozott',
      'отписан',
      'отписался',
      '退订',
      '已退订',
      '配信停止',
      '登録解除',
    ],
  ],
  suppressed: ['suppressed', 'on suppression list'],
  bounced: [
    ...['bounced', 'bounce', 'hard bounced', 'hard bounce', 'hardbounced', 'soft bounced'],
    ...['soft bounce', 'cleaned', 'undeliverable', 'undelivered', 'invalid', 'invalid email'],
    ...[
      'by bounces',
      'unzustellbar',
      'rejeté',
      'rebotado',
      'rimbalzato',
      'bounce hard',
      'bounce soft',
    ],
  ],
  complained: [
    ...['complained', 'complaint', 'complaints', 'spam', 'spam complaint', 'marked as spam'],
    ...['reported spam', 'reported as spam', 'junk', 'abuse', 'abuse complaint', 'spam report'],
    ...['beschwerde', 'plainte', 'queja'],
  ],
};

export const YES: readonly string[] = [
  ...['yes', 'y', 'true', 't', '1', 'on', 'x', '✓', '✔', 'checked', 'ja', 'wahr', 'oui', 'vrai'],
  ...['si', 'sí', 'verdadero', 'vero', 'sim', 'verdadeiro', 'waar', 'tak', 'да', 'はい', '是'],
];

/** What says `no` and nothing else. A count may be 0. */
export const SAID_NO: readonly string[] = [
  ...['no', 'n', 'false', 'f', 'off', 'nein', 'falsch', 'non', 'faux', 'falso', 'não', 'nee'],
  ...['onwaar', 'nie', 'нет', 'いいえ', '否'],
];

export const NO: readonly string[] = [
  ...SAID_NO,
  ...['0', 'null', 'none', 'never', 'n/a', 'nil', 'undefined'],
  // An empty date of MySQL, and NULL in its files.
  ...['0000-00-00', '0000-00-00 00:00:00', '\\N', '-', '—'],
];

/** With which words a tool begins the name of a file that has only such people in it. */
export const FILE_NAMES: readonly string[] = [
  ...['unsubscribed', 'non subscribed', 'cleaned', 'bounced', 'complained', 'complaints'],
  ...['suppressed', 'blocklisted', 'blacklisted'],
];
