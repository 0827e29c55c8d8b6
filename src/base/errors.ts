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
