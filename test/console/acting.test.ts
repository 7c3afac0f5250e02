/// <reference lib="dom" />
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { TestBrowser } from './browser.ts';
import { playedRow, playedRows } from './played-data.ts';
import { PlayedServer } from './played-server.ts';

let browser: TestBrowser;
let server: PlayedServer;
let url: string;

beforeAll(async () => {
  server = new PlayedServer(inject('page'), 60);
  url = await server.start();
  browser = await TestBrowser.start(inject('chromium'));
});
afterEach(async () => {
  server.asked.length = 0;
  server.play.refuse = undefined;
  server.play.may = { patch: true, acknowledge: true };
  server.play.rows = playedRows(60, Date.now());
  await browser.clear();
});
afterAll(async () => {
  await browser?.stop();
  await server?.stop();
});

const CALM = playedRow(13, Date.now());
const here = (row: { namespace: string; name: string }) =>
  `${url}/#/executors/${row.namespace}/${row.name}`;
const submit = (page: Page) => page.click('dialog [type=submit]');

describe('killing one', () => {
  it('is one click and one confirmation, with its uid, and why if they say so', async () => {
    const page = await browser.open(`${url}/#/?q=${CALM.name}`);
    await page.click(`[aria-label="Kill ${CALM.name} in ${CALM.namespace}"]`);
    expect(await page.textContent('dialog h2')).toBe(`Kill ${CALM.name}`);
    expect(await page.isVisible('#act-typed')).toBe(false);
    expect(server.asked).toEqual([]);
    await submit(page);
    await page.waitForSelector('.result');
    await page.click('.result button');
    await page.click(`[aria-label="Kill ${CALM.name} in ${CALM.namespace}"]`);
    await page.click('dialog .reasons button >> nth=0');
    await submit(page);
    await page.waitForSelector('.result');
    const path = `/api/executors/${CALM.namespace}/${CALM.name}/actions`;
    const kill = { action: 'kill', uid: CALM.uid };
    expect(server.asked).toEqual([
      { path, body: { ...kill, why: '' } },
      { path, body: { ...kill, why: 'Wrong orders' } },
    ]);
  });

  it('stays with the row that was clicked, whatever happens to the list', async () => {
    const page = await browser.open(`${url}/#/`);
    await page.click(`[data-uid="${CALM.uid}"] button`);
    const other = playedRow(14, Date.now());
    server.change([{ ...other, troubles: ['KillNotConfirmed'] }], [CALM.uid]);
    await page.waitForFunction((uid) => !document.querySelector(`[data-uid="${uid}"]`), CALM.uid);
    expect(await page.textContent('dialog h2')).toBe(`Kill ${CALM.name}`);
    await page.fill('#act-why', 'test');
    await submit(page);
    await page.waitForSelector('.result');
    expect(server.asked[0]?.body.uid).toBe(CALM.uid);
  });

  it('shows a refusal in the words of the server', async () => {
    server.play.refuse = 'tradingexecutors.spark.trading is forbidden: <b>no</b>';
    const page = await browser.open(here(CALM));
    await page.click('text="Kill…"');
    await page.fill('#act-why', 'drill');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.result');
    expect(await page.textContent('.result')).toContain(server.play.refuse);
    expect(await page.textContent('.result p')).toBe('0 of 1 target done, 1 failed.');
  });
});

describe('killing a namespace', () => {
  it('names it and how many, not those the filter shows, and a result for each', async () => {
    const page = await browser.open(`${url}/#/?ns=desk-bist&q=maker-00`);
    await page.click('text="Kill all in desk-bist…"');
    expect(await page.textContent('dialog h2')).toBe('Kill all in desk-bist');
    expect(await page.textContent('.effects')).toContain('All 15 executors seen in desk-bist');
    await page.fill('#act-why', 'drill');
    await submit(page);
    await page.waitForSelector('.result');
    expect(await page.locator('.result li').count()).toBe(15);
    expect(server.asked[0]).toEqual({
      path: '/api/namespaces/desk-bist/actions',
      body: { action: 'kill', why: 'drill' },
    });
  });

  it('cannot be asked for before a namespace is chosen', async () => {
    const page = await browser.open(`${url}/#/`);
    await page.waitForSelector('.row');
    expect(await page.isDisabled('text="Kill a namespace…"')).toBe(true);
  });
});

describe('loosening', () => {
  it('asks for the name to be typed, exactly, and pasting does not do', async () => {
    const latched = playedRow(1, Date.now());
    const page = await browser.open(here(latched));
    await page.click('text="Unkill…"');
    await submit(page);
    expect(await page.textContent('dialog [role=alert]')).toMatch(/Say why/);
    await page.fill('#act-why', 'all is well');
    await page.fill('#act-typed', latched.name.toUpperCase());
    await submit(page);
    expect(await page.textContent('dialog [role=alert]')).toContain(`Type ${latched.name}`);
    expect(server.asked).toEqual([]);
    await page.fill('#act-typed', latched.name);
    await submit(page);
    await page.waitForSelector('.result');
    const { uid, name } = latched;
    const body = { action: 'unkill', why: 'all is well', typedName: name, uid };
    expect(server.asked.map((one) => one.body)).toEqual([body]);
  });

  it('acknowledges the incident that is named', async () => {
    const { incident, namespace } = playedRow(1, Date.now());
    const page = await browser.open(`${url}/#/incidents/${namespace}/${incident}`);
    await page.click('text="Acknowledge…"');
    await page.fill('#act-why', 'venue is back');
    await page.fill('#act-typed', incident ?? '');
    await submit(page);
    await page.waitForSelector('.result');
    expect(server.asked).toEqual([
      {
        path: `/api/incidents/${namespace}/${incident}/acknowledge`,
        body: { why: 'venue is back', typedName: incident },
      },
    ]);
  });
});

it('somebody with fewer rights cannot press, and is told which right it takes', async () => {
  server.play.may = { patch: false, acknowledge: false };
  const page = await browser.open(here(CALM));
  await page.waitForSelector('.toolbar');
  expect(await page.locator('.toolbar button:enabled').count()).toBe(0);
  expect(await page.textContent('.toolbar')).toContain('patch tradingexecutors');
});
