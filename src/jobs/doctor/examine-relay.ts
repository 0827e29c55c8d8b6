import type { Route } from '../../delivery/sending/routes.js';
import { isLocalHost } from '../../mail/host-names.js';
import { formatFault, toOpeningFault } from '../../mail/replies/opening-fault.js';
import { type OpeningStep, UNCHECKED_PRICE } from '../../mail/replies/remedies.js';
import { formatReply } from '../../mail/replies/reply.js';
import { withoutSecrets } from '../../mail/replies/secrets.js';
import { type SmtpOptions, serverName } from '../../mail/smtp/smtp.js';
import { formatEnd, RENEW } from './certificate-end.js';
import type { Finding } from './finding.js';
import { type Encryption, type ProbeOptions, RelayProbe, STEP_TIMEOUT } from './relay-probe.js';

export interface Examination extends ProbeOptions {
  /** Address of the envelope's sender. */
  sender: string;
  /** The time, by which certificates end. */
  now: number;
}

const MOST_OFFERED = 300;

/**
 * Asks each relay whether it would take mail: connects, encrypts, logs in and names the sender, and
 * opens as many connections as are set. One after another, since two routes may lead to one server.
 * No recipient is named, and nothing is sent.
 */
export async function examineRelays(
  routes: readonly Route[],
  examination: Examination,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const route of routes) findings.push(...(await examineRelay(route, examination)));
  return findings;
}

async function examineRelay(route: Route, examination: Examination): Promise<Finding[]> {
  const subject = `relay ${route.name}`;
  const probe = new RelayProbe(route.smtp, examination);
  try {
    const told = await hear(probe, route.smtp, examination);
    if (told.every(({ ok }) => ok)) {
      // This one stays open: servers take their time to notice that one has gone.
      const count = await countConnections(route, examination, probe);
      told.push(tellCount(count, route), tellLimits(route));
    }
    return told.map((finding) => ({ subject, ...finding }));
  } finally {
    await probe.close();
  }
}

type Told = Omit<Finding, 'subject'>;

/** What the server says on one connection, step by step as far as it goes. */
async function hear(
  probe: RelayProbe,
  smtp: SmtpOptions,
  { sender, now }: Examination,
): Promise<Told[]> {
  const told: Told[] = [];
  let step: OpeningStep | undefined;
  try {
    await probe.connect();
    told.push(tellEncryption(serverName(smtp), probe.encryption, smtp));
    told.push(...tellEnd(probe.encryption, now));
    told.push(tellOffered(probe.extensions));
    if (smtp.auth) {
      step = 'login';
      await probe.login(smtp.auth);
      told.push({ ok: true, told: `takes the login as ${smtp.auth.user ?? ''}` });
    }
    step = 'sender';
    await probe.command(`MAIL FROM:<${sender}>`);
    told.push({ ok: true, told: `takes ${sender} as the sender` });
    await probe.command('RSET').catch(() => undefined);
  } catch (error) {
    told.push(failed(error, smtp, sender, step));
  }
  return told;
}

function failed(error: unknown, smtp: SmtpOptions, sender: string, step?: OpeningStep): Told {
  const fault = toOpeningFault(error, smtp, step);
  const at = `${fault.host}:${fault.port}`;
  const tried: Record<OpeningStep, string> = {
    connect: `connecting to ${at}`,
    greeting: `waiting for the greeting of ${at}`,
    ehlo: `EHLO to ${at}`,
    tls: `TLS with ${at}`,
    login: `the login as ${smtp.auth?.user ?? ''} at ${at}`,
    sender: `MAIL FROM:<${sender}> at ${at}`,
  };
  const words = withoutSecrets(formatFault(fault, error), smtp);
  return { ok: false, told: `${tried[fault.step]} failed: ${words}` };
}

function tellEncryption(at: string, encryption: Encryption | null, smtp: SmtpOptions): Told {
  if (encryption === null) {
    const why = smtp.ignoreTLS ? 'as ?ignoreTLS=true asks' : 'for it offers no TLS';
    const remedy = isLocalHost(smtp.host ?? 'localhost')
      ? ''
      : ': anybody in between can read and change the mail';
    return {
      ...{ ok: true, warns: remedy !== '' },
      told: `answers at ${at}, not encrypted, ${why}${remedy}`,
    };
  }
  const { protocol, unchecked } = encryption;
  const how = `encrypted with ${protocol} (${smtp.secure ? 'from the first byte' : 'STARTTLS'})`;
  if (unchecked === null) {
    return { ok: true, told: `answers at ${at}, ${how}; its certificate is accepted` };
  }
  const price = `tls.rejectUnauthorized=false lets its certificate pass (${unchecked.toLowerCase().replaceAll('_', ' ')})`;
  return {
    ...{ ok: true, warns: true },
    told: `answers at ${at}, ${how}; ${price}: ${UNCHECKED_PRICE}`,
  };
}

/** Whoever looks after the server may not know. */
function tellEnd(encryption: Encryption | null, now: number): Told[] {
  const end = encryption?.validTo ?? null;
  const soon = end === null ? null : formatEnd(end, now);
  return soon === null ? [] : [{ ok: true, warns: true, told: soon, remedy: RENEW }];
}

function tellOffered(lines: string[]): Told {
  const size = lines.find((line) => /^SIZE\b/i.test(line));
  const [, octets = '0'] = /^SIZE\s+(\d{1,15})/i.exec(size ?? '') ?? [];
  // RFC 1870 §4: 0, or no number, is no limit.
  const most = Number(octets) > 0 ? `mails of up to ${megabytes(Number(octets))}` : 'any size';
  const others = lines.filter((line) => line !== size);
  const list = formatReply(others.join(', ')).slice(0, MOST_OFFERED);
  const told = `takes ${most}; offers ${list || 'no extensions'}`;
  if (Number(octets) > 0 && Number(octets) < LARGEST_MAIL) {
    const remedy = `digests have up to ${kilobytes(LARGEST_MAIL)}: raise the limit there`;
    return { ok: false, told, remedy };
  }
  const missing = WANTED.filter(([name]) => !others.some((line) => isNamed(line, name)));
  const prices = missing.map(([name, price]) => `without ${name}, ${price}`);
  return { ok: true, told: [told, ...prices].join('; ') };
}

/** A digest that mailboxes show whole, with its header and what relays add. */
const LARGEST_MAIL = 102_000;

/** What is used where it is offered, and the price of not having it. */
const WANTED = [
  ['8BITMIME', 'mails go in 7 bits'],
  ['SMTPUTF8', 'addresses with letters beyond ASCII before the @ get none'],
  ['DSN', 'bounces have the whole mail in them'],
] as const;

function isNamed(line: string, name: string): boolean {
  return line.toUpperCase().split(/[ \t]/)[0] === name;
}

function kilobytes(octets: number): string {
  return `${Math.round(octets / 1_000)} KB`;
}

function megabytes(octets: number): string {
  return `${(octets / 1e6).toLocaleString('en', { maximumFractionDigits: 1 })} MB`;
}

function tellCount({ open, refusal }: Count, { connections, smtp }: Route): Told {
  const all = `${connections} ${connections === 1 ? 'connection that is' : 'connections that are'} set`;
  if (open >= connections) return { ok: true, told: `takes the ${all}` };
  if (refusal === null) {
    return { ok: true, told: `takes ${open} connections; there was no time for the ${all}` };
  }
  const words = withoutSecrets(refusal, smtp);
  const told = `takes ${open} of the ${all} (${words})`;
  return { ok: true, warns: true, told: `${told}: set connections=${open} in its URL` };
}

function tellLimits({ connections, mailsPerConnection, rate, dailyCap, preset }: Route): Told {
  const limits = [
    `${connections} connections`,
    `${mailsPerConnection.toLocaleString('en')} mails a connection`,
    ...(rate === null ? [] : [`${rate} mails a second`]),
    ...(dailyCap === null ? [] : [`${dailyCap.toLocaleString('en')} mails a day`]),
  ];
  const by = preset === null ? '' : `; what you have not set is from the preset ${preset}`;
  return { ok: true, told: `gets at most ${limits.join(', ')}${by}` };
}

interface Count {
  /** How many were open at once, logged in. */
  open: number;
  /** Why there were no more, in the server's words where it has some; `null`: nothing refused. */
  refusal: string | null;
}

/**
 * Opens the route's connections one by one, as a sender would, until one is refused, and closes them.
 * @param first which is open already, and stays so
 */
async function countConnections(
  route: Route,
  options: ProbeOptions,
  first: RelayProbe,
): Promise<Count> {
  const open = [first];
  // The first must not be closed for idleness meanwhile.
  const limit = AbortSignal.timeout(0.9 * (options.stepTimeout ?? STEP_TIMEOUT));
  try {
    while (open.length < route.connections && !limit.aborted) {
      const probe = new RelayProbe(route.smtp, options);
      try {
        await probe.connect();
        if (route.smtp.auth) await probe.login(route.smtp.auth);
        open.push(probe);
      } catch (error) {
        await probe.close();
        const fault = toOpeningFault(error, route.smtp);
        return { open: open.length, refusal: fault.reply ?? formatFault(fault, error) };
      }
    }
    return { open: open.length, refusal: null };
  } finally {
    await Promise.all(open.slice(1).map((probe) => probe.close()));
  }
}
