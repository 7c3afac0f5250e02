/// <reference lib="dom" />
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Size, TestBrowser, type Theme, violations } from './browser.ts';
import { PlayedServer } from './played-server.ts';

let browser: TestBrowser;
let server: PlayedServer;
let url: string;

beforeAll(async () => {
  server = new PlayedServer(inject('page'), 120);
  url = await server.start();
  browser = await TestBrowser.start(inject('chromium'));
});
afterEach(async () => {
  server.play.signedIn = true;
  server.play.incidents = true;
  await browser.clear();
});
afterAll(async () => {
  await browser?.stop();
  await server?.stop();
});

const looks = (['light', 'dark'] as const).flatMap((theme) =>
  (['desktop', 'phone'] as const).map((size) => [theme, size] as const),
);

/** Each page: where it is, and what is there once it has loaded. */
const pages = {
  overview: ['#/', '.row'],
  executor: ['#/executors/desk-arbitrage/btctry-maker-001', '.u-wrap'],
  killing: ['#/executors/desk-crypto/btctry-maker-000', '.u-wrap'],
  bist: ['#/executors/desk-bist/btctry-maker-002', '.days'],
  incidents: ['#/incidents', '.row'],
  incident: ['#/incidents/desk-arbitrage/btctry-maker-001-20261125125012', '.markdown'],
  'evidence-picture': [
    '#/incidents/desk-arbitrage/btctry-maker-001-20261125125012?file=latency.svg',
    '.file img',
  ],
} as const;

async function kept(page: Page, name: string, [theme, size]: readonly [Theme, Size]) {
  const path = join(inject('screenshots'), `${name}-${theme}-${size}.png`);
  await page.screenshot({ path, fullPage: !/^(overview|dialog)/.test(name) });
}

describe.each(looks)('in %s on a %s', (theme, size) => {
  const look = { theme, size };

  it.each(Object.entries(pages))(
    '%s has nothing that axe objects to',
    async (name, [hash, sign]) => {
      const page = await browser.open(`${url}/${hash}`, look);
      await page.waitForSelector(sign);
      await kept(page, name, [theme, size]);
      expect(await violations(page)).toEqual([]);
      expect(await widerThanScreen(page)).toEqual([]);
      expect(browser.faults).toEqual([]);
    },
  );

  it('sign-in has nothing that axe objects to', async () => {
    server.play.signedIn = false;
    const page = await browser.open(url, look);
    await page.fill('#token', 'bad');
    await page.click('text=Sign in >> nth=-1');
    await page.waitForSelector('[role=alert]');
    await kept(page, 'sign-in', [theme, size]);
    expect(await violations(page)).toEqual([]);
  });

  it('dialogs have nothing that axe objects to', async () => {
    const page = await browser.open(`${url}/${pages.executor[0]}`, look);
    await page.click('text=Step up to trickle…');
    await page.waitForSelector('dialog[open]');
    await kept(page, 'dialog-step-up', [theme, size]);
    expect(await violations(page)).toEqual([]);
  });

  it('a lost connection has nothing that axe objects to', async () => {
    const page = await browser.open(`${url}/#/`, look);
    await page.waitForSelector('.row');
    server.play.link = 'down';
    server.cut();
    await page.waitForSelector('.lost');
    await kept(page, 'overview-lost', [theme, size]);
    const found = await violations(page);
    server.play.link = 'up';
    expect(found).toEqual([]);
  });

  it('nothing to show has nothing that axe objects to', async () => {
    const page = await browser.open(`${url}/#/?q=nothing-is-called-this`, look);
    await page.waitForSelector('.empty');
    await kept(page, 'overview-empty', [theme, size]);
    expect(await violations(page)).toEqual([]);
    server.play.incidents = false;
    const incidents = await browser.open(`${url}/#/incidents`, look);
    await incidents.waitForSelector('.empty');
    await kept(incidents, 'incidents-empty', [theme, size]);
    expect(await violations(incidents)).toEqual([]);
  });
});

/** A page that is wider than the screen hides what is on its right. */
const widerThanScreen = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => {
    if (document.documentElement.scrollWidth <= innerWidth) return [];
    const wide = [...document.querySelectorAll('body *')].filter(
      (one) => one.getBoundingClientRect().right > innerWidth + 1,
    );
    return wide.slice(0, 5).map((one) => one.outerHTML.slice(0, 120));
  });
