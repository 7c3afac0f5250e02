import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ConsoleDesk, openConsoleDesk } from './console-desk.ts';

let desk: ConsoleDesk;
beforeAll(async () => {
  desk = await openConsoleDesk();
}, 180_000);
afterAll(() => desk?.close());

it('who guesses tokens is soon told to wait, and the API server is asked no more', async () => {
  const browser = desk.browser();
  const reviews = () => asked('tokenreviews');
  const tried: number[] = [];
  for (let count = 0; count < 30; count += 1) {
    tried.push((await browser.signIn(`guess-${count}`)).status);
  }
  expect([tried[0], tried.at(-1)]).toEqual([401, 429]);
  const before = await reviews();
  const { status, headers, body } = await browser.signIn('one-more');
  expect([status, body.error.code]).toEqual([429, 'TOO_MANY_SIGN_INS']);
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  expect(await reviews()).toBe(before);
});

it('one session opens a dozen streams and no more', async () => {
  const token = await desk.installed.person('viewer', ['trading-console-viewer']);
  const browser = desk.browser(1);
  expect((await browser.signIn(token)).status).toBe(200);
  const streams = Array.from({ length: 12 }, () => browser.stream('/api/overview'));
  for (const stream of streams) expect((await stream.next()).value.kind).toBe('all');
  await expect(browser.stream('/api/overview').next()).rejects.toThrow('429');
  await streams[0]?.return(undefined);
  await expect
    .poll(() =>
      browser
        .stream('/api/overview')
        .next()
        .catch(() => undefined),
    )
    .toMatchObject({ value: { kind: 'all' } });
});

/** How often the API server was asked for this, by its own count. */
async function asked(resource: string): Promise<number> {
  const { body } = await desk.installed.server.request('GET', '/metrics');
  const lines = String(body)
    .split('\n')
    .filter((line) => line.startsWith('apiserver_request_total') && line.includes(resource));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
