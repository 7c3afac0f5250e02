/// <reference lib="dom" />
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { TestBrowser } from './browser.ts';
import { HOSTILE, playedRow, playedRows } from './played-data.ts';
import { CSP, PlayedServer } from './played-server.ts';

let browser: TestBrowser;
let server: PlayedServer;
let url: string;

beforeAll(async () => {
  server = new PlayedServer(inject('page'), 200);
  url = await server.start();
  browser = await TestBrowser.start(inject('chromium'));
});
afterEach(async () => {
  server.play.signedIn = true;
  server.play.link = 'up';
  server.play.rows = playedRows(200, Date.now());
  await browser.clear();
});
afterAll(async () => {
  await browser?.stop();
  await server?.stop();
});

const focused = (page: Page) =>
  page.evaluate(() => document.activeElement?.closest('tr')?.getAttribute('data-uid') ?? null);
const uidsOf = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('[data-uid]')].map((row) => row.getAttribute('data-uid')),
  );

describe('a lost connection', () => {
  it('is said, and what is shown is greyed with its age, until there is another', async () => {
    const page = await browser.open(url);
    await page.waitForSelector('text=/Live ·/');
    server.play.link = 'down';
    server.cut();
    await page.waitForSelector('.lost');
    expect(await page.textContent('.lost')).toMatch(/What is shown is \d+ s old/);
    const filter = (selector: string) =>
      page.evaluate(
        (one) => getComputedStyle(document.querySelector(one) as Element).filter,
        selector,
      );
    expect(await filter('.rows')).toBe('grayscale(1)');
    expect(await page.isVisible('text=/^Live/')).toBe(false);
    server.play.link = 'up';
    await page.waitForSelector('.lost', { state: 'detached' });
    expect(await filter('.rows')).toBe('none');
  });

  it('is no sign-out: whoever could not be signed out is told so', async () => {
    const page = await browser.open(url);
    await page.waitForSelector('text=/Live ·/');
    server.play.link = 'down';
    await page.click('text=Sign out');
    await page.waitForSelector('text=/You are still signed in/');
    server.play.link = 'up';
  });

  it('is noticed when nothing comes any more, though the connection stands', async () => {
    const page = await browser.open(`${url}/#/executors/desk-crypto/btctry-maker-000`);
    await page.waitForSelector('text=/Live ·/');
    server.play.link = 'silent';
    await page.waitForSelector('.lost');
    expect(await page.textContent('.lost')).toContain('gone silent');
  });
});

describe('a session that has ended', () => {
  it('asks to sign in again and leads back to where one was', async () => {
    const page = await browser.open(`${url}/#/executors/desk-crypto/btctry-maker-000`);
    await page.waitForSelector('.facts');
    server.play.signedIn = false;
    await page.click('text="24 h" >> nth=0');
    await page.waitForSelector('text=Your session has ended');
    await page.fill('#token', 'good');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.facts');
    expect(await page.textContent('h1')).toBe('btctry-maker-000');
  });

  it('says what the server said of a bad token', async () => {
    server.play.signedIn = false;
    const page = await browser.open(url);
    await page.fill('#token', 'bad');
    await page.keyboard.press('Enter');
    await page.waitForSelector('text=The API server does not know this token.');
  });
});

describe('the keyboard', () => {
  it('filters with /, walks rows with j and k, opens with Enter, and comes back', async () => {
    const page = await browser.open(url);
    await page.waitForSelector('.row');
    await page.keyboard.press('/');
    await page.keyboard.type('maker');
    await page.waitForFunction(() => location.hash === '#/?q=maker');
    await page.focus('a.to');
    const first = await focused(page);
    await page.keyboard.press('j');
    expect(await focused(page)).not.toBe(first);
    await page.keyboard.press('k');
    expect(await focused(page)).toBe(first);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.facts');
    await page.goBack();
    await page.waitForSelector('.row');
    expect(await page.inputValue('[type=search]')).toBe('maker');
  });

  it('reaches the end of a list of which only a part is drawn', async () => {
    const page = await browser.open(url);
    await page.waitForSelector('.row');
    await page.focus('a.to');
    for (let presses = 0; presses < 90; presses++) await page.keyboard.press('ArrowDown');
    const index = await page.evaluate(() => document.activeElement?.closest('tr')?.ariaRowIndex);
    expect(index).toBe('92');
  });

  it('is kept inside an open dialog and returns to the button when it closes', async () => {
    const page = await browser.open(`${url}/#/?q=btctry-hedge`);
    await page.focus('.row button');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('act-why');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Kill…');
  });
});

describe('the list', () => {
  it('puts new trouble on top, but never under the pointer', async () => {
    const page = await browser.open(url);
    await page.hover('[data-uid] >> nth=5');
    await page.waitForSelector('text=Order held');
    const before = await uidsOf(page);
    const calm = playedRow(120, Date.now());
    server.change([{ ...calm, troubles: ['KillNotConfirmed', 'RolledBack', 'Unreachable'] }]);
    await page.waitForSelector('text=/^7 critical$/').catch(() => undefined);
    expect((await uidsOf(page)).slice(0, 12)).toEqual(before.slice(0, 12));
    await page.mouse.move(5, 5);
    await page.waitForFunction(
      (uid) => document.querySelector('[data-uid]')?.getAttribute('data-uid') === uid,
      calm.uid,
    );
    expect(await page.textContent('[aria-live=polite]')).toContain(calm.name);
  });

  it('draws a window of its rows and says how many there are', async () => {
    const page = await browser.open(url);
    await page.waitForSelector('.row');
    expect((await uidsOf(page)).length).toBeLessThan(60);
    expect(await page.getAttribute('table.rows', 'aria-rowcount')).toBe('201');
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await page.waitForSelector('[aria-rowindex="201"]');
  });
});

it('shows markup in names and messages as text, and runs none', async () => {
  const page = await browser.open(`${url}/#/executors/desk-arbitrage/btctry-maker-001`);
  await page.waitForSelector('.u-wrap');
  expect(await page.textContent('#events-title >> xpath=../..')).toContain(HOSTILE);
  await page.goto(
    `${url}/#/incidents/desk-arbitrage/btctry-maker-001-20261125125012?file=smoke.txt`,
  );
  await page.waitForSelector('.file pre');
  expect(await page.textContent('.file pre')).toContain(HOSTILE);
  expect(await page.locator('img').count()).toBe(0);
  expect(await page.title()).not.toContain('broken');
  expect(browser.faults).toEqual([]);
});

it('needs nothing that the strict policy forbids: no inline script, style or other origin', async () => {
  const index = await (await fetch(url)).text();
  expect(index).not.toMatch(/<style|style=|<script(?![^>]*src=)|https?:/);
  expect(CSP).not.toContain('unsafe');
});
