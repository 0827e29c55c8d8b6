import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import sample from '../src/sources/sample/sample-papers.json' with { type: 'json' };
import { startHuggingFace } from '../test/support/huggingface.js';
import { freePort, ROOT, runPaperboy, startPaperboy, tempDir } from '../test/support/program.js';

// Takes the pictures of the README anew: `npm run build && npm run pictures`. It needs Debian's
// chromium and fonts-liberation. The papers are those of the sample edition, as if Hugging Face
// listed them.

const CHROMIUM = '/usr/bin/chromium';
const PAGE = { width: 1000, height: 740 };
const MAIL = { width: 700, height: 740 };
const day = ['--date', sample.date];

using dir = tempDir();
const source = await startHuggingFace();
source.setDay(sample.date, sample.papers.map(toItem));
const port = await freePort();
const env = {
  PORT: String(port),
  HUGGINGFACE_URL: source.url,
  // Nothing is sent.
  SMTP_URL: 'smtp://127.0.0.1:9',
  PICK_CRON: '0 0 29 2 *',
};
const place = { cwd: dir.path, env };
const commands = [
  ['fetch', ...day],
  ['pick', ...day],
  ['preview', ...day, '--out', join(dir.path, 'digest.html')],
];
for (const command of commands) {
  const { code, stderr } = await runPaperboy(command, place);
  if (code !== 0) throw new Error(stderr);
}
const server = startPaperboy(['serve'], place);
await server.waitForLog(/^Paperboy is at/m, 30_000);
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
try {
  await take(browser, `http://localhost:${port}`, PAGE, 'page.png');
  await take(browser, `file://${dir.path}/digest.html`, MAIL, 'digest.png');
} finally {
  await browser.close();
  await server.stop();
  await source.close();
}

async function take(from: Browser, url: string, viewport: typeof PAGE, name: string) {
  const page = await from.newPage({ viewport, colorScheme: 'light' });
  await page.goto(url);
  await page.screenshot({ path: join(ROOT, 'docs/images', name) });
  await page.close();
}

/** A paper as the API of Hugging Face has it. */
function toItem(paper: (typeof sample.papers)[number]) {
  const { id, title, abstract, summary, authors, upvotes, comments } = paper;
  return {
    numComments: comments,
    paper: {
      ...{ id, title, upvotes, summary: abstract, ai_summary: summary },
      ai_keywords: paper.keywords,
      authors: authors.map((name) => ({ name })),
      publishedAt: `${paper.publishedOn}T00:00:00.000Z`,
      submittedOnDailyAt: `${sample.date}T00:00:00.000Z`,
      githubRepo: paper.codeUrl,
      githubStars: paper.codeStars,
      projectPage: paper.projectUrl,
      organization: paper.organisation === null ? null : { name: paper.organisation },
    },
  };
}
