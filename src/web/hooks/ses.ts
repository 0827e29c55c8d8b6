import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../base/logger.js';
import type { ReportKind } from '../../mail/reports/report.js';
import { findStatus, judgeBounce } from './event-kind.js';
import {
  findField,
  findLine,
  findList,
  findText,
  toAddress,
  toMessageId,
  toTime,
} from './hook-fields.js';
import { parseBody } from './hook-proofs.js';
import type { EventFacts, HookProvider } from './hook-provider.js';
import { toSesBounce } from './ses-kinds.js';
import { type SnsMessage, toSnsHost, verifySns } from './sns.js';
import { snsKeys } from './sns-keys.js';

// https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html,
// https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html

export interface SesDeps {
  /** Reads an address of Amazon's, and gives its body. */
  fetchText(url: URL): Promise<string>;
  clock: Clock;
  logger: Logger;
}

/** Amazon SES speaks through topics of Amazon SNS, which signs. */
export function sesHook(topics: readonly string[], deps: SesDeps): HookProvider {
  const loadKey = snsKeys(deps.fetchText, deps.clock);
  return {
    name: 'ses',
    hasPassword: false,
    checkHeaders: () => undefined,
    async readEvents({ body, now }) {
      const sent = await verifySns(parseBody(body), { topics, loadKey }, now);
      if (sent.type !== 'Notification') {
        await answerSubscription(sent, deps);
        return [];
      }
      return readSes(parseMessage(sent.message), sent.id, now).map((event) => ({
        provider: 'ses',
        ...event,
      }));
    },
  };
}

/** Subscribes to a topic that the operator has named, and to no other. */
async function answerSubscription(
  { type, topic, token }: SnsMessage,
  { fetchText, logger }: SesDeps,
): Promise<void> {
  if (type === 'UnsubscribeConfirmation') {
    const sentence = 'an Amazon SNS topic no longer sends its events here';
    logger.warn({ event: 'hook_unsubscribed', provider: 'ses' }, sentence);
    return;
  }
  const url = new URL(`https://${toSnsHost(topic)}/`);
  url.search = new URLSearchParams({
    ...{ Action: 'ConfirmSubscription', TopicArn: topic, Token: token },
  }).toString();
  await fetchText(url);
  logger.info(
    { event: 'hook_subscribed', provider: 'ses' },
    'an Amazon SNS topic sends its events here',
  );
}

/** Amazon also sends words, to say that a topic works. */
function parseMessage(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return null;
  }
}

/** @param snsId the notification's own id */
export function readSes(event: unknown, snsId: string, now: number): EventFacts[] {
  // Named so by the identity's notifications, or by a configuration set's events.
  const type = findText(event, 'notificationType') || findText(event, 'eventType');
  const messageId = findMessageId(findField(event, 'mail'));
  return toReports(type, event).map(({ recipient, feedbackId = '', at, ...report }, n) => ({
    // The same report may come by two topics: Amazon's id of it is the same then.
    id: `${feedbackId || snsId}#${n}`,
    at: toTime(at, now),
    recipient,
    messageId,
    feedbackId: feedbackId || null,
    ...report,
  }));
}

interface SesReport {
  kind: ReportKind;
  recipient: string;
  status: string | null;
  reply: string;
  feedbackId?: string;
  at: unknown;
}

function toReports(type: string, event: unknown): SesReport[] {
  switch (type) {
    case 'Bounce':
      return toBounces(findField(event, 'bounce'));
    case 'Complaint':
      return toComplaints(findField(event, 'complaint'));
    case 'Reject':
      return toAll(event, 'reject', 'policy');
    case 'Subscription':
      return findField(event, 'subscription', 'newTopicPreferences', 'unsubscribeAll') === true
        ? toAll(event, 'subscription', 'unsubscribe')
        : [];
    default:
      return [];
  }
}

function toBounces(bounce: unknown): SesReport[] {
  const said = toSesBounce(findText(bounce, 'bounceType'), findText(bounce, 'bounceSubType'));
  const feedbackId = findText(bounce, 'feedbackId').slice(0, 200);
  return toRecipients(bounce, 'bouncedRecipients').map(({ recipient, one }) => {
    const reply = findLine(one, 'diagnosticCode');
    const status = findStatus(findText(one, 'status'), reply);
    const kind = judgeBounce(said, reply, status);
    return { kind, recipient, status, reply, feedbackId, at: findField(bounce, 'timestamp') };
  });
}

/** RFC 5965 §7.3, RFC 6591: not every feedback report is a complaint. */
const FEEDBACK: Readonly<Record<string, ReportKind | null>> = {
  'not-spam': null,
  'auth-failure': 'policy',
};

function toComplaints(complaint: unknown): SesReport[] {
  const type = findText(complaint, 'complaintFeedbackType');
  const kind = Object.hasOwn(FEEDBACK, type) ? FEEDBACK[type] : 'complaint';
  if (kind === null || kind === undefined) return [];
  const feedbackId = findText(complaint, 'feedbackId').slice(0, 200);
  return toRecipients(complaint, 'complainedRecipients').map(({ recipient }) => ({
    ...{ kind, recipient, status: null, reply: findLine(complaint, 'complaintFeedbackType') },
    ...{ feedbackId, at: findField(complaint, 'timestamp') },
  }));
}

/** What is said of a mail, and so of all whom it was for. */
function toAll(event: unknown, part: string, kind: ReportKind): SesReport[] {
  const reply = findLine(event, part, 'reason');
  const at = findField(event, part, 'timestamp');
  return findList(event, 'mail', 'destination').flatMap((one) => {
    const recipient = typeof one === 'string' ? toAddress(one) : null;
    return recipient === null ? [] : [{ kind, recipient, status: null, reply, at }];
  });
}

function toRecipients(value: unknown, list: string): { recipient: string; one: unknown }[] {
  return findList(value, list).flatMap((one) => {
    const recipient = toAddress(findText(one, 'emailAddress'));
    return recipient === null ? [] : [{ recipient, one }];
  });
}

/** SES gives a mail an id of its own; ours is in the headers, if it is told to send them along. */
function findMessageId(mail: unknown): string | null {
  const header = findList(mail, 'headers').find(
    (one) => findText(one, 'name').toLowerCase() === 'message-id',
  );
  return (
    toMessageId(findText(header, 'value')) ??
    toMessageId(findText(mail, 'commonHeaders', 'messageId'))
  );
}
