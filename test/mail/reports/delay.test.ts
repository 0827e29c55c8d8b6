import { describe, expect, test } from 'vitest';
import { isDelayReport } from '../../../src/mail/reports/delay.js';

const read = (text: string) => isDelayReport(Buffer.from(text));

describe('a report of a delay', () => {
  test.each([
    'Status: 4.4.1\r\nAction: delayed\r\n',
    'action:delayed\nStatus: 5.2.1\n',
    'Subject: Delayed Mail (still being retried)\n\nThe mail system',
    'Subject: Warning: could not send message for past 4 hours\n\n',
    'Subject: Mail delivery\n\nThis is a warning message only. No action is required on your part.',
    'I will continue to try for four days.',
  ])('is known: %j', (text) => {
    expect(read(text)).toBe(true);
  });

  test.each([
    '',
    'Action: failed\r\nStatus: 4.4.7\r\n',
    'Action: delayed\n\nAction: failed\n',
    'Subject: Delivery delayed\n\nAction: failed\n',
    'Subject: Undelivered mail\n\nI have tried for five days and am giving up. Still trying is futile.',
    'Status: 5.2.1\n\nThe account is disabled.',
  ])('is not every report: %j', (text) => {
    expect(read(text)).toBe(false);
  });
});
