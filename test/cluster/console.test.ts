/// <reference lib="dom" />
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { TestBrowser } from '../console/browser.ts';
import { run } from '../setup/command.ts';
import { closeDesk, tradingDesk } from '../system/desk.ts';
import { type Forward, forward } from '../system/forward.ts';
import { RELEASE, SYSTEM_NAMESPACE } from '../system/install.ts';
import { controlUntil } from '../system/kill.ts';
import { get, kubectl, waitFor } from '../system/kubectl.ts';
import type { ExecutorClient } from '../system/place.ts';
import { restingBid, simulator } from '../system/simulator.ts';
import { trade } from '../system/traffic.ts';
import { cached } from '../toolchain/cache.ts';
import { ensureChromium } from '../toolchain/chromium.ts';

const DESK = 'console-desk';
const NAME = 'c1';
const target = `tradingexecutor/${NAME}`;
/** 20 orders first; and numbers are written at most once a minute, a verdict of an SLO perhaps just before. */
const BADGE_MS_MAX = 140_000;
let browser: TestBrowser;
let door: Forward;
let client: ExecutorClient;
let page: Page;

beforeAll(async () => {
  client = await tradingDesk({ namespace: DESK, name: NAME, persistFor: '60s' });
  for (const [account, role] of [
    ['ayse', 'trading-console-risk-officer'],
    ['viewer', 'trading-console-viewer'],
  ] as const) {
    await kubectl('create', 'serviceaccount', account, '-n', DESK);
    const subject = `--serviceaccount=${DESK}:${account}`;
    await kubectl('create', 'rolebinding', account, '-n', DESK, `--clusterrole=${role}`, subject);
  }
  door = await forward(SYSTEM_NAMESPACE, `svc/${RELEASE}`, 9443);
  browser = await TestBrowser.start(await ensureChromium(() => undefined));
  page = await browser.open(address(''), { anyCertificate: true });
});

afterAll(async () => {
  await simulator.clearFaults();
  await browser?.stop();
  door?.close();
  await client?.close();
  await closeDesk(DESK);
});

const address = (hash: string) => `https://127.0.0.1:${door.port}/${hash}`;
const submit = () => page.click('dialog [type=submit]');
const close = () => page.click('.result >> text="Close"');
const incidentName = async () =>
  (await get<TradingExecutor>(DESK, 'tradingexecutor', NAME)).status?.rollback?.incident ?? '';

async function signIn(on: Page, account: string): Promise<void> {
  const token = await kubectl('create', 'token', account, '-n', DESK, '--duration=1h');
  await on.fill('#token', token.trim());
  await on.click('text="Sign in" >> visible=true >> nth=-1');
}

async function picture(name: string): Promise<void> {
  const folder = cached('reports', 'console-cluster');
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

describe('the console of a running system', () => {
  it('shows what a token may see, soon after it signed in', async () => {
    const began = performance.now();
    await signIn(page, 'ayse');
    await page.waitForSelector('tr.row');
    console.log(`signed in → first row: ${Math.round(performance.now() - began)} ms`);
    expect(await page.textContent('tr.row .who')).toContain(NAME);
    expect(await page.locator('tr.row').count()).toBe(1); // other namespaces are not hers
  });

  it('kills at a click and a reason: the next order is refused, the proof is on the page', async () => {
    await page.goto(address(`#/executors/${DESK}/${NAME}`));
    await page.click('text="Kill…"');
    await page.fill('#act-why', 'drill');
    await submit();
    await page.waitForSelector('.result >> text=Done');
    await controlUntil(client, ({ gate }) => gate === 'shut');
    expect(await client.place(await restingBid('BTCTRY'))).toMatchObject({ status: 403 });
    await close();
    await page.waitForSelector('text=/gated \\d+ ms/', { timeout: 30_000 });
    await picture('killed');
    expect(await kubectl('get', 'events', '-n', DESK)).toMatch(/ActedFromConsole.*drill/);
  });

  it('lets go again only for its typed name', async () => {
    await page.click('text="Unkill…"');
    await page.fill('#act-why', 'the drill is over');
    await page.fill('#act-typed', NAME);
    await submit();
    await page.waitForSelector('.result >> text=Done');
    await close();
    await controlUntil(client, ({ gate }) => gate === 'open');
  });

  it('turns from STABLE to WATCH once orders are slow, and shows the rollback that follows', async () => {
    await page.goto(address('#/'));
    const badge = (word: string) =>
      page.waitForSelector(`tr.row .badge >> text=${word}`, { timeout: BADGE_MS_MAX });
    await trade(client, badge('STABLE'));
    await picture('stable');
    await simulator.fault({ route: 'order.submit', kind: 'delay', ms: 1_500 });
    const latched = waitFor(DESK, target, 'jsonpath={.status.rollback.latched}=true', 240);
    await trade(client, Promise.all([latched, badge('WATCH')]));
    await page.waitForSelector('tr.row .badge >> text=/Rolled back/', { timeout: 30_000 });
    await picture('rolled-back');
    await simulator.clearFaults();
  });

  it('has the incident’s pack to read and to take away', async () => {
    const incident = await incidentName();
    await page.goto(address(`#/incidents/${DESK}/${incident}`));
    await page.waitForSelector('.evidence .files', { timeout: 60_000 });
    await picture('incident');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click('text="Download all"'),
    ]);
    expect(await download.failure()).toBeNull();
    expect(download.suggestedFilename()).toMatch(/\.tar\.gz$/);
    await page.goto(address(`#/incidents/${DESK}/${incident}?file=incident.png`));
    await page.waitForSelector('.file img');
    await picture('evidence-picture');
    const archive = join(cached('reports', 'console-cluster'), 'pack.tar.gz');
    await download.saveAs(archive);
    const listed = await run(['tar', '-tvzf', archive]);
    for (const name of ['executor.png', 'incident.png'])
      expect(listed).toMatch(new RegExp(`\\d{5} .*/${name}`));
  });

  it('shows a viewer the same and lets them do nothing', async () => {
    const theirs = await browser.open(address(`#/executors/${DESK}/${NAME}`), {
      anyCertificate: true,
    });
    await signIn(theirs, 'viewer');
    await theirs.waitForSelector('text=/patch tradingexecutors/');
    expect(await theirs.isDisabled('text="Unkill…"')).toBe(true);
    await theirs.goto(address(`#/incidents/${DESK}/${await incidentName()}`));
    await theirs.waitForSelector('text="Acknowledge…"');
    expect(await theirs.isDisabled('text="Acknowledge…"')).toBe(true);
  });

  it('releases the latch for who may, by the incident’s typed name', async () => {
    const incident = await incidentName();
    await page.click('text="Acknowledge…"');
    await page.fill('#act-why', 'the venue is well again');
    await page.fill('#act-typed', incident);
    await submit();
    await page.waitForSelector('.result >> text=Done');
    await waitFor(DESK, target, 'jsonpath={.status.rollback.latched}=false', 30);
    await close();
    await page.waitForSelector('text="Acknowledged"', { timeout: 20_000 });
    await picture('acknowledged');
    expect(browser.faults).toEqual([]);
  });
});
