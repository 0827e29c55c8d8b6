import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A line that the program may log. */
interface LogEvent {
  name: string;
  level: string;
  sentence: string;
}

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug'];
/** A call of a logger up to the name of its event, and what follows its fields, if it is a string. */
const CALL = new RegExp(
  `logger\\.(${LEVELS.join('|')})\\(\\s*\\{[^;]*?event: '([a-z_]+)'[^;]*?\\},?\\s*(?:'([^']+)')?`,
  'gi',
);

/** All lines of the log that the code names, most serious first. */
export function listEvents(folder: string): LogEvent[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const found = files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [...readFileSync(join(folder, file), 'utf8').matchAll(CALL)])
    .map(([, level = '', name = '', sentence = '']) => ({ name, level, sentence }));
  const byName = new Map(found.map((event) => [`${event.level} ${event.name}`, event]));
  const weight = ({ level }: LogEvent) => LEVELS.indexOf(level);
  return [...byName.values()].sort(
    (a, b) => weight(a) - weight(b) || a.name.localeCompare(b.name, 'en'),
  );
}

export function renderEventTable(events: readonly LogEvent[]): string {
  const rows = events.map(
    ({ name, level, sentence }) => `| \`${name}\` | ${level} | ${sentence} |`,
  );
  return ['| Event | Level | Sentence |', '| --- | --- | --- |', ...rows].join('\n');
}
