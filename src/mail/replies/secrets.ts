/** The login of a relay. */
export interface Login {
  auth?: { user?: string | undefined; pass?: string | undefined } | undefined;
}

const ADDRESS = /[^\s<>()"',;:]+@[^\s<>()"',;:]+/g;

/** Hides the addresses in a server's text, which logs and strangers may see. */
export function hideAddresses(text: string): string {
  return text.replace(ADDRESS, '…');
}

const SHORTEST = 4;

/** Removes the password from a server's text, in the clear or as AUTH sends it (RFC 4616, RFC 4954). */
export function withoutSecrets(text: string, { auth }: Login): string {
  const { user = '', pass = '' } = auth ?? {};
  if (pass === '') return text;
  const inBase64 = (secret: string) => Buffer.from(secret).toString('base64');
  const secrets = [pass, inBase64(pass), inBase64(`\0${user}\0${pass}`)];
  return secrets.reduce((line, secret) => withoutSecret(line, secret), text);
}

/** Removes the secret, and a beginning of it at the end of a text that was cut. */
function withoutSecret(text: string, secret: string): string {
  const whole = text.replaceAll(secret, '…');
  for (let length = secret.length - 1; length >= SHORTEST; length--) {
    const beginning = secret.slice(0, length);
    if (whole.endsWith(beginning)) return `${whole.slice(0, -length)}…`;
  }
  return whole;
}
