/** The tables of docs/CONFIGURATION.md, in their order. */
export const SETTING_GROUPS = [
  ...([
    'The service',
    'The site',
    'The form',
    'Mail',
    'Limits of sending',
    'What comes back',
  ] as const),
  ...(['Sources', 'Editions', 'Metrics', 'People’s data'] as const),
] as const;

export type SettingGroup = (typeof SETTING_GROUPS)[number];

/** All that is known of one setting. What reads, checks and documents it takes it from here. */
export interface Setting<T> {
  /** Of the environment variable. */
  readonly name: string;
  /** The name that counts before it, of those that are written either way; `null` for all others. */
  readonly otherName: string | null;
  readonly group: SettingGroup;
  /** As an operator would write it; `null` where there is none. */
  readonly default: string | null;
  /** The value where the setting is not set. */
  readonly fallback: T;
  /** What holds where there is no default, in Markdown. */
  readonly unset: string;
  /** @throws InvalidValue */
  readonly parse: (text: string) => T;
  /** One or more sentences in Markdown. */
  readonly meaning: string;
  /** The release that brought it. */
  readonly since: string;
  /** Values of secrets are never shown, not even wrong ones. */
  readonly secret: boolean;
  /** A value to begin with, for `.env.example`, where there is no default. */
  readonly example: string | null;
  /** Whether production needs it. */
  readonly required: boolean;
}

interface Described<T> {
  group: SettingGroup;
  parse: (text: string) => T;
  meaning: string;
  since: string;
  otherName?: string;
  secret?: true;
  required?: true;
}

/** A setting with a default, which goes through the same parser as what operators write. */
export function setting<T>(
  name: string,
  described: Described<T> & { default: string },
): Setting<T> {
  return {
    ...{ name, otherName: null, unset: '', example: null, secret: false, required: false },
    ...described,
    fallback: described.parse(described.default),
  };
}

/** A setting without a default: its value is `null` where it is not set. */
export function optionalSetting<T>(
  name: string,
  described: Described<T> & { unset: string; example: string },
): Setting<T | null> {
  return {
    ...{ name, otherName: null, default: null, fallback: null, secret: false, required: false },
    ...described,
  };
}

/** Thrown by a parser: what is wanted instead, as it goes on after "must be". */
export class InvalidValue extends Error {}
