import { SETTING_GROUPS, type Setting } from '../../src/config/setting.js';
import { SETTINGS } from '../../src/config/settings.js';
import { wrap } from './wrap.js';

const ALL: readonly Setting<unknown>[] = Object.values<Setting<unknown>>(SETTINGS);

/** A table for each group of settings. */
export function renderSettingTables(): string {
  return groups()
    .map(({ group, settings }) => {
      const rows = settings.map(renderRow).join('\n');
      return `## ${group}\n\n| Name | Default | Meaning | Since |\n| --- | --- | --- | --- |\n${rows}`;
    })
    .join('\n\n');
}

/** A file of commented settings, to be copied to `.env`. */
export function renderEnvironmentExample(): string {
  const intro = `# All settings of Paperboy. Copy this file to .env, take the "#" away before what you set, and start
# with "node --env-file=.env dist/main.js serve". docs/CONFIGURATION.md has the same as a table.
# Made by "npm run docs".`;
  const parts = groups().map(({ group, settings }) => {
    const entries = settings.map(renderEntry).join('\n\n');
    return `# --- ${group} ${'-'.repeat(90 - group.length)}\n\n${entries}`;
  });
  return `${[intro, ...parts].join('\n\n')}\n`;
}

function groups() {
  return SETTING_GROUPS.map((group) => ({
    group,
    settings: ALL.filter((setting) => setting.group === group),
  }));
}

function renderRow({ name, default: value, unset, meaning, since, required }: Setting<unknown>) {
  const shown = value === null ? unset : `\`${value}\``;
  const needed = required ? ' **Required in production.**' : '';
  return `| \`${name}\` | ${cell(shown)} | ${cell(meaning)}${needed} | ${since} |`;
}

/** A bar would end the cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function renderEntry(setting: Setting<unknown>): string {
  const { name, default: value, example, unset, meaning, required } = setting;
  const without = value === null ? ` Not set: ${toPlainText(unset)}.` : '';
  const needed = required ? ' Required in production.' : '';
  const lines = wrap(`${toPlainText(meaning)}${needed}${without}`, 98);
  // A secret that stands in a file for everybody is none.
  const isOwn = setting.secret && !example?.includes('://');
  const assigned = quote(value ?? (isOwn ? '' : (example ?? '')));
  if (isOwn && example !== null) lines.push(`Use ${example}.`);
  return [...lines.map((line) => `# ${line}`), `#${name}=${assigned}`].join('\n');
}

/** Node's reader of such files takes what has a space, and "#", as it is only between quotes. */
function quote(value: string): string {
  if (!/[\s#"]/.test(value)) return value;
  return value.includes('"') ? `'${value}'` : `"${value}"`;
}

function toPlainText(markdown: string): string {
  return markdown
    .replace(/\[([^\]]+)\]\(([^)]+)\)/g, 'docs/$2')
    .replaceAll('**', '')
    .replaceAll('`', '');
}
