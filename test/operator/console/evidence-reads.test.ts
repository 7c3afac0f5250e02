import fastify, { type FastifyRequest } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { incidentRoutes } from '../../../operator/console/incidents/routes.ts';
import { COOKIE } from '../../../operator/console/wire/paths.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const nobody = {} as never;
const incident = { status: { evidence: 'https://evidence/incidents/2026-11-25T12-00-00Z-btc/' } };
let app: ReturnType<typeof fastify>;
let origin: string;
let answers: (() => void)[];
let clock: ManualClock;

beforeEach(async () => {
  answers = [];
  clock = new ManualClock();
  app = fastify();
  app.addHook('onRequest', async (request: FastifyRequest) => {
    request.cookies = { [COOKIE]: 'sealed' };
  });
  const file = () =>
    new Promise((resolve) => {
      answers.push(() => resolve({ type: 'text/plain', bytes: Buffer.from('a line') }));
    });
  incidentRoutes(app, {
    people: { of: async () => ({ token: 't' }) },
    sight: { incident: async () => undefined },
    world: { incident: () => incident, incidents: () => [] },
    evidence: { file, manifest: nobody },
    ...{ board: nobody, clock },
  } as never);
  origin = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(() => app.close());

const read = () => fetch(`${origin}/api/incidents/desk/btc/evidence/executor.log`);

it('readers of evidence share what memory there is, and a file that was read makes room', async () => {
  const first = Array.from({ length: 12 }, read);
  await expect.poll(() => answers.length).toBe(12);
  expect((await read()).status).toBe(503);
  for (const answer of answers) answer();
  for (const one of first) expect(await (await one).text()).toBe('a line');
  const next = read();
  await expect.poll(() => answers.length).toBe(13);
  answers.at(-1)?.();
  expect((await next).status).toBe(200);
});

it('who never takes a file is cut off, so that nobody keeps the others out', async () => {
  const stuck = Array.from({ length: 12 }, () => read().catch(() => 'cut off'));
  await expect.poll(() => answers.length).toBe(12);
  await clock.advance(5 * 60_000);
  expect(await Promise.all(stuck)).toEqual(Array.from({ length: 12 }, () => 'cut off'));
  const next = read();
  await expect.poll(() => answers.length).toBe(13);
  answers.at(-1)?.();
  expect((await next).status).toBe(200);
});
