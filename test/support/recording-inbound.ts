import type {
  Inbound,
  InboundMail,
  ProviderEvent,
  Received,
} from '../../src/delivery/inbound/inbound.js';

/** Takes all that comes in, and keeps it for the test to look at. */
export interface RecordingInbound extends Inbound {
  readonly mails: InboundMail[];
  readonly events: ProviderEvent[];
  /** Thrown from now on, in place of taking anything; `null`: takes again. */
  failure: Error | null;
  /** What each mail and each event waits for. */
  wait: Promise<unknown>;
}

/** @param domain addresses below it are ours */
export function recordingInbound(domain = 'bounces.test'): RecordingInbound {
  const known = new Set<string>();
  const recording: RecordingInbound = {
    mails: [],
    events: [],
    failure: null,
    wait: Promise.resolve(),
    isOurs: (address) => address.toLowerCase().endsWith(`@${domain}`),
    async receive(mail) {
      await recording.wait;
      if (recording.failure) throw recording.failure;
      recording.mails.push(mail);
      return [{ kind: 'permanent', recipient: null, status: '5.1.1', action: 'none' }];
    },
    async receiveEvent(event) {
      await recording.wait;
      if (recording.failure) throw recording.failure;
      const { kind, recipient, status } = event;
      const received: Received = { kind, recipient, status, action: 'counted' };
      const key = `${event.provider} ${event.id}`;
      if (known.has(key)) return { ...received, action: 'repeated' };
      known.add(key);
      recording.events.push(event);
      return received;
    },
  };
  return recording;
}
