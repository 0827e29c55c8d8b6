import type { FastifyReply } from 'fastify';

/** What is thrown where a page has another address. */
export class Moved extends Error {
  readonly path: string;

  constructor(path: string) {
    super(`It is at ${path}.`);
    this.path = path;
  }
}

/** Answers, or says where the page is for good (RFC 9110 §15.4.2). */
export async function orMoved(
  reply: FastifyReply,
  answer: () => undefined | Promise<void>,
): Promise<void> {
  try {
    await answer();
  } catch (error) {
    if (!(error instanceof Moved)) throw error;
    reply.redirect(error.path, 301);
  }
}
