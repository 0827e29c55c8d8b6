import DKIM from 'nodemailer/lib/dkim';

export interface DkimKey {
  domain: string;
  selector: string;
  /** RSA, in PEM. */
  privateKey: string;
}

/**
 * Header fields that are signed. Nodemailer's own list lacks `List-Unsubscribe-Post`, without
 * which mailboxes ignore one-click unsubscribing (RFC 8058 §4).
 */
const SIGNED = [
  'From',
  'To',
  'Subject',
  'Date',
  'Message-ID',
  'MIME-Version',
  'Content-Type',
  'List-Id',
  'List-Unsubscribe',
  'List-Unsubscribe-Post',
  'Auto-Submitted',
  'Precedence',
].join(':');

/** Makes a signer of finished messages (RFC 6376, rsa-sha256). */
export function dkimSigner({ domain, selector, privateKey }: DkimKey) {
  const dkim = new DKIM({
    domainName: domain,
    keySelector: selector,
    privateKey,
    headerFieldNames: SIGNED,
  });
  return async (message: Buffer): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    for await (const chunk of dkim.sign(message)) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  };
}
