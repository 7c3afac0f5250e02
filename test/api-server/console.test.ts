import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { EncryptJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Browser, type ConsoleDesk, openConsoleDesk } from './console-desk.ts';
import { EXECUTORS, executor, TRICKLE } from './installed-chart.ts';

let desk: ConsoleDesk;
/** Tokens of people, by what they may. */
let viewer: string;
let trader: string;
let stranger: string;
const secrets = () => [viewer, trader, stranger];

beforeAll(async () => {
  desk = await openConsoleDesk();
  const { installed } = desk;
  viewer = await installed.person('viewer', ['trading-console-viewer']);
  trader = await installed.person('trader', ['trading-console-operator']);
  stranger = await installed.person('stranger', []);
  const made = await installed.post(EXECUTORS, executor('btc', TRICKLE));
  expect(made.status, made.body.message).toBe(201);
}, 180_000);
afterAll(() => desk?.close());

/** Sign-ins are few a minute: a second one as the same person is the same cookie. */
const cookies = new Map<string, string>();
const signedIn = async (token: string, replica: 0 | 1 = 0): Promise<Browser> => {
  const browser = desk.browser(replica);
  browser.cookie = cookies.get(token + replica) ?? '';
  if (browser.cookie !== '') return browser;
  const told = await browser.signIn(token);
  expect(told.status, JSON.stringify(told.body)).toBe(200);
  cookies.set(token + replica, browser.cookie);
  return browser;
};
const killSwitch = async (name = 'btc') =>
  (await desk.installed.server.request('GET', `${EXECUTORS}/${name}`)).body.spec.killSwitch;
const ACT = '/api/executors/desk/btc/actions';
const KILL = { action: 'kill', why: 'a test of the console' };

describe('signing in', () => {
  it('with a Kubernetes token gives a sealed cookie that no script and no other site gets', async () => {
    const browser = desk.browser();
    const { status, body, headers } = await browser.signIn(viewer);
    expect([status, body.username]).toEqual([200, 'system:serviceaccount:trading:viewer']);
    expect(body.groups).toContain('system:serviceaccounts:trading');
    expect(body).toMatchObject({ version: 'dev', numbers: 'executors' });
    const cookie = String(headers['set-cookie']);
    expect(cookie).toMatch(/^__Host-trading-console=/);
    for (const word of ['HttpOnly', 'Secure', 'SameSite=Strict', 'Path=/']) {
      expect(cookie).toContain(word);
    }
    expect(cookie).not.toContain('Domain');
    expect(Date.parse(body.expiresAt) - Date.now()).toBeLessThanOrEqual(8 * 3_600_000);
    expect(headers['cache-control']).toBe('no-store');
    expect(String(headers['content-security-policy'])).toContain("frame-ancestors 'none'");
  });

  it('with anything else is refused, and so is every route without a session', async () => {
    const browser = desk.browser();
    expect((await browser.signIn('not-a-token')).status).toBe(401);
    expect((await browser.ask('POST', '/api/session', { tokn: 'x' })).status).toBe(422);
    expect((await browser.signIn('x'.repeat(5_000))).status).toBe(422);
    for (const path of ['session', 'overview', 'executors/desk/btc', 'incidents']) {
      expect((await browser.ask('GET', `/api/${path}`)).status, path).toBe(401);
    }
    expect((await browser.ask('POST', ACT, KILL)).status).toBe(401);
  });

  it('out ends it', async () => {
    const browser = await signedIn(viewer);
    expect((await browser.ask('GET', '/api/session')).status).toBe(200);
    expect((await browser.ask('DELETE', '/api/session')).status).toBe(204);
    expect([browser.cookie, (await browser.ask('GET', '/api/session')).status]).toEqual(['', 401]);
  });

  it('at one replica is signing in at both', async () => {
    for (const [from, to] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const other = desk.browser(to);
      other.cookie = (await signedIn(viewer, from)).cookie;
      expect((await other.ask('GET', '/api/session')).status).toBe(200);
    }
  });

  it('is not done by a cookie that was changed, made with another key, or is over', async () => {
    const browser = await signedIn(viewer);
    const [name, value = ''] = browser.cookie.split('=');
    const middle = value.length / 2;
    const changed = value.slice(0, middle) + (value[middle] === 'A' ? 'B' : 'A');
    const made = (key: Uint8Array, expires: string) =>
      new EncryptJWT({ token: viewer })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setSubject('admin')
        .setJti('x')
        .setAudience('trading-console')
        .setExpirationTime(expires)
        .encrypt(key);
    const text = (await readFile(desk.keyFile, 'utf8')).trim();
    const own = createHash('sha256').update(text).digest();
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    for (const forged of [
      changed + value.slice(middle + 1),
      await made(Buffer.alloc(32, 1), '1h'),
      await made(own, '-1s'),
      `${none}.${Buffer.from(`{"token":"${viewer}"}`).toString('base64url')}.`,
    ]) {
      browser.cookie = `${name}=${forged}`;
      expect((await browser.ask('GET', '/api/session')).status, forged.slice(0, 40)).toBe(401);
    }
    browser.cookie = `${name}=${await made(own, '1h')}`;
    expect((await browser.ask('GET', '/api/session')).status).toBe(200); // the same, with the real key
  });

  it('goes on under a new key, and ends when the old one is taken out', async () => {
    const browser = await signedIn(viewer);
    const old = await readFile(desk.keyFile, 'utf8');
    const next = 'n'.repeat(40);
    const session = async () => (await browser.ask('GET', '/api/session')).status;
    await writeFile(desk.keyFile, `${next}\n${old}`);
    const taken = async () => {
      expect(await session()).toBe(200);
      return desk.lines.some((line) => line.includes('sessions have changed'));
    };
    await expect.poll(taken, { timeout: 15_000, interval: 500 }).toBe(true);
    await writeFile(desk.keyFile, next);
    await expect.poll(session, { timeout: 15_000, interval: 500 }).toBe(401);
    cookies.clear();
  });
});

describe('another site', () => {
  it('changes nothing, not even with the cookie', async () => {
    const browser = await signedIn(trader);
    const own = { 'x-trading-console': '1' };
    for (const headers of [
      {},
      { ...own, origin: 'https://evil.example' },
      { ...own, origin: 'null' },
      { ...own, 'sec-fetch-site': 'cross-site' },
      { origin: 'https://evil.example', 'content-type': 'text/plain' },
    ]) {
      const { status } = await browser.ask('POST', ACT, KILL, headers);
      expect(status, JSON.stringify(headers)).toBe(403);
    }
    expect(await killSwitch()).toBe(false);
  });
});

describe('rights', () => {
  it('a person sees the executors they may list, and no others', async () => {
    const { installed } = desk;
    const away = '/apis/spark.trading/v1alpha1/namespaces/trading/tradingexecutors';
    await installed.post(away, executor('away', { venue: { name: 'btcturk' } }));
    const all = async (token: string) => {
      const browser = await signedIn(token);
      for await (const { rows } of browser.stream('/api/overview')) {
        return rows.map(({ namespace, name }: { namespace: string; name: string }) =>
          [namespace, name].join('/'),
        );
      }
    };
    expect(await all(viewer)).toContain('desk/btc');
    expect(await all(viewer)).not.toContain('trading/away');
    expect(await all(stranger)).toEqual([]);
  });

  it('who may not get an executor is told which right is missing', async () => {
    const browser = await signedIn(stranger);
    for (const path of ['', '/audit', '/calendar', '/history']) {
      const { status, body } = await browser.ask('GET', `/api/executors/desk/btc${path}`);
      expect([status, body.error.message]).toEqual([
        403,
        expect.stringContaining('get tradingexecutors'),
      ]);
    }
    expect((await browser.ask('GET', '/api/incidents')).body.incidents).toEqual([]);
  });

  it('an executor’s page says what its reader may do', async () => {
    const may = async (token: string) => {
      const browser = await signedIn(token);
      for await (const detail of browser.stream('/api/executors/desk/btc')) return detail.may;
    };
    expect(await may(viewer)).toEqual({ patch: false, acknowledge: false });
    expect(await may(trader)).toEqual({ patch: true, acknowledge: false });
  });

  it.each([0, 1] as const)(
    'who may not patch changes nothing, on replica %i: the write carries their own token',
    async (replica) => {
      const browser = await signedIn(viewer, replica);
      const { status, body } = await browser.ask('POST', ACT, KILL);
      expect([status, body.error.message]).toEqual([
        403,
        expect.stringContaining('system:serviceaccount:trading:viewer" cannot patch'),
      ]);
      expect(await killSwitch()).toBe(false);
    },
  );
});

describe('what is logged and answered', () => {
  it('never holds a token, a cookie or a key', async () => {
    const browser = await signedIn(trader);
    const key = (await readFile(desk.keyFile, 'utf8')).split('\n');
    const all = [...desk.lines, ...desk.answers].join('\n');
    const [, cookie = ''] = browser.cookie.split('=');
    for (const secret of [...secrets(), ...key, cookie].filter((one) => one.trim() !== '')) {
      expect(all.includes(secret.trim()), secret.slice(0, 8)).toBe(false);
    }
    expect(all).toContain('signed in to the console');
  });
});
