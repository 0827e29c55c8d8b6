/** Milliseconds that a server may be silent in each phase of a session. */
export interface SmtpPhases {
  /** Until the TCP connection stands. */
  connect: number;
  greeting: number;
  /** The handshake after STARTTLS. */
  tls: number;
  /** EHLO, AUTH, MAIL and RCPT. */
  command: number;
  data: number;
  /** One block of the message. */
  block: number;
  /** The reply to the final dot. */
  dot: number;
  reset: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** The timeouts of RFC 5321 §4.5.3.2. The others are as long as a person would wait. */
export const PHASES: SmtpPhases = {
  connect: 30 * SECOND,
  greeting: 5 * MINUTE, // §4.5.3.2.1
  tls: MINUTE,
  command: 5 * MINUTE, // §4.5.3.2.2 and .3
  data: 2 * MINUTE, // §4.5.3.2.4
  block: 3 * MINUTE, // §4.5.3.2.5
  dot: 10 * MINUTE, // §4.5.3.2.6: a shorter one repeats mails
  reset: 30 * SECOND,
};
