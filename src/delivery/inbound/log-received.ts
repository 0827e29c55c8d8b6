import type { Logger } from '../../base/logger.js';
import type { InboundDoor, Received } from './inbound.js';

/** Says what became of what came back; nothing of whom it is about. */
export function logReceived(logger: Logger, via: InboundDoor, received: readonly Received[]): void {
  for (const { kind, status, action } of received) {
    logger.info({ event: 'report_received', via, kind, status, action }, 'a report came back');
  }
}
