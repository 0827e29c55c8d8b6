import type { Generated } from 'kysely';
import type { OperatorMailState } from '../delivery/alarms/operator-outbox.js';
import type { DeliveryState } from '../delivery/delivery.js';
import type { InboundDoor } from '../delivery/inbound/inbound.js';
import type { KeptAction, ReportKind, ReportTrust } from '../delivery/inbound/report-store.js';
import type { CountedEvent, CountedMails } from '../delivery/rates/mail-counts.js';
import type { EditionKind, EditionState } from '../editions/edition.js';
import type { SuggestionState } from '../editions/suggestion.js';
import type { FacetKind } from '../library/slugs.js';
import type { Cadence, Frequency, Weekday } from '../subscribers/preferences.js';
import type { NoticeCause, NoticeKind } from '../subscribers/subscribe.js';
import type { Consent, SubscriberState } from '../subscribers/subscriber.js';
import type { Suppression, SuppressionEvent } from '../subscribers/suppression.js';

/** The tables of `migrations/`, for Kysely. */
export interface Tables {
  papers: {
    id: string;
    title: string;
    abstract: string;
    summary: string | null;
    authors: string;
    organisation: string | null;
    published_on: string | null;
    url: string;
    pdf_url: string | null;
    code_url: string | null;
    project_url: string | null;
    picture_url: string | null;
    keywords: string;
    arxiv_id: string | null;
    doi: string | null;
    categories: string;
    withdrawn: number;
    origins: string;
    /** The words of its texts (`SearchTexts`), where the stores would find others. */
    searched: string | null;
  };
  records: {
    source: string;
    key: string;
    paper_id: string;
    arxiv_id: string | null;
    doi: string | null;
    title_key: string | null;
    current_key: string | null;
    fields: string;
  };
  listings: { paper_id: string; source: string; day: string; key: string };
  signals: {
    paper_id: string;
    source: string;
    observed_at: number;
    upvotes: number;
    comments: number;
    code_stars: number | null;
    key: string;
    day: string;
  };
  paper_facets: { kind: FacetKind; slug: string; day: string; paper_id: string };
  paper_votes: { paper_id: string; day: string; upvotes: number };
  /** `mark` differs after each change to the paper. */
  unfiled_papers: { paper_id: string; mark: number };
  search_papers: { docid: number; paper_id: string; day: string };
  source_states: {
    source: string;
    answered_at: number | null;
    failed_at: number | null;
    failures: number;
    reason: string | null;
  };
  fetched_days: {
    source: string;
    day: string;
    fetched_at: number;
    listed: number;
    stored: number;
    dropped: string;
    validators: string | null;
    settings: string | null;
  };
  editions: {
    id: Generated<number>;
    kind: EditionKind;
    date: string;
    state: EditionState;
    picked_at: number;
    frozen_at: number | null;
    send_at: number | null;
    planned_at: number | null;
    count: number;
    note: string | null;
    ranked: string;
    changed_at: number | null;
    revision: Generated<number>;
  };
  pictures: {
    paper_id: string;
    url: string;
    tries: number;
    tried_at: number;
    next_at: number | null;
    reason: string | null;
    hash: string | null;
    width: number | null;
    height: number | null;
    small_width: number | null;
    small_height: number | null;
    large: string | null;
    small: string | null;
  };
  edition_pictures: { edition_id: number; after_delivery: number; hashes: string };
  curated_papers: {
    edition_id: number;
    paper_id: string;
    place: number | null;
    reason: string | null;
  };
  suggestions: {
    paper_id: string;
    state: SuggestionState;
    suggested_at: number;
    decided_at: number | null;
    day: string | null;
    credit: Generated<string>;
    reason: string | null;
  };
  suggesters: { paper_id: string; name: string; comment: string | null; at: number };
  edition_papers: { edition_id: number; rank: number; paper_id: string; snapshot: string };
  subscribers: {
    id: Generated<number>;
    email: string;
    email_key: string;
    state: SubscriberState;
    round: number;
    language: string | null;
    timezone: string | null;
    hour: number | null;
    frequency: Frequency;
    weekday: Generated<Weekday>;
    length: number;
    topics: string;
    keywords: string;
    authors: Generated<string>;
    organisations: Generated<string>;
    created_at: number;
    active_since: number | null;
    links: Generated<number>;
  };
  consents: { id: Generated<number>; subscriber_id: number; wording_id: number | null } & {
    shown_id: number | null;
  } & Omit<Consent, 'wording' | 'shown'>;
  wordings: { id: Generated<number>; hash: string; words: string };
  left_addresses: { hash: string; at: number };
  /** `mailbox`: a keyed hash; null of one that was forgotten before there were any. */
  suppressions: { email_key: string; mailbox: string | null } & Suppression;
  selections: {
    id: Generated<number>;
    edition_id: number;
    papers: string;
    reasons: string | null;
    hash: string;
  };
  deliveries: OutboxTable & {
    edition_id: number;
    selection_id: number;
    /** The cadence that a first digest tells of. */
    first_cadence: Cadence | null;
    set_aside: string | null;
  };
  notices: OutboxTable & {
    kind: NoticeKind;
    round: number;
    created_at: number;
    cause: Generated<NoticeCause>;
    /** JSON: what counts once it is confirmed. */
    preferences: string | null;
  };
  notice_counts: { key: string; counts: string; expires_at: number };
  withheld_notices: { limited_by: string; count: number };
  notice_budgets: {
    period: string;
    readers: number;
    strangers: number;
    imports: number;
    expires_at: number;
  };
  settings: { name: string; value: string };
  gcra_slots: { name: string; next_slot: number; previous: number };
  throttles: {
    scope: string;
    emission_interval: number;
    ceiling: number;
    backed_off_at: number;
    not_before: number;
    raised_at: number;
    strikes: number;
    connections: number | null;
    revision: number;
  };
  holds: {
    id: Generated<number>;
    route: string;
    domain: string;
    code: string;
    reply: string;
    since: number;
    until: number | null;
    next_at: number;
    probes: number;
  };
  login_probes: { route: string; probed: string };
  sent_days: { day: string; route: string; count: number };
  suppression_events: { id: Generated<number>; email_key: string } & SuppressionEvent;
  mail_counts: {
    day: string;
    event: CountedEvent;
    domain_group: string;
    mails: CountedMails;
    count: number;
  };
  counted_reports: { report_id: number; at: number };
  resumed_groups: { domain_group: string; until: number };
  alarms: {
    code: string;
    subject: string;
    text: string;
    since: number;
    told_at: number;
    ended_at: number | null;
  };
  operator_mails: {
    id: Generated<number>;
    recipient: string;
    subject: string;
    text: string;
    state: OperatorMailState;
    created_at: number;
    next_at: number;
    expires_at: number;
    attempts: Generated<number>;
    worker: string | null;
    lease_until: number | null;
    ended_at: number | null;
    reply: string | null;
  };
  spent_proofs: { id: string; expires_at: number };
  leases: { name: string; holder: string; until: number };
  reports: ReportTable;
}

interface ReportTable {
  id: Generated<number>;
  at: number;
  via: InboundDoor;
  kind: ReportKind;
  email_key: string | null;
  domain: string | null;
  delivery_id: number | null;
  notice_id: number | null;
  subscriber_id: number | null;
  status: string | null;
  reply: string;
  trust: ReportTrust;
  action: KeptAction;
  feedback_id: string | null;
  event_key: string;
}

interface OutboxTable {
  id: Generated<number>;
  subscriber_id: number;
  state: DeliveryState;
  unclaimed_state: 'planned' | 'deferred' | 'uncertain';
  due_at: number;
  next_at: number;
  expires_at: number;
  attempts: Generated<number>;
  lost_replies: Generated<number>;
  lost_connections: Generated<number>;
  worker: string | null;
  lease_until: number | null;
  ended_at: number | null;
  reply: string | null;
  /** Over which route it was tried last. */
  route: string | null;
  /** What stands in its Date field: when it was first tried. */
  dated_at: number | null;
  /** A mark of the key that signed its links and its Message-ID then. */
  signed_by: string | null;
  /** What it is written in; `null` in rows that are older than this column. */
  language: string | null;
}
