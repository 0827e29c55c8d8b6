import type { Logger } from '../../base/logger.js';
import type { OperatorOutbox } from './operator-outbox.js';

/** Something that the operator has to know or to do. */
export interface Alarm {
  /** What it is about; the same alarm has the same code. */
  code: string;
  /** Without the name of the service. */
  subject: string;
  /** What happened, what to do. No reader's address, domains at most. */
  text: string;
}

/** An alarm that has not ended. Times are milliseconds by the store's clock. */
export interface OpenAlarm extends Alarm {
  since: number;
}

/** Tells the operator by mail, each alarm once until it ends or a day has passed. */
export interface Alarms {
  raise(alarm: Alarm): Promise<void>;
  end(code: string): Promise<void>;
  /** The codes of all that have not ended. */
  open(): Promise<string[]>;
}

/** When an alarm is told again, in milliseconds. */
export interface TellingRules {
  /** After it was told last, while it goes on. */
  againAfter: number;
  /** What begins again so soon after its end, and was told so lately, is the same one. */
  sameWithin: number;
}

/** The alarms of a store, for all processes. */
export interface AlarmStore {
  /**
   * Begins an alarm, or notes that it goes on, in one conditional write.
   * @returns since when there is this alarm, if it is to be told now, else `null`
   */
  raise(alarm: Alarm, rules: TellingRules): Promise<number | null>;
  /** Ends an alarm. @returns whether there was one */
  end(code: string): Promise<boolean>;
  open(): Promise<OpenAlarm[]>;
  /** Deletes what ended so many milliseconds ago. */
  forget(ms: number): Promise<void>;
}

const RULES: TellingRules = { againAfter: 24 * 3_600_000, sameWithin: 3_600_000 };
/** Milliseconds after which an operator's mail that could not be sent is given up. */
const EXPIRES_AFTER = 3 * 24 * 3_600_000;

export interface AlarmsDeps {
  store: {
    alarmStore: AlarmStore;
    atomically<T>(
      work: (stores: { alarmStore: AlarmStore; operatorMails: OperatorOutbox }) => Promise<T>,
    ): Promise<T>;
  };
  /** Where mails to the operator go; with none an alarm is only logged and shown. */
  recipients: readonly string[];
  siteName: string;
  logger: Logger;
}

export function openAlarms({ store, recipients, siteName, logger }: AlarmsDeps): Alarms {
  return {
    async raise(alarm) {
      const since = await store.atomically(async ({ alarmStore, operatorMails }) => {
        const told = await alarmStore.raise(alarm, RULES);
        if (told === null) return null;
        const text = `${alarm.text}\n\nSince: ${new Date(told).toISOString()}\n`;
        const subject = `[${siteName}] ${alarm.subject}`;
        await operatorMails.add(
          recipients.map((recipient) => ({ recipient, subject, text })),
          EXPIRES_AFTER,
        );
        return told;
      });
      if (since === null) return;
      const { code, subject } = alarm;
      logger.warn({ event: 'alarm_raised', code, subject, since }, 'the operator has to know');
    },
    async end(code) {
      if (!(await store.alarmStore.end(code))) return;
      logger.info({ event: 'alarm_ended', code }, 'an alarm is over');
    },
    open: async () => (await store.alarmStore.open()).map(({ code }) => code),
  };
}
