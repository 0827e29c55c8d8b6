import { toDomain } from '../../mail/host-names.js';

/** How a mailbox shows a mail as it came. */
export interface SourceView {
  provider: string;
  how: string;
  link: string;
}

interface KnownView extends SourceView {
  domains: RegExp;
}

const VIEWS: readonly KnownView[] = [
  {
    ...{ provider: 'Gmail', domains: /^(gmail|googlemail)\.com$/ },
    how: 'open it, then ⋮ beside Reply, "Show original"',
    link: 'https://support.google.com/mail/answer/29436',
  },
  {
    ...{ provider: 'Outlook', domains: /^(outlook|hotmail|live|msn)\.[a-z.]+$/ },
    how: 'open it, then ⋯, "View", "View message source"',
    link: 'https://support.microsoft.com/office/cd039382-dc6e-4264-ac74-c048563d212c',
  },
  {
    ...{ provider: 'Yahoo and AOL', domains: /^(yahoo|ymail|rocketmail|aol)\.[a-z.]+$/ },
    how: 'open it, then ⋯, "View raw message"',
    link: 'https://help.yahoo.com/kb/SLN22026.html',
  },
  {
    ...{ provider: 'Apple Mail', domains: /^(icloud|me|mac)\.com$/ },
    how: 'menu "View", "Message", "All Headers"',
    link: 'https://support.apple.com/guide/mail/welcome/mac',
  },
  {
    ...{ provider: 'Proton Mail', domains: /^(proton\.me|protonmail\.com|pm\.me)$/ },
    how: 'open it, then ⋯, "View headers"',
    link: 'https://proton.me/support/mail',
  },
  {
    ...{ provider: 'Thunderbird', domains: /^$/ },
    how: 'Ctrl+U, or menu "View", "Message Source"',
    link: 'https://support.mozilla.org/products/thunderbird',
  },
];

/** The way of the address's own provider; all where that is not known. */
export function listSourceViews(address: string): SourceView[] {
  const domain = toDomain(address).toLowerCase();
  const own = VIEWS.filter(({ domains }) => domains.test(domain));
  return (own.length > 0 ? own : VIEWS).map(({ provider, how, link }) => ({ provider, how, link }));
}

interface Expected {
  envelopeFrom: string;
  /** The domain in From. */
  author: string;
  /** For which we sign; `null`: we do not. */
  signer: string | null;
}

/** What shows in the mailbox whether it trusts the mail. */
export function listSigns({ envelopeFrom, author, signer }: Expected): string[] {
  const selectors =
    signer === null ? `that of your relay, header.d=${author}` : `header.d=${signer}`;
  return [
    'The folder: in the inbox, or among promotions, or in spam? A new sender is often in spam at first; say there that it is none.',
    `The source, field Authentication-Results: spf=pass (smtp.mailfrom of ${toDomain(envelopeFrom)}, or of your provider), dkim=pass (${selectors}), dmarc=pass (header.from=${author}).`,
    'The source, field Received: the topmost ones say from which address the mail came. SPF has to let it send, and it needs a name.',
    'The link to unsubscribe beside the sender, at the top of the mail. Large mailboxes show it once they trust the sender. The one of this mail is harmless.',
    'The text: no remark that pictures are blocked, since there are none from elsewhere, and nothing clipped at the end.',
  ];
}
