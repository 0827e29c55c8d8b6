import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listCommands, loadAllCommands, renderCommandTable, renderHelpTexts } from './commands.js';
import { listEvents, renderEventTable } from './events.js';
import { replacePart } from './marked-parts.js';
import { type Allowed, drawModules } from './modules-picture.js';
import { renderEnvironmentExample, renderSettingTables } from './settings.js';

export interface GeneratedFile {
  /** Below the root of the repository. */
  file: string;
  text: string;
}

/** All files that are generated, whole or between markers, as they should be. */
export async function buildGeneratedFiles(root: string): Promise<GeneratedFile[]> {
  const load = (file: string) => {
    const path = join(root, file);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  const modules: { ALLOWED: Allowed } = await import(join(root, '.dependency-cruiser.mjs'));
  const commands = listCommands(await loadAllCommands());
  const commandParts = { commands: renderCommandTable(commands), help: renderHelpTexts(commands) };
  return [
    {
      file: 'docs/CONFIGURATION.md',
      text: replacePart(load('docs/CONFIGURATION.md'), 'settings', renderSettingTables()),
    },
    {
      file: 'docs/COMMANDS.md',
      text: Object.entries(commandParts).reduce(
        (text, [name, part]) => replacePart(text, name, part),
        load('docs/COMMANDS.md'),
      ),
    },
    {
      file: 'docs/METRICS.md',
      text: replacePart(
        load('docs/METRICS.md'),
        'events',
        renderEventTable(listEvents(join(root, 'src'))),
      ),
    },
    { file: '.env.example', text: renderEnvironmentExample() },
    { file: 'docs/images/modules.svg', text: drawModules(modules.ALLOWED) },
  ];
}
