import { type SenderSettings, type SenderStore, toSenderRoutes } from '../sending/open-sender.js';
import { OperatorMailer, type OperatorMailerDeps } from './operator-mailer.js';
import type { OperatorOutbox } from './operator-outbox.js';

interface OpenOperatorMailerDeps
  extends Omit<
    OperatorMailerDeps,
    'operatorMails' | 'routes' | 'routing' | 'holds' | 'envelopeFrom'
  > {
  store: Pick<SenderStore, 'holds'> & { operatorMails: OperatorOutbox };
}

/** Makes what sends the mails to the operator, over the routes of the settings. */
export function openOperatorMailer(
  settings: SenderSettings & { readonly mailFrom: { readonly address: string } },
  { store, ...deps }: OpenOperatorMailerDeps,
): OperatorMailer {
  const { operatorMails, holds } = store;
  const envelopeFrom = settings.mailFrom.address;
  return new OperatorMailer({
    ...{ ...deps, operatorMails, holds, envelopeFrom },
    ...toSenderRoutes(settings),
  });
}
