/** Large providers, whose names are often typed nearly right. The first of two that are as near wins. */
export const PROVIDERS: readonly string[] = [
  ...['gmail.com', 'yahoo.com', 'hotmail.com', 'outlook.com', 'icloud.com', 'aol.com', 'live.com'],
  ...['googlemail.com', 'msn.com', 'protonmail.com', 'proton.me', 'fastmail.com', 'zoho.com'],
  ...[
    'hotmail.co.uk',
    'yahoo.co.uk',
    'btinternet.com',
    'virginmedia.com',
    'hotmail.fr',
    'yahoo.fr',
  ],
  ...[
    'orange.fr',
    'laposte.net',
    'wanadoo.fr',
    'hotmail.de',
    'yahoo.de',
    'freenet.de',
    't-online.de',
  ],
  ...['outlook.de', 'gmx.de', 'gmx.net', 'gmx.at', 'web.de', 'libero.it', 'hotmail.it', 'yahoo.it'],
  ...['hotmail.es', 'yahoo.es', 'yahoo.com.br', 'hotmail.com.br', 'outlook.com.br', 'yahoo.co.in'],
  ...['yahoo.co.jp', 'rediffmail.com', 'bluewin.ch', 'comcast.net', 'verizon.net', 'bellsouth.net'],
  ...['sbcglobal.net', 'naver.com', 'foxmail.com', 'yandex.ru', 'yandex.com', 'mail.ru', 'qq.com'],
  ...['163.com', '126.com', 'tutanota.com', 'mailbox.org', 'posteo.de', 'hey.com', 'duck.com'],
];

/** What exists and is near to one of them. Nobody who has an address there is asked whether they do. */
export const MAIL_PROVIDERS: readonly RegExp[] = [
  // Families with a domain in many countries.
  /^(?:yahoo|hotmail|outlook|live|windowslive|gmx|msn|aol|zoho|yandex|tutanota|fastmail|proton|mail|email)\.(?!co$|cm$|om$)(?:[a-z]{2}|co\.[a-z]{2}|com\.[a-z]{2}|com|net|org|eu|info|biz|tech)$/,
  // Mail.com and Yahoo have hundreds of names; these are a letter from a large one.
  /^(?:ymail|rocketmail|email|mail|fmail|inmail|imail|umail|xmail|webmail|usa|myself|post|consultant|engineer|techie|europe|asia)\.com$/,
  /^(?:me|mac|pm|hey|duck|tuta|cox|att|sky|ntlworld|talktalk|tiscali|juno|excite|lycos|inbox|tutamail|hushmail|mailfence|runbox|startmail)\.(?!co$|cm$|om$)(?:com|me|net|org|io|co\.uk|de|fr|it|eu|lv|lt)$/,
  /^(?:bk|list|inbox|internet|rambler|ya|narod|vk)\.ru$/,
  /^(?:163|126|139|189|yeah|sina|sohu|aliyun|tom|21cn|vip\.163|vip\.qq)\.(?:com|net|cn|com\.cn)$/,
  /^(?:abv\.bg|seznam\.cz|centrum\.cz|volny\.cz|azet\.sk|wp\.pl|o2\.pl|onet\.pl|onet\.eu|interia\.pl|interia\.eu|op\.pl|freemail\.hu|citromail\.hu|ukr\.net|i\.ua|meta\.ua|walla\.co\.il|walla\.com|hanmail\.net|daum\.net|nate\.com|kakao\.com)$/,
  /^(?:bol|uol|terra|ig|globo|globomail)\.com(?:\.br)?$/,
  /^(?:free|sfr|neuf|bbox|numericable|aliceadsl|club-internet)\.fr$/,
  /^(?:arcor|vodafone|kabelmail|online|mailbox|posteo|email|mail|freemail)\.(?:de|net|org|it|hu|at|ch)$/,
  /^(?:alice|tin|virgilio|tiscali|inwind|iol|fastwebnet|aruba|pec)\.it$/,
];
