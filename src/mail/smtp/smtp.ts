import SMTPConnection, {
  type SMTPConnectionAuth,
  type SMTPConnectionOptions,
} from 'nodemailer/lib/smtp-connection';
import { PaperboyError } from '../../base/errors.js';
import { formatFault, toOpeningFault } from '../replies/opening-fault.js';
import { type Reply, toCleanLine } from '../replies/reply.js';
import { withoutSecrets } from '../replies/secrets.js';
import { PHASES, type SmtpPhases } from './smtp-phases.js';
import { toFailure } from './smtp-result.js';
import { ClientSession, type SmtpSession } from './smtp-session.js';

export interface SmtpServer {
  /** Host and port, for logs. */
  readonly name: string;
  /** Whether connecting includes a login. */
  readonly login: boolean;
  /**
   * Connects, greets and logs in.
   * @param signal aborts all of that
   * @throws ConnectError
   */
  open(signal: AbortSignal): Promise<SmtpSession>;
}

/** A connection that could not be opened; `reply` is the server's reply, if there was one. */
export class ConnectError extends PaperboyError {
  constructor(
    code: 'smtp_unreachable' | 'smtp_login',
    message: string,
    readonly reply: Reply | null,
    options: ErrorOptions,
  ) {
    super(code, message, options);
  }
}

/** Bytes of the longest reply that is read. */
const LONGEST_REPLY = 65_536;

/**
 * An SMTP server to send mails over.
 * @param options of Nodemailer's connection, as its connection URLs give them
 * @param heloName the name in EHLO (RFC 5321 §4.1.1.1)
 * @param given how long the server may be silent in each phase; `options` may override it
 */
export function smtpServer(
  options: SmtpOptions,
  heloName: string,
  given: SmtpPhases = PHASES,
): SmtpServer {
  const phases = withOptions(given, options);
  const { auth, ...connectionOptions } = options;
  const name = serverName(options);
  return {
    name,
    login: auth !== undefined,
    async open(signal) {
      const connection = new SMTPConnection({
        greetingTimeout: phases.greeting,
        socketTimeout: phases.command,
        ...connectionOptions,
        name: connectionOptions.name ?? heloName,
        // The time for all of connecting. The TCP connection alone has a limit of its own below.
        connectionTimeout:
          options.connectionTimeout ?? phases.connect + phases.greeting + phases.tls,
        maxResponseSize: LONGEST_REPLY,
      });
      const session = new ClientSession(connection, phases);
      // AbortSignal.any would leak a little memory with each connection of a long-lived signal.
      const limit = new AbortController();
      const giveUp = () => limit.abort();
      const timer = setTimeout(() => {
        if (connection.stage === 'init') giveUp();
      }, phases.connect);
      signal.addEventListener('abort', giveUp, { once: true });
      if (signal.aborted) giveUp();
      let step: 'connect' | 'login' = 'connect';
      try {
        await session.connect(limit.signal);
        step = 'login';
        if (auth) await session.login(auth, limit.signal);
        return session;
      } catch (error) {
        session.close();
        throw connectError(name, options, step, error);
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
      }
    },
  };
}

/** Timeouts that the operator has set in the URL override those of the phases. */
function withOptions(phases: SmtpPhases, options: SmtpOptions): SmtpPhases {
  const { connectionTimeout, greetingTimeout, socketTimeout } = options;
  const silence = socketTimeout && { command: socketTimeout, data: socketTimeout };
  return {
    ...phases,
    ...(connectionTimeout && { connect: connectionTimeout }),
    ...(greetingTimeout && { greeting: greetingTimeout }),
    ...(silence && { ...silence, block: socketTimeout, dot: socketTimeout }),
  };
}

function connectError(
  name: string,
  options: SmtpOptions,
  step: 'connect' | 'login',
  error: unknown,
): ConnectError {
  const known = toFailure(error, { sent: false, connecting: true }).reply;
  // Some servers quote a command that they don't know, and with it the password.
  const reply = known && { ...known, text: withoutSecrets(known.text, options) };
  const reason = toCleanLine(
    withoutSecrets(formatFault(toOpeningFault(error, options), error), options),
  );
  // A connection that is lost during the login says nothing about the password.
  return step === 'login' && reply !== null
    ? new ConnectError(
        'smtp_login',
        `The SMTP server ${name} refuses the login: ${reason}.`,
        reply,
        {
          cause: error,
        },
      )
    : new ConnectError(
        'smtp_unreachable',
        `The SMTP server ${name} can't be used: ${reason}.`,
        reply,
        { cause: error },
      );
}

/** The options of Nodemailer's connection, and the login. */
export type SmtpOptions = SMTPConnectionOptions & { auth?: SMTPConnectionAuth };

/** Host and port, for logs and messages. Never the login. */
export function serverName({ host, port, secure }: SmtpOptions): string {
  return `${host ?? 'localhost'}:${port ?? (secure ? 465 : 587)}`;
}
