/**
 * What the kind of an Amazon SES bounce says by itself, whatever the words of the server; `null` if
 * those decide. https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-types
 */
export function readSesSubType(subType: string): 'full' | 'policy' | null {
  switch (subType) {
    case 'MailboxFull':
      return 'full';
    case 'ContentRejected':
    case 'AttachmentRejected':
    case 'MessageTooLarge':
      return 'policy';
    default:
      return null;
  }
}
