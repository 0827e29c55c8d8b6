import { isDeepStrictEqual } from 'node:util';
import { DOOR_SETTINGS } from './door-settings.js';
import { FORM_SETTINGS } from './form-settings.js';
import { PAPER_SETTINGS } from './paper-settings.js';
import { RETENTION_SETTINGS } from './retention-settings.js';
import { SENDING_SETTINGS } from './sending-settings.js';
import { SERVICE_SETTINGS } from './service-settings.js';
import type { Setting } from './setting.js';
import { SITE_SETTINGS } from './site-settings.js';

/** All settings there are. `Config`, docs/CONFIGURATION.md and `.env.example` are made from it. */
export const SETTINGS = {
  ...SERVICE_SETTINGS,
  ...SITE_SETTINGS,
  ...SENDING_SETTINGS,
  ...DOOR_SETTINGS,
  ...PAPER_SETTINGS,
  ...RETENTION_SETTINGS,
  ...FORM_SETTINGS,
};

export type SettingKey = keyof typeof SETTINGS;

export type SettingValues = {
  readonly [K in SettingKey]: (typeof SETTINGS)[K]['fallback'];
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** The text of a setting; blank counts as not set. */
export function findText(
  { name, otherName }: Setting<unknown>,
  environment: Environment,
): string | undefined {
  const other = otherName === null ? undefined : environment[otherName]?.trim();
  return other || environment[name]?.trim() || undefined;
}

/** The name, password and query of a URL are never shown, also where they are a mistake. */
export function hideLogin(text: string): string {
  return text.replace(/\/\/\S*@/g, '//…@').replace(/(:\/\/[^\s?]*)\?[^\s,]*/g, '$1?…');
}

/** A setting as it may be shown to anybody. */
export interface ShownSetting {
  name: string;
  value: string;
}

/** The settings that differ from their defaults, secrets hidden. They have to be right. */
export function listSettings(environment: Environment): ShownSetting[] {
  return Object.values<Setting<unknown>>(SETTINGS).flatMap((setting) => {
    const text = findText(setting, environment);
    if (text === undefined || isDeepStrictEqual(setting.parse(text), setting.fallback)) return [];
    return [{ name: setting.name, value: setting.secret ? '(not shown)' : hideLogin(text) }];
  });
}
