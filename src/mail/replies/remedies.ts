/** The step that failed. */
export type OpeningStep = 'connect' | 'greeting' | 'ehlo' | 'tls' | 'login' | 'sender';

/** What is known about a session that could not be opened. */
export interface OpeningFault {
  step: OpeningStep;
  host: string;
  port: number;
  /** TLS from the first byte (RFC 8314 §3.3), as smtps:// asks for. */
  secure: boolean;
  /** Node's or OpenSSL's code of the error, like `ECONNREFUSED`; `null`: none. */
  code: string | null;
  /** Whether it failed by a timeout. */
  silent: boolean;
  /** The server's reply in one clean line; `null`: none came. */
  reply: string | null;
}

/** What to do about the fault, as the end of a sentence. `null`: nothing is known to help. */
export function remedyFor(fault: OpeningFault): string | null {
  const { step } = fault;
  return (
    ofName(fault) ??
    ofCertificate(fault) ??
    ofTls(fault) ??
    (step === 'connect' ? ofConnecting(fault) : null) ??
    (step === 'greeting' ? ofGreeting(fault) : null) ??
    (step === 'login' ? ofLogin(fault) : null) ??
    (step === 'sender' ? ofSender(fault) : null)
  );
}

/** The price of not checking certificates. */
export const UNCHECKED_PRICE =
  'anybody in between can then read and change the mail, and read the login';

const UNKNOWN_ISSUER = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const WRONG_DATE = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);

/** Whether a code is of the handshake or of the certificate. */
export function isOfTls(code: string): boolean {
  return (
    /^(EPROTO$|ERR_SSL_|ERR_TLS_)/.test(code) || UNKNOWN_ISSUER.has(code) || WRONG_DATE.has(code)
  );
}

function ofCertificate({ code, host }: OpeningFault): string | null {
  if (code !== null && UNKNOWN_ISSUER.has(code)) {
    return `nobody whom this machine knows has signed its certificate: name a file with the certificate of its issuer in NODE_EXTRA_CA_CERTS, or add ?tls.rejectUnauthorized=false to its URL, but ${UNCHECKED_PRICE}`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `its certificate is for another name than ${host}: write the name that it has, or add ?tls.servername=NAME to the URL`;
  }
  if (code !== null && WRONG_DATE.has(code)) {
    return "its certificate is not valid today: it has to be renewed there, unless this machine's clock is wrong";
  }
  return null;
}

function ofName({ code, host }: OpeningFault): string | null {
  if (code === 'ENOTFOUND' || code === 'ENODATA') {
    return `there is no address for ${host}: check how it is written`;
  }
  if (code === 'EAI_AGAIN' || code === 'ESERVFAIL' || code === 'ETIMEOUT' || code === 'EDNS') {
    return `${host} can't be looked up just now: check this machine's DNS`;
  }
  return null;
}

const AT_ONCE = 'if it speaks TLS at once, write smtps:// (mostly at port 465)';
const IN_THE_CLEAR =
  'if it begins in the clear, write smtp://…?requireTLS=true (mostly at port 587)';

function ofTls({ step, secure, code, reply }: OpeningFault): string | null {
  if (code !== null && /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/.test(code)) {
    return 'its TLS is older than 1.2: it has to be renewed there';
  }
  if (secure && /^(EPROTO$|ERR_SSL_)/.test(code ?? '')) {
    return `it doesn't speak TLS at once at this port: ${IN_THE_CLEAR}`;
  }
  if (step !== 'tls') return null;
  // RFC 3207 §4: "454 TLS not available due to temporary reason".
  if (reply?.startsWith('4')) return 'its TLS is out of order: its log says why';
  if (secure) return IN_THE_CLEAR;
  return 'the server has no TLS at this port, or somebody in between takes it away: ask which port has it, mostly 587 (smtp://) or 465 (smtps://)';
}

function ofConnecting({ code, port, silent, secure }: OpeningFault): string | null {
  if (code === 'ECONNREFUSED') {
    return `nothing listens at port ${port}: check host and port; usual are 587 (smtp://) and 465 (smtps://)`;
  }
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') {
    return 'there is no way to it from here: check network and firewall';
  }
  if (!silent) return null;
  const usual = port === 25 ? ', as many providers do: try 587' : '';
  return `something in between may block port ${port}${usual}${secure ? `; ${IN_THE_CLEAR}` : ''}`;
}

function ofGreeting({ secure, silent, reply }: OpeningFault): string | null {
  if (reply === null) return secure ? null : AT_ONCE;
  if (silent) return null;
  if (!/^\d{3}\b/.test(reply)) return 'that is no SMTP server: check the port';
  // RFC 5321 §3.8 and RFC 3463 X.3.2: 421 is also what too many connections get.
  if (reply.startsWith('4')) return 'it takes no more connections for now';
  return "it refuses this machine: ask the server's operator";
}

function ofLogin({ reply }: OpeningFault): string | null {
  if (reply === null) return null;
  // RFC 4954 §6: 538 and 530 want encryption first; 500 to 504 are a server without this login.
  if (/^53[08]/.test(reply)) return WANTS_TLS;
  if (/^50/.test(reply)) {
    return 'it has no login at this port: leave USER:PASSWORD@ out, or take the port for submission, mostly 587 or 465';
  }
  if (reply.startsWith('4')) return 'it has trouble of its own with logins: try again later';
  return 'check user and password: special letters are %-encoded in the URL (@ is %40), and many providers want an app password or a key instead of the usual one';
}

const WANTS_TLS = 'it wants TLS first: add ?requireTLS=true to its URL';

function ofSender({ reply }: OpeningFault): string | null {
  if (reply === null || reply.startsWith('4')) return null;
  if (/^530/.test(reply)) {
    return /tls/i.test(reply) ? WANTS_TLS : 'it wants a login: put USER:PASSWORD@ into its URL';
  }
  return 'check MAIL_FROM: the provider has to know that address or its domain as yours, and this login has to be allowed to send as it';
}
