/** What the reply answers. `connect` is a connection that failed before anything was said. */
export const SMTP_STAGES = [
  'connect',
  'greeting',
  'ehlo',
  'tls',
  'auth',
  'mail',
  'rcpt',
  'data',
  'dot',
] as const;
export type SmtpStage = (typeof SMTP_STAGES)[number];

/** A reply of an SMTP server (RFC 5321 §4.2), read. */
export interface Reply {
  stage: SmtpStage;
  /** Three digits, or 0 where it begins with none or its lines disagree. */
  code: number;
  /** `5.1.1` (RFC 3463), or `null` where there is none or it contradicts the code. */
  enhanced: string | null;
  /** All of it in one clean line of at most 500 characters, for people. */
  text: string;
}

export function parseReply(_raw: string, _stage: SmtpStage): Reply {
  throw new Error('to be written');
}
export function maskReply(text: string): string {
  return text;
}
export function cleanLine(text: string): string {
  return text;
}
