import { PaperboyError, toErrorMessage } from '../base/errors.js';
import { integerParser, Wanted } from './config-values.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads values one by one and collects what is wrong with them. */
export class Reader {
  readonly #environment: Environment;
  readonly #production: boolean;
  readonly #faults: string[] = [];

  constructor(environment: Environment, production: boolean) {
    this.#environment = environment;
    this.#production = production;
  }

  text(name: string): string | undefined {
    return this.#environment[name]?.trim() || undefined;
  }

  read<T>(
    name: string,
    fallback: T,
    convert: (text: string) => T,
    { secret = false }: { secret?: boolean } = {},
  ): T {
    const text = this.text(name);
    if (text === undefined) return fallback;
    try {
      return convert(text);
    } catch (error) {
      const wanted = error instanceof Wanted ? error.message : toErrorMessage(error);
      const got = secret ? 'a value that is not shown' : `"${withoutLogin(text).slice(0, 100)}"`;
      this.#faults.push(`${name} is ${got}, but must be ${wanted}.`);
      return fallback;
    }
  }

  integer(name: string, fallback: number, min: number, max: number): number {
    return this.read(name, fallback, integerParser(min, max));
  }

  optionalInteger(name: string, min: number, max: number): number | null {
    return this.text(name) === undefined ? null : this.integer(name, min, min, max);
  }

  fault(sentence: string): void {
    this.#faults.push(sentence);
  }

  require(...names: string[]): void {
    for (const name of names) {
      if (this.text(name) === undefined) this.fault(`${name} is not set, but production needs it.`);
    }
  }

  throwFaults(): void {
    if (this.#faults.length === 0) return;
    const where = this.#production ? 'The settings for production' : 'The settings';
    throw new PaperboyError(
      'bad_config',
      `${where} have ${this.#faults.length === 1 ? 'a fault' : 'faults'}:\n  ${this.#faults.join('\n  ')}`,
    );
  }
}

/** A URL's name and password are nobody's business, wherever they were put by mistake. */
function withoutLogin(text: string): string {
  return text.replace(/\/\/\S*@/g, '//…@');
}
