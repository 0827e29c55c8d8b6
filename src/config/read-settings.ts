import { PaperboyError, toErrorMessage } from '../base/errors.js';
import { InvalidValue, type Setting } from './setting.js';
import {
  type Environment,
  findText,
  hideLogin,
  SETTINGS,
  type SettingKey,
  type SettingValues,
} from './settings.js';

/** What was read, and all that is wrong with it. */
export class ReadSettings {
  readonly values: SettingValues;
  readonly #environment: Environment;
  readonly #faults = new Map<string, string>();

  constructor(environment: Environment) {
    this.#environment = environment;
    const read = Object.entries<Setting<unknown>>(SETTINGS).map(([key, setting]) => [
      key,
      this.#read(setting),
    ]);
    this.values = Object.fromEntries(read) as SettingValues;
  }

  isSet(key: SettingKey): boolean {
    return findText(SETTINGS[key], this.#environment) !== undefined;
  }

  isWrong(key: SettingKey): boolean {
    return this.#faults.has(SETTINGS[key].name);
  }

  /** Notes a fault of a setting that shows only beside the others. */
  addFault(key: SettingKey, sentence: string): void {
    this.#faults.set(SETTINGS[key].name, sentence);
  }

  requireForProduction(): void {
    for (const { name, required } of Object.values<Setting<unknown>>(SETTINGS)) {
      if (required && !this.#environment[name]?.trim()) {
        this.#faults.set(name, `${name} is not set, but production needs it.`);
      }
    }
  }

  /** The value that `make` returns, or `fallback` where it throws what is wanted of the setting. */
  check<T>(key: SettingKey, fallback: T, make: () => T): T {
    return this.#attempt(SETTINGS[key], fallback, make);
  }

  /** @throws PaperboyError `bad_config` that names all faults at once */
  throwFaults(): void {
    const faults = [...this.#faults.values()];
    if (faults.length === 0) return;
    const what = this.values.production ? 'The settings for production' : 'The settings';
    throw new PaperboyError(
      'bad_config',
      `${what} have ${faults.length === 1 ? 'a fault' : 'faults'}:\n  ${faults.join('\n  ')}`,
    );
  }

  #read<T>(setting: Setting<T>): T {
    const text = findText(setting, this.#environment);
    if (text === undefined) return setting.fallback;
    return this.#attempt(setting, setting.fallback, () => {
      if (setting.secret && !text.includes('://') && text === setting.example)
        throw new InvalidValue('a value of your own');
      return setting.parse(text);
    });
  }

  #attempt<T>(setting: Setting<unknown>, fallback: T, make: () => T): T {
    try {
      return make();
    } catch (error) {
      const wanted = error instanceof InvalidValue ? error.message : toErrorMessage(error);
      this.#faults.set(
        setting.name,
        `${setting.name} is ${this.#show(setting)}, but must be ${wanted}.`,
      );
      return fallback;
    }
  }

  #show(setting: Setting<unknown>): string {
    if (setting.secret) return 'a value that is not shown';
    return `"${hideLogin(findText(setting, this.#environment) ?? '').slice(0, 100)}"`;
  }
}
