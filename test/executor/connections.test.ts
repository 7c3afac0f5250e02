import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../crds/clock.ts';
import { Connections } from '../../executor/venues/btcturk/connections.ts';
import { type Btcturk, startBtcturk } from '../venue/btcturk/simulator.ts';
import { anExecutor } from './an-executor.ts';
import { type Rig, startExecutor } from './start-executor.ts';

/** A server that tells how many connections it was given, and how many calls each held at once. */
async function aServer(answerMs: number) {
  const sockets = new Map<Socket, { now: number; most: number; all: number }>();
  const server: Server = createServer(({ socket }, response) => {
    const calls = sockets.get(socket) ?? { now: 0, most: 0, all: 0 };
    sockets.set(socket, calls);
    calls.now += 1;
    calls.all += 1;
    calls.most = Math.max(calls.most, calls.now);
    setTimeout(() => {
      calls.now -= 1;
      response.end('{}');
    }, answerMs);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { server, sockets, origin: `http://127.0.0.1:${port}` };
}

describe('the connections to the venue', () => {
  it('are one for each name, kept, with one call at a time', async () => {
    const { server, sockets, origin } = await aServer(2);
    const connections = new Connections({ origin, clock: systemClock });
    const request = { method: 'GET', path: '/' } as const;
    const names = ['a', 'b', 'c'].flatMap((name) => Array<string>(10).fill(name));
    const calls = names.map((name) => connections.call(name, request, { timeoutMs: 2_000 }));
    const replies = await Promise.all(calls);
    expect(replies.filter(({ kind }) => kind !== 'answer')).toEqual([]);
    expect([...sockets.values()].map(({ most }) => most)).toEqual([1, 1, 1]);
    expect(connections.isConnected('a')).toBe(true);
    expect(connections.isConnected('d')).toBe(false);
    await connections.close();
    server.close();
  });

  it('survive a call that was refused on the turn of its write', async () => {
    const { server, sockets, origin } = await aServer(2);
    const connections = new Connections({ origin, clock: systemClock });
    const request = { method: 'POST', path: '/', body: '{}' } as const;
    const call = (may: boolean) =>
      connections.call('a', request, { timeoutMs: 2_000, atWrite: () => may });
    const kinds = (await Promise.all([true, false, true, false].map(call))).map(({ kind }) => kind);
    expect(kinds).toEqual(['answer', 'refused', 'answer', 'refused']);
    expect((await call(true)).kind).toBe('answer');
    // One connection, and only what was let through arrived on it.
    expect([...sockets.values()].map(({ all }) => all)).toEqual([3]);
    await connections.close();
    server.close();
  });
});

let rig: Rig;
let second: Btcturk | undefined;
afterEach(async () => {
  await rig?.stop();
  await second?.stop();
});

const pings = (venue: Btcturk) => venue.ledger({ route: 'server.ping' }).requests.length;
/** One for every order that may be on its way at once, and the one for cancels. */
const KEPT = 5;

describe('an executor that may send orders', () => {
  it('has its connections open before the first one, and keeps them', async () => {
    rig = await startExecutor();
    // Each is used again before it would have been closed for being idle; that of reads was opened once.
    await rig.venue.control.wait({ route: 'server.ping', requests: 2 * KEPT + 1 });
    const before = pings(rig.venue);
    expect(before).toBe(2 * KEPT + 1);
    expect((await rig.place()).status).toBe(201);
    const { requests } = rig.venue.ledger();
    const after = requests.slice(requests.findIndex(({ route }) => route === 'order.submit'));
    expect(after.filter(({ route }) => route === 'server.ping')).toEqual([]);
    expect(pings(rig.venue)).toBe(before);
  }, 12_000);

  it('opens them again when the venue has closed them', async () => {
    rig = await startExecutor();
    const port = Number(new URL(rig.venue.url).port);
    await rig.venue.stop();
    second = await startBtcturk({ port });
    expect((await second.control.wait({ route: 'server.ping', requests: KEPT })).reached).toBe(
      true,
    );
    const placed = await rig.place();
    expect(placed.status, JSON.stringify(placed.body)).toBe(201);
    expect(pings(second)).toBe(KEPT);
  }, 12_000);
});

it('an executor on paper keeps none open for orders', async () => {
  rig = await startExecutor({ object: anExecutor('paper'), credentials: null });
  await rig.venue.control.wait({ route: 'ticker', requests: 2 });
  expect(pings(rig.venue)).toBe(0);
});
