import { isPublic } from '../../http/public-address.js';
import type { DnsLookups } from './dns-lookups.js';
import { type Finding, failure, good, warning } from './finding.js';
import {
  findSendingAddresses,
  type MailSetup,
  type SetUpRelay,
  toAddressRecord,
  toReverseRecord,
} from './mail-setup.js';

/** The domain in From: mailboxes refuse one that takes no mail, or that is not there. */
export async function examineSenderDomain(
  lookups: DnsLookups,
  { authorDomain: domain, namedHost }: MailSetup,
): Promise<Finding[]> {
  const subject = 'sender';
  const [mx, addresses] = await Promise.all([lookups.mx(domain), lookups.addresses(domain)]);
  const failed = [mx, addresses].find((one) => one.kind === 'failed');
  if (mx.kind === 'found') return [tellExchangers(subject, domain, mx.records)];
  if (addresses.kind === 'found') {
    return [good(subject, `${domain} is in the DNS; it has no MX, so answers go to its address`)];
  }
  if (failed?.kind === 'failed') {
    return [warning(subject, `${domain} can't be looked up (${failed.why})`)];
  }
  const exists = mx.kind === 'none' && mx.exists;
  const told = exists
    ? `${domain}, the domain of MAIL_FROM, has neither MX nor address: mailboxes refuse such senders`
    : `${domain}, the domain of MAIL_FROM, does not exist: mailboxes refuse such senders`;
  const remedy = exists ? 'name a server that takes its mail' : 'check how MAIL_FROM is written';
  return [failure(subject, told, { remedy, record: `${domain} MX 10 ${namedHost}.` })];
}

function tellExchangers(subject: string, domain: string, hosts: readonly string[]): Finding {
  if (hosts.some((host) => host !== '.')) {
    return good(subject, `${domain} is in the DNS, and takes mail at ${hosts.join(', ')}`);
  }
  // RFC 7505 §4.2: who takes no mail should send none.
  const told = `${domain} says that it takes no mail (null MX), so mailboxes refuse mail from it`;
  return failure(subject, told, {
    remedy: 'take another MAIL_FROM, or name a server that takes its mail',
  });
}

/** Whether bounces find their way to `BOUNCE_ADDRESS`. */
export async function examineBounceDomain(
  lookups: DnsLookups,
  { bounceDomain: domain, namedHost }: MailSetup,
): Promise<Finding[]> {
  if (domain === null) return [];
  const subject = 'bounces';
  const help = {
    remedy: 'name the server that takes them; this one only if BOUNCE_PORT is open to the world',
    record: `${domain} MX 10 ${namedHost}.`,
  };
  const mx = await lookups.mx(domain);
  if (mx.kind === 'failed')
    return [warning(subject, `MX of ${domain} can't be looked up (${mx.why})`)];
  if (mx.kind === 'none') {
    const addresses = await lookups.addresses(domain);
    if (addresses.kind !== 'found') {
      return [failure(subject, `${domain} has neither MX nor address: no bounce comes back`, help)];
    }
    const told = `${domain} has no MX, so bounces go to its address, ${addresses.records.join(', ')}`;
    return [warning(subject, told, help)];
  }
  if (mx.records.every((host) => host === '.')) {
    const told = `${domain} says that it takes no mail (null MX): no bounce comes back`;
    return [failure(subject, told, help)];
  }
  const hosts = await Promise.all(
    mx.records.map(async (host) => ({ host, answer: await lookups.addresses(host) })),
  );
  const lost = hosts.filter(({ answer }) => answer.kind === 'none').map(({ host }) => host);
  if (lost.length < hosts.length) {
    return [good(subject, `${domain} takes mail at ${mx.records.join(', ')}`)];
  }
  const told = `the mail servers of ${domain} have no address (${lost.join(', ')}): no bounce comes back`;
  return [failure(subject, told, help)];
}

/** Reverse DNS of the addresses that mail comes from, where that is this machine's business. */
export async function examineReverse(lookups: DnsLookups, setup: MailSetup): Promise<Finding[]> {
  const findings = await Promise.all(
    setup.relays
      .filter((relay) => isOwn(relay, setup))
      .map(async (relay) => {
        const addresses = await findSendingAddresses(lookups, relay, setup);
        if (addresses.length === 0) return [tellUnseen(relay)];
        return Promise.all(addresses.map((ip) => examineAddress(lookups, ip, setup, relay)));
      }),
  );
  return findings.flat();
}

/** Whether the relay is the operator's: on this machine, or below the domain of MAIL_FROM. */
function isOwn({ isLocal, host, provider }: SetUpRelay, { authorDomain }: MailSetup): boolean {
  return isLocal || (provider === null && `.${host.toLowerCase()}`.endsWith(`.${authorDomain}`));
}

function tellUnseen({ name }: SetUpRelay): Finding {
  const told = `from which address the relay ${name} sends can't be seen from this machine: look up its name ("dig -x ADDRESS") where it can`;
  return good('reverse dns', told);
}

async function examineAddress(
  lookups: DnsLookups,
  ip: string,
  { namedHost }: MailSetup,
  { isLocal, host }: SetUpRelay,
): Promise<Finding> {
  const subject = 'reverse dns';
  const wanted = isLocal ? namedHost : host;
  const help = {
    remedy: 'whoever gives you the address sets its name, mostly in their console',
    record: toReverseRecord(ip, wanted),
  };
  const answer = await lookups.ptr(ip);
  if (answer.kind === 'failed') {
    return warning(subject, `the name of ${ip} can't be looked up (${answer.why})`);
  }
  if (answer.kind === 'none') {
    return failure(subject, `${ip} has no name: large mailboxes refuse mail from there`, help);
  }
  const names = answer.records;
  const back = await Promise.all(names.map((name) => lookups.addresses(name)));
  const isConfirmed = back.some((one) => one.kind === 'found' && one.records.includes(ip));
  if (isConfirmed) return good(subject, `${ip} is ${names.join(', ')}, and that is ${ip}`);
  const [name = wanted] = names;
  const told = `${ip} is called ${names.join(', ')}, which is not ${ip}: mailboxes believe neither`;
  return failure(subject, told, {
    remedy: 'give the name that address',
    record: toAddressRecord(name, ip),
  });
}

/** The names in EHLO (RFC 5321 §4.1.4): ours, and that of a mail server beside us. */
export async function examineHelo(lookups: DnsLookups, setup: MailSetup): Promise<Finding[]> {
  const [ours, theirs] = await Promise.all([
    examineOurHelo(lookups, setup),
    Promise.all(setup.relays.map((relay) => examineServerHelo(lookups, setup, relay))),
  ]);
  return [...ours, ...theirs.flat()];
}

/** What a mail server beside us says to mailboxes is mostly what it says to us. */
async function examineServerHelo(
  lookups: DnsLookups,
  setup: MailSetup,
  relay: SetUpRelay,
): Promise<Finding[]> {
  const { name, isLocal, ownName } = relay;
  if (!isLocal || ownName === null) return [];
  const subject = 'helo';
  const [answer, sending] = await Promise.all([
    lookups.addresses(ownName),
    findSendingAddresses(lookups, relay, setup),
  ]);
  const who = `the mail server of the relay ${name} calls itself ${ownName}`;
  if (answer.kind === 'failed') return [warning(subject, `${who}, which can't be looked up`)];
  const known = answer.kind === 'found' ? answer.records : [];
  const [ip] = sending;
  if (known.length > 0 && (ip === undefined || sending.some((one) => known.includes(one)))) {
    return [good(subject, `${who}, which is ${known.join(', ')}`)];
  }
  const what = known.length > 0 ? `is ${known.join(', ')}, not ${ip}` : 'has no address';
  const remedy = `give it the name of its address (Postfix: myhostname), like ${setup.namedHost}`;
  const record = ip === undefined ? {} : { record: toAddressRecord(setup.namedHost, ip) };
  return [
    warning(subject, `${who}, which ${what}: mailboxes trust it less`, { remedy, ...record }),
  ];
}

async function examineOurHelo(lookups: DnsLookups, setup: MailSetup): Promise<Finding[]> {
  const names = [...new Set(setup.relays.map(({ helo }) => helo))];
  return Promise.all(
    names.map(async (name) => {
      const subject = 'helo';
      if (name.startsWith('[')) {
        return good(subject, `EHLO says ${name}, for the host of PUBLIC_URL is no name of the DNS`);
      }
      const answer = await lookups.addresses(name);
      if (answer.kind === 'failed') {
        return warning(subject, `${name}, as EHLO says, can't be looked up (${answer.why})`);
      }
      if (answer.kind === 'found') {
        return good(subject, `EHLO says ${name}, which is ${answer.records.join(', ')}`);
      }
      const [own] = setup.ownAddresses.filter(isPublic);
      return warning(subject, `EHLO says ${name}, which has no address: some servers refuse that`, {
        remedy: 'give it one, or set name=HOST in the URL of the relay',
        ...(own === undefined ? {} : { record: toAddressRecord(name, own) }),
      });
    }),
  );
}
