import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import {
  type Browser,
  type BrowserContext,
  chromium,
  type Locator,
  type Page,
} from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Desk, openDesk } from '../cli/desk.js';
import { ROOT } from '../support/program.js';
import { faintTexts, outlineOf, widthOf } from './in-page.js';
import { lacks, lacksPorts } from './tier.js';

const CHROMIUM = '/usr/bin/chromium';
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const INBOX = 'http://localhost:1080';

const leftOut = lacks('browser', CHROMIUM) || (await lacksPorts('browser', [1025, 1080]));

/** The program as a newcomer starts it, with its embedded inbox and the sample edition. */
describe.skipIf(leftOut)('in a browser', () => {
  let desk: Desk;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  /** What the browser complained of on pages of ours. */
  let complaints: string[];

  beforeAll(async () => {
    desk = await openDesk();
    desk.source.fail('reset');
    await desk.serve({ SMTP_URL: '' });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await desk.close();
  });

  beforeEach(async () => {
    complaints = [];
    await open({ viewport: { width: 1200, height: 900 } });
  });
  afterEach(async () => {
    await context.close();
    expect(complaints).toEqual([]);
  });

  async function open(options: Parameters<Browser['newContext']>[0]): Promise<void> {
    await context?.close();
    context = await browser.newContext(options);
    context.on('console', (message) => {
      const ours = message.location().url.startsWith(desk.site);
      if (ours && ['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    context.on('weberror', (error) => complaints.push(String(error.error())));
    page = await context.newPage();
  }

  /** What somebody chose with their request, as it waits for the confirmation. */
  const chosenBy = (email: string) =>
    desk
      .rows<{ preferences: string }>(
        `select n.preferences from notices n join subscribers s on s.id = n.subscriber_id
         where s.email = '${email}'`,
      )
      .map(({ preferences }) => JSON.parse(preferences));

  const heading = (on: Page) => on.locator('h1').innerText();

  /** Clicks a link of the mail that the inbox shows, which opens a tab. */
  async function follow(inbox: Page, link: string): Promise<Page> {
    const opened = context.waitForEvent('page');
    await inbox.frameLocator('iframe').getByRole('link', { name: link }).first().click();
    const tab = await opened;
    await tab.waitForLoadState();
    return tab;
  }

  const comes = (mail: Locator) =>
    mail.waitFor({ timeout: 4_000 }).then(
      () => true,
      () => false,
    );

  /** Opens the newest mail to an address with this subject. */
  async function openMail(inbox: Page, to: string, subject: RegExp): Promise<void> {
    const mails = inbox.getByTestId('email-list-item').filter({ hasText: to });
    const mail = mails.filter({ hasText: subject }).first();
    // The inbox never shows what comes between its first look and its socket.
    for (let tries = 1; !(await comes(mail)); tries++) {
      expect(tries).toBeLessThan(6);
      await inbox.reload();
    }
    await mail.click();
    await inbox.getByTestId('email-subject').filter({ hasText: subject }).waitFor();
  }

  test('form, inbox, confirmation, digest and leaving, by clicking', async () => {
    await page.goto(desk.site);
    expect(await heading(page)).toBe('Get trending papers in your email inbox!');
    expect(await page.getByText('Sample edition:').isVisible()).toBe(true);
    await page.getByLabel('Your email address').fill('ada@reader.test');
    await page.getByRole('button', { name: 'Subscribe' }).first().click();
    expect(await heading(page)).toBe('Check your inbox');

    await page.getByRole('link', { name: INBOX }).click();
    const inbox = page;
    await openMail(inbox, 'ada@reader.test', /Please confirm your address/);
    const confirm = await follow(inbox, 'Confirm my address');
    expect(await heading(confirm)).toBe('Confirm your address');
    await confirm.getByRole('button', { name: 'Confirm my address' }).click();
    expect(await heading(confirm)).toBe('Your address is confirmed');

    await openMail(inbox, 'ada@reader.test', /more papers/);
    const leave = await follow(inbox, 'Unsubscribe');
    expect(await heading(leave)).toBe('Unsubscribe');
    await leave.getByRole('button', { name: 'Unsubscribe' }).click();
    expect(await heading(leave)).toBe('You’ve left');
    expect(desk.rows('select state from subscribers')).toEqual([{ state: 'unsubscribed' }]);
  });

  test('the form works by keyboard alone, without JavaScript, each stop plain to see', async () => {
    await open({ javaScriptEnabled: false, viewport: { width: 1200, height: 900 } });
    await page.goto(desk.site);
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').innerText()).toBe('Skip to content');
    expect((await page.locator(':focus').boundingBox())?.y).toBeGreaterThanOrEqual(0);
    await page.keyboard.press('Enter');
    for (const stop of ['email', 'Subscribe', 'Choose your hour', 'hour', 'timezone']) {
      await page.keyboard.press('Tab');
      const focused = page.locator(':focus');
      const name = (await focused.getAttribute('name')) ?? (await focused.innerText());
      expect(name).toBe(stop);
      expect(await focused.evaluate(outlineOf)).toBe('solid');
      if (stop === 'email') await page.keyboard.type('bob@reader.test');
      if (stop === 'Choose your hour') await page.keyboard.press('Enter');
      if (stop === 'hour') await page.keyboard.type('07');
    }
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/subscribe');
    expect(await heading(page)).toBe('Check your inbox');
    expect(chosenBy('bob@reader.test')).toEqual([{ hour: 7 }]);
  });

  test('under attack a script proves, without one the page waits, and a slip is asked back', async () => {
    const now = Date.now();
    const attack = { why: 'burst', since: now, until: now + 25 * 60_000 };
    const database = new SQLite(join(desk.path, 'paperboy.db'));
    const write = (state: object) =>
      database
        .prepare('insert or replace into settings (name, value) values (?, ?)')
        .run('form', JSON.stringify(state));
    try {
      write({ attack, lookedAt: now });
      await page.goto(desk.site);
      await page.getByLabel('Your email address').fill('ada@gmial.con');
      await page.getByRole('button', { name: 'Subscribe' }).first().click();
      await page.getByRole('heading', { name: 'Did you mean ada@gmail.com?' }).waitFor();
      await page.getByRole('button', { name: 'Keep ada@gmial.con' }).click();
      await page.getByRole('heading', { name: 'Check your inbox' }).waitFor();
      const spent = database.prepare('select count(*) as count from spent_proofs').get();
      expect(spent).toEqual({ count: 1 });

      await open({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
      await page.goto(desk.site);
      expect(await page.locator('#website').isVisible()).toBe(false);
      await page.getByLabel('Your email address').fill('bob@reader.test');
      await page.getByRole('button', { name: 'Subscribe' }).first().click();
      expect(await heading(page)).toBe('One moment, please');
      expect(await page.getByRole('button', { name: 'Go on' }).isVisible()).toBe(true);
      // The browser tells of an answer that says to wait.
      complaints = complaints.filter((text) => !text.includes('429'));
    } finally {
      write({});
      database.close();
    }
  });

  test('the browser’s own time zone stands in the form, and all of them are offered', async () => {
    await open({ timezoneId: 'Asia/Tokyo', viewport: { width: 1200, height: 900 } });
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(desk.site);
    await page.getByText('Choose your hour').click();
    const field = page.getByLabel('Time zone');
    expect(await field.inputValue()).toBe('Asia/Tokyo');
    expect(asked).not.toContain('/timezones');
    await field.focus();
    const offered = page.locator('#zones option');
    await offered.first().waitFor({ state: 'attached' });
    expect(await offered.count()).toBeGreaterThan(400);
    await field.blur();
    await field.focus();
    expect(asked.filter((path) => path === '/timezones')).toHaveLength(1);

    await page.getByLabel('Your email address').fill('dee@reader.test');
    await field.fill('Europe/Vienna');
    await page.getByRole('button', { name: 'Subscribe' }).first().click();
    expect(await heading(page)).toBe('Check your inbox');
    expect(chosenBy('dee@reader.test')).toEqual([{ timezone: 'Europe/Vienna' }]);
  });

  test('a zone that only the browser knows turns nobody away, but one that is typed wrong is told', async () => {
    // As of a browser whose list of zones is newer than the server's.
    await context.addInitScript(() => {
      const { resolvedOptions } = Intl.DateTimeFormat.prototype;
      Intl.DateTimeFormat.prototype.resolvedOptions = function own() {
        return { ...resolvedOptions.call(this), timeZone: 'America/Newtown' };
      };
    });
    const field = page.locator('#timezone');
    const subscribe = async (email: string) => {
      await page.getByLabel('Your email address').fill(email);
      await page.getByRole('button', { name: 'Subscribe' }).first().click();
    };
    await page.goto(desk.site);
    expect(await field.inputValue()).toBe('America/Newtown');
    await subscribe('eli@reader.test');
    expect(await heading(page)).toBe('Check your inbox');
    expect(chosenBy('eli@reader.test')).toEqual([{}]);
    await page.goto(desk.site);
    await page.getByText('Choose your hour').click();
    await field.fill('America/Newton');
    await subscribe('flo@reader.test');
    expect(await page.locator('#timezone-error').innerText()).toContain('is not a time zone');
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
    complaints = complaints.filter((text) => !text.includes('status of 400'));
  });

  test('the hour can be read in its box, at every width and in every form', async () => {
    const isCut = (select: Element) => {
      const { font, paddingLeft, paddingRight } = getComputedStyle(select);
      const canvas = document.createElement('canvas').getContext('2d');
      if (canvas === null || !(select instanceof HTMLSelectElement)) return true;
      canvas.font = font;
      const text = canvas.measureText(select.selectedOptions[0]?.text ?? '').width;
      // The arrow takes less than two letters' height.
      const around = Number.parseFloat(paddingLeft) + Number.parseFloat(paddingRight) + 24;
      return text + around > select.clientWidth;
    };
    for (const width of [320, 390, 560, 700, 1000, 1200, 1280]) {
      await open({ viewport: { width, height: 900 } });
      for (const path of ['/', '/subscribe']) {
        await page.goto(desk.site + path);
        await page.getByText('Choose your hour').click();
        expect([width, path, await page.locator('#hour').evaluate(isCut)]).toEqual([
          ...[width, path],
          false,
        ]);
      }
    }
  });

  test('a rule stands between two columns, and none where there is one', async () => {
    await page.goto(desk.site);
    const rules = () =>
      page.evaluate(() =>
        ['.leads', '.briefs'].map((part) => {
          const element = document.querySelector(part);
          return element && getComputedStyle(element, '::before').content !== 'none';
        }),
      );
    expect(await rules()).toEqual([true, true]);
    await page.evaluate(() => {
      for (const part of ['.leads', '.briefs']) {
        for (const paper of document.querySelectorAll(`${part} .paper:not(:first-child)`))
          paper.remove();
      }
    });
    expect(await rules()).toEqual([false, false]);
  });

  /** The pages that a reader comes to. */
  async function readersPages(): Promise<string[]> {
    const email = 'cy@reader.test';
    await page.goto(desk.site);
    await page.getByLabel('Your email address').fill(email);
    await page.getByRole('button', { name: 'Subscribe' }).first().click();
    await page.goto(INBOX);
    await openMail(page, email, /Please confirm your address/);
    const confirm = await follow(page, 'Confirm my address');
    const confirmUrl = confirm.url();
    await confirm.getByRole('button').click();
    const preferences = await confirm.getByRole('link', { name: 'your preferences' });
    const preferencesUrl = (await preferences.getAttribute('href')) ?? '';
    await confirm.goto(preferencesUrl);
    const unsubscribe = await confirm
      .locator('form[action^="/unsubscribe/"]')
      .getAttribute('action');
    const sample = desk.rows<{ date: string }>("select date from editions where kind = 'sample'");
    return [
      '/',
      '/archive',
      `/papers/${sample[0]?.date}`,
      '/search?q=learning',
      '/suggest',
      '/timezones',
      '/api/docs',
      confirmUrl,
      preferencesUrl,
      unsubscribe ?? '',
    ].map((url) => new URL(url, desk.site).href);
  }

  test('no page scrolls sideways at 320 px, and all text has contrast, in light and dark', async () => {
    const urls = await readersPages();
    for (const colorScheme of ['light', 'dark'] as const) {
      await open({ colorScheme, viewport: { width: 320, height: 640 } });
      for (const url of urls) {
        await page.goto(url);
        const width = await page.evaluate(widthOf);
        expect([url, width]).toEqual([url, 320]);
        expect([url, colorScheme, await page.evaluate(faintTexts)]).toEqual([url, colorScheme, []]);
      }
    }
    // A link that is used up is answered with 410, which the browser notes.
    complaints = complaints.filter((text) => !text.includes('status of 410'));
  });

  test('the digest does neither', async () => {
    const { html } = await desk.json<{ html: string }>(['preview']);
    for (const colorScheme of ['light', 'dark'] as const) {
      await open({ colorScheme, viewport: { width: 320, height: 640 } });
      await page.setContent(html);
      expect(await page.evaluate(widthOf)).toBe(320);
      expect([colorScheme, await page.evaluate(faintTexts)]).toEqual([colorScheme, []]);
    }
  });

  test.runIf(process.env['UPDATE_PICTURES'] === '1')('pictures for the README', async () => {
    const folder = join(ROOT, 'docs/images');
    mkdirSync(folder, { recursive: true });
    const shoot = async (name: string) => {
      const path = join(folder, name);
      await page.screenshot({ path });
      expect(statSync(path).size).toBeLessThan(120_000);
    };
    await open({ viewport: { width: 1000, height: 740 } });
    await page.goto(desk.site);
    await shoot('page.png');
    await open({ viewport: { width: 700, height: 740 } });
    await page.setContent((await desk.json<{ html: string }>(['preview'])).html);
    await shoot('digest.png');
  });
});
