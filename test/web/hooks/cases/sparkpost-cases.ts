import {
  basic,
  json,
  NOW,
  nextNumber,
  type ProviderCase,
  READER,
  seconds,
} from './provider-case.js';

const sp = (type: string, more: object = {}, family = 'message_event') => ({
  msys: {
    [family]: {
      type,
      event_id: `sp-${nextNumber()}`,
      timestamp: seconds(NOW),
      rcpt_to: READER.toLowerCase(),
      raw_rcpt_to: READER,
      ...more,
    },
  },
});
export const sparkpost: ProviderCase = {
  name: 'sparkpost',
  ...{ isBatched: true, isDated: false, isSigned: false },
  call: (events) => ({ headers: { ...json, authorization: basic }, body: JSON.stringify(events) }),
  events: [
    {
      what: 'hard',
      event: sp('bounce', { bounce_class: '10', raw_reason: '550 5.1.1 user unknown' }),
      kind: 'permanent',
      status: '5.1.1',
    },
    { what: 'out of band', event: sp('out_of_band', { bounce_class: '30' }), kind: 'permanent' },
    { what: 'full', event: sp('bounce', { bounce_class: '22' }), kind: 'full' },
    { what: 'soft', event: sp('bounce', { bounce_class: '20' }), kind: 'temporary' },
    { what: 'spam', event: sp('bounce', { bounce_class: '51' }), kind: 'policy' },
    { what: 'vacation', event: sp('out_of_band', { bounce_class: '60' }), kind: 'auto-reply' },
    {
      what: 'unsubscribe by mail',
      event: sp('out_of_band', { bounce_class: '90' }),
      kind: 'unsubscribe',
    },
    { what: 'subscribe', event: sp('out_of_band', { bounce_class: '80' }), kind: null },
    { what: 'a class of later', event: sp('bounce', { bounce_class: '77' }), kind: 'unknown' },
    { what: 'delay', event: sp('delay', { bounce_class: '20' }), kind: null },
    { what: 'complaint', event: sp('spam_complaint', { fbtype: 'abuse' }), kind: 'complaint' },
    { what: 'not spam after all', event: sp('spam_complaint', { fbtype: 'not-spam' }), kind: null },
    {
      what: 'unsubscribed',
      event: sp('list_unsubscribe', {}, 'unsubscribe_event'),
      kind: 'unsubscribe',
    },
    {
      what: 'refused by SparkPost',
      event: sp('policy_rejection', { raw_reason: '550 [internal] content' }),
      kind: 'policy',
    },
    {
      what: 'on its list',
      event: sp('policy_rejection', {
        raw_reason: '554 5.7.1 [internal] recipient address suppressed due to customer policy',
      }),
      kind: 'temporary',
    },
    { what: 'delivered', event: sp('delivery'), kind: null },
    { what: 'opened', event: sp('open', {}, 'track_event'), kind: null },
    { what: 'nothing', event: { msys: {} }, kind: null },
  ],
};
