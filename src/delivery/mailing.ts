import { once } from '../base/memo.js';
import type { MailTemplates } from '../digest/templates.js';
import { type ReturnPathSettings, ReturnPaths } from '../mail/return-path.js';
import { type SecretKey, toKeyMark } from '../subscribers/secret-key.js';
import { createTokens, type Tokens } from '../subscribers/tokens.js';
import type { Catalogues } from '../views/catalogues.js';
import type { OperatorMailer } from './alarms/operator-mailer.js';
import type { OperatorOutbox } from './alarms/operator-outbox.js';
import type { ComposeDeps, ComposerSettings, Signer } from './compose.js';
import type { Inbound } from './inbound/inbound.js';
import type { InboundDeps } from './inbound/receive.js';
import type { Deliveries, Ledger } from './ledger.js';
import type { OpenSenderDeps, SenderSettings, SenderStore } from './sending/open-sender.js';
import type { Sender } from './sending/sender.js';

/** What mails go out and come back by. */
export interface Mailing {
  tokens(): Promise<Tokens>;
  /** @throws PaperboyError `template_fault` */
  templates(): Promise<MailTemplates>;
  /** The addresses to which mails come back. */
  returnPaths(): Promise<ReturnPaths>;
  /** A sender of notices and of `deliveries`, which are all when left out. */
  sender(deliveries?: Deliveries): Promise<Sender>;
  /** What sends the mails to the operator. */
  operatorMailer(): Promise<OperatorMailer>;
  /** What takes in whatever comes back. */
  inbound(): Promise<Inbound>;
}

export interface MailingStore extends SenderStore {
  editions: ComposeDeps['editions'];
  ledger: Ledger;
  pictures: ComposeDeps['pictures'];
  operatorMails: OperatorOutbox;
  atomically: SenderStore['atomically'] & InboundDeps['atomically'];
}

type MailingDeps = Pick<OpenSenderDeps, 'clock' | 'random' | 'logger' | 'timing'> & {
  store: MailingStore;
  /** Of this process, its own among all that ever used the store. */
  name: string;
  secretKey(): Promise<SecretKey>;
  catalogues(): Promise<Catalogues>;
};

/** Each part is made, and its modules are loaded, when it is first asked for. */
export function openMailing(
  settings: ComposerSettings & SenderSettings & ReturnPathSettings,
  { store, name, secretKey, catalogues, ...base }: MailingDeps,
): Mailing {
  const tokens = once(async () => createTokens((await secretKey()).secrets));
  const returnPaths = once(async () => new ReturnPaths(settings, (await secretKey()).secrets));
  const templates = once(async () => {
    const { compileTemplates } = await import('../digest/templates.js');
    return compileTemplates(undefined, settings.site.accent);
  });
  const composer = once(async () => {
    const { openComposer } = await import('./compose.js');
    const { editions, ledger, pictures } = store;
    const [newest, ...former] = (await secretKey()).secrets.map((one) => toSigner(settings, one));
    if (newest === undefined) throw new Error('Mails need a secret.');
    const made = { templates: await templates(), ...newest, tokens: await tokens(), former };
    const texts = { catalogues: await catalogues() };
    return openComposer(settings, { editions, ledger, pictures, ...made, ...texts });
  });
  const inbound = once(async () => {
    const { InboundService } = await import('./inbound/receive.js');
    const { secrets } = await secretKey();
    const { atomically } = store;
    return new InboundService({ ...base, atomically, secrets, returnPaths: await returnPaths() });
  });

  let senders = 0;
  const sender = async (deliveries: Deliveries = store.ledger) => {
    const { openSender } = await import('./sending/open-sender.js');
    // One that starts after a failure must not take what the last one held for its own.
    const worker = senders++ === 0 ? name : `${name}:${senders}`;
    const made = { composer: await composer(), returnPaths: await returnPaths() };
    return openSender(settings, { ...base, store, deliveries, ...made, worker });
  };
  const operatorMailer = async () => {
    const { openOperatorMailer } = await import('./alarms/open-operator-mailer.js');
    return openOperatorMailer(settings, { ...base, store, composer, worker: name });
  };
  return { tokens, templates, returnPaths, sender, operatorMailer, inbound };
}

/** What composes mails by one key. */
function toSigner(settings: ReturnPathSettings, secret: string): Signer {
  const paths = new ReturnPaths(settings, [secret]);
  return {
    ...{ mark: toKeyMark(secret), secret, tokens: createTokens(secret) },
    unsubscribeMailto: (id) => paths.buildUnsubscribeMailto(id),
  };
}
