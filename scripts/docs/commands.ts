import type { Command } from 'commander';
import { TIMING } from '../../src/base/timing.js';
import { loadProgram } from '../../src/cli/program.js';

/** A command that does something, with the words that call it. */
interface NamedCommand {
  path: string;
  command: Command;
}

const WIDTH = 98;

export function loadAllCommands(): Promise<Command> {
  return loadProgram({ environment: {}, timing: TIMING, exitCode: 0 });
}

/** All commands in the order of the help; of those that only have others below them, the others. */
export function listCommands(program: Command): NamedCommand[] {
  return program.commands.flatMap((command) => collect(command, ''));
}

function collect(command: Command, parent: string): NamedCommand[] {
  const path = `${parent} ${command.name()}`.trim();
  if (command.commands.length === 0) return [{ path, command }];
  return command.commands.flatMap((child) => collect(child, path));
}

export function renderCommandTable(commands: readonly NamedCommand[]): string {
  const rows = commands.map(({ path, command }) => {
    const usage = `${path} ${formatArguments(command)}`.trim();
    return `| [\`${usage.replaceAll('|', '\\|')}\`](#${path.replaceAll(' ', '-')}) | ${formatDescription(command)} |`;
  });
  return ['| Command | Does |', '| --- | --- |', ...rows].join('\n');
}

/** What `--help` says of each. */
export function renderHelpTexts(commands: readonly NamedCommand[]): string {
  return commands
    .map(({ path, command }) => `### ${path}\n\n\`\`\`\n${loadHelp(command).trim()}\n\`\`\``)
    .join('\n\n');
}

function loadHelp(command: Command): string {
  let help = '';
  command.configureOutput({
    writeOut: (text) => {
      help += text;
    },
    getOutHelpWidth: () => WIDTH,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return help;
}

function formatArguments(command: Command): string {
  return command.registeredArguments
    .map((argument) => {
      const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
      return argument.required ? `<${name}>` : `[${name}]`;
    })
    .join(' ');
}

function formatDescription(command: Command): string {
  const text = command.description().replaceAll('|', '\\|');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
