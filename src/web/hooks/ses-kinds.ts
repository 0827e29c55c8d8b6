import type { BounceKind } from './event-kind.js';

// https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-types

/** What Amazon SES, and who sends through it, calls a bounce. */
export function toSesBounce(type: string, subType: string): BounceKind {
  switch (subType) {
    case 'MailboxFull':
      return 'full';
    case 'ContentRejected':
    case 'AttachmentRejected':
    case 'MessageTooLarge':
      return 'policy';
    default:
      break;
  }
  if (type === 'Permanent') return 'permanent';
  return type === 'Transient' ? 'temporary' : 'unknown';
}
