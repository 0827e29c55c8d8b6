// @ts-check
/**
 * What a user would write: a loop over a pooled `sendMail` with the ready HTML. Run as a process
 * of its own: `node nodemailer.js JOB.json`. It prints mails a second without its own start.
 */
import { readFileSync } from 'node:fs';
import { createTransport } from 'nodemailer';

/**
 * @typedef {object} Job
 * @property {number} port
 * @property {number} mails
 * @property {number} connections
 * @property {string} subject
 * @property {string} html
 * @property {string} text
 * @property {string} [mjml] compiled for each mail in place of `html`
 * @property {{domainName: string, keySelector: string, privateKey: string}} [dkim]
 */

/** @type {Job} */
const job = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const mjml2html = job.mjml ? (await import('mjml')).default : null;

const transport = createTransport({
  pool: true,
  host: '127.0.0.1',
  port: job.port,
  maxConnections: job.connections,
  maxMessages: Number.POSITIVE_INFINITY,
  ignoreTLS: true,
  ...(job.dkim && { dkim: job.dkim }),
});

let next = 0;

async function lane() {
  while (next < job.mails) {
    const reader = next++;
    const link = `https://papers.example.org/unsubscribe/${String(reader).padStart(40, '0')}`;
    const { html } = job.mjml && mjml2html ? await mjml2html(job.mjml, { fonts: {} }) : job;
    await transport.sendMail({
      from: 'Daily Papers <papers@example.org>',
      to: `reader${reader}@mail${reader % 100}.test`,
      subject: job.subject,
      html: html.replace('UNSUBSCRIBE', link),
      text: job.text.replace('UNSUBSCRIBE', link),
      list: { unsubscribe: link },
    });
  }
}

const began = performance.now();
// As many lanes as connections and as many again, so that the pool always has the next mail.
await Promise.all(Array.from({ length: job.connections * 2 }, lane));
const seconds = (performance.now() - began) / 1000;
transport.close();
process.stdout.write(`${JSON.stringify({ rate: job.mails / seconds })}\n`);
