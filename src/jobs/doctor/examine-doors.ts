import type { LeaseList } from '../../base/leases.js';
import { LISTENING, toProcess } from '../inbound/door-keeper.js';
import type { DoorSettings } from '../inbound/doors.js';
import { type Finding, good, warning } from './finding.js';

const subject = 'bounces';

/** Who listens for mails that come back: each machine may have one process that does. */
export async function examineDoors(
  { smtpPort, lmtpPort }: Pick<DoorSettings, 'smtpPort' | 'lmtpPort'>,
  leases: LeaseList,
): Promise<Finding[]> {
  const held = await leases.held(LISTENING);
  return [
    ...(smtpPort === null ? [] : [examineDoor('smtp', smtpPort, held)]),
    ...(lmtpPort === null ? [] : [examineDoor('lmtp', lmtpPort, held)]),
  ];
}

function examineDoor(
  protocol: 'smtp' | 'lmtp',
  port: number,
  held: Awaited<ReturnType<LeaseList['held']>>,
): Finding {
  const place = `${protocol.toUpperCase()} at port ${port}`;
  const who = held
    .filter(({ name }) => name.startsWith(`${LISTENING}${protocol} ${port} `))
    .map(({ holder }) => toProcess(holder));
  if (who.length > 0) return good(subject, `${who.join(', ')} listens for them by ${place}`);
  return warning(subject, `no process listens for them by ${place}`, {
    remedy: 'start "serve" or "worker" with these settings',
  });
}
