import { pino } from 'pino';
import { expect, it } from 'vitest';
import type { EvidenceStore } from '../../../operator/evidence/store.ts';
import { WRITABLE_PATH, writableRoute } from '../../../operator/evidence/writable.ts';
import { operatorServer } from '../../../operator/http/server.ts';
import { ManualClock } from '../../support/manual-clock.ts';

it('says whether the store takes a write, and writes no more than three times a minute', async () => {
  const clock = new ManualClock();
  const writes: string[] = [];
  let fault: Error | undefined;
  const store: Pick<EvidenceStore, 'write'> = {
    async write(path) {
      writes.push(path);
      if (fault !== undefined) throw fault;
    },
  };
  const { app } = operatorServer(undefined, pino({ level: 'silent' }));
  writableRoute(app, { store: store as EvidenceStore, clock });
  const asked = async () => (await app.inject(WRITABLE_PATH)).statusCode;
  expect(await asked()).toBe(200);
  fault = new Error('ENOSPC: no space left on /var/lib/secret-place');
  expect(await asked()).toBe(200); // as of seconds ago
  expect(writes).toHaveLength(1);
  await clock.advance(20_000);
  expect(await asked()).toBe(503);
  expect((await app.inject(WRITABLE_PATH)).body).not.toContain('secret-place');
  expect(writes).toHaveLength(2);
  fault = undefined;
  await clock.advance(20_000);
  expect(await asked()).toBe(200);
});
