import { once } from 'node:events';
import { type ClientRequest, get } from 'node:http';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EventStream } from '../../../operator/console/live/event-stream.ts';
import { ManualClock } from '../../support/manual-clock.ts';

let app: FastifyInstance;
let clock: ManualClock;
let opened: PromiseWithResolvers<EventStream>;
let asked: ClientRequest;

beforeEach(async () => {
  clock = new ManualClock();
  opened = Promise.withResolvers();
  app = fastify();
  app.get('/', (_request, reply) => opened.resolve(new EventStream(reply)));
  asked = get(await app.listen({ host: '127.0.0.1', port: 0 }));
});
afterEach(async () => {
  asked.destroy();
  await app.close();
});

/** More than the sockets on the way take. */
const BIG = JSON.stringify('x'.repeat(16 * 1024 * 1024));

it('a reader that does not read is waited for, and cut off after a while', async () => {
  const stream = await opened.promise;
  const [answer] = await once(asked, 'response');
  answer.on('error', () => undefined);
  stream.send(BIG);
  let isReady = false;
  const ready = stream.ready(clock).then(() => {
    isReady = true;
  });
  await clock.advance(14_000);
  expect([isReady, stream.signal.aborted]).toEqual([false, false]);
  await clock.advance(1_000);
  await ready;
  await expect.poll(() => stream.signal.aborted).toBe(true);
});

it('a reader that reads is ready for the next message', async () => {
  const stream = await opened.promise;
  const [answer] = await once(asked, 'response');
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  stream.send(BIG);
  await stream.ready(clock);
  await expect.poll(() => bytes).toBe(BIG.length + 'data: \n\n'.length);
  expect(stream.signal.aborted).toBe(false);
});

it('a reader that goes ends it, and so does the server', async () => {
  const stream = await opened.promise;
  await once(asked, 'response');
  asked.destroy();
  await expect.poll(() => stream.signal.aborted).toBe(true);
});
