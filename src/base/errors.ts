/**
 * A failure that a person can do something about. `code` is stable and meant for programs, `message`
 * is one sentence for people. Anything else that is thrown is a bug.
 */
export class PaperboyError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'PaperboyError';
    this.code = code;
  }
}

/** What is wrong with one field of what somebody sent. */
export interface FieldFault {
  field: string;
  /** A sentence for people. */
  message: string;
}

/** A failure that names the fields at which it is to be told. */
export class FieldError extends PaperboyError {
  readonly faults: readonly FieldFault[];

  constructor(code: string, faults: readonly FieldFault[]) {
    super(code, faults.map(({ message }) => message).join(' '));
    this.faults = faults;
  }
}

/** Reads field after field, so that whoever sent them is told at once of all that is wrong. */
export class FieldReader {
  readonly #faults: FieldFault[] = [];
  #code: string | undefined;

  /** Reads the fields, or one field of that name; a `PaperboyError` is kept until `check`. */
  read<T>(field: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof PaperboyError)) throw error;
      this.#code ??= error.code;
      if (error instanceof FieldError) this.#faults.push(...error.faults);
      else this.#faults.push({ field, message: error.message });
      return undefined;
    }
  }

  /** @throws FieldError with the code of the first thing that was wrong */
  check(): void {
    if (this.#code !== undefined) throw new FieldError(this.#code, this.#faults);
  }
}

/** The message of whatever was thrown. */
export function toErrorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` that Node and most libraries put on their errors, or `undefined`. */
export function toErrorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Whether an error is a `PaperboyError` whose code begins so. */
export function hasCode(error: unknown, beginning: string): boolean {
  return error instanceof PaperboyError && error.code.startsWith(beginning);
}
