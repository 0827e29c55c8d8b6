import { setting } from './setting.js';
import { integerParser } from './setting-parsers.js';

const group = 'People’s data';
const MOST_DAYS = 36_500;

/** How long what belongs to people is kept. */
export const RETENTION_SETTINGS = {
  keepPending: setting('KEEP_PENDING', {
    group,
    default: '7',
    parse: integerParser(0, MOST_DAYS),
    meaning:
      'Days for which an address is kept that was never confirmed, after its link has ended.',
    since: '0.2.0',
  }),
  keepLeft: setting('KEEP_LEFT', {
    group,
    default: '90',
    parse: integerParser(0, MOST_DAYS),
    meaning:
      'Days for which the data of somebody is kept who has left or is suppressed. After that a keyed hash of the address is left, by which no import brings it back.',
    since: '0.2.0',
  }),
  keepIps: setting('KEEP_IPS', {
    group,
    default: '30',
    parse: integerParser(0, MOST_DAYS),
    meaning: 'Days for which the IP address is kept with a consent.',
    since: '0.2.0',
  }),
  // The rules of suppression look back by months, and of weekly editions by weeks.
  keepDeliveries: setting('KEEP_DELIVERIES', {
    group,
    default: '400',
    parse: integerParser(90, MOST_DAYS),
    meaning:
      'Days for which deliveries and notices are kept after their end, with what the server said. At least 90.',
    since: '0.2.0',
  }),
};
