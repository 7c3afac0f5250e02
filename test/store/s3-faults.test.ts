import { randomBytes } from 'node:crypto';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { heldPacks, packFiles } from '../../operator/evidence/packs.ts';
import type { Files } from '../../operator/evidence/store.ts';
import { startProxy } from './s3-proxy.ts';
import { openRig, type S3Rig } from './s3-rig.ts';
import { KEYS } from './s3-server.ts';

const PACK = '2026-11-23T03-10-00Z-btc';
const BYTES = Buffer.from('spark_kill_switch 1\n');
const SLOW = { status: 503, code: 'SlowDown', message: 'Please reduce your request rate.' };

let rig: S3Rig;
let pack: Files;
beforeAll(async () => {
  rig = await openRig();
});
afterAll(() => rig.close());
beforeEach(() => {
  rig.proxy.fault = () => undefined;
  rig.proxy.seen.length = 0;
  rig.clock.waits.length = 0;
  pack = packFiles(rig.store(), PACK);
});

const write = () => pack.write('metrics.prom', BYTES);
const kept = async () => {
  const stored = await pack.read('metrics.prom');
  return stored && text(stored.content);
};
/** The fault for the first `count` requests. */
const first = (count: number, fault: ReturnType<S3Rig['proxy']['fault']>) => {
  let left = count;
  rig.proxy.fault = () => (left-- > 0 ? fault : undefined);
};

describe('what may pass is tried again', () => {
  it.each([
    ['503 SlowDown', SLOW],
    ['500 InternalError', { status: 500, code: 'InternalError' }],
    ['400 RequestTimeout', { status: 400, code: 'RequestTimeout' }],
    ['a connection that breaks before anything arrived', { lost: 'asked' }],
    ['a connection that breaks before the answer', { lost: 'answer' }],
  ] as const)('%s: the file is there in the end, whole', async (_what, fault) => {
    first(3, fault);
    await write();
    rig.proxy.fault = () => undefined;
    expect(await kept()).toBe(BYTES.toString());
  });

  it('with waits that grow', async () => {
    first(4, SLOW);
    await write();
    expect(rig.clock.waits).toEqual([250, 500, 1_000, 2_000]);
  });

  it('a small file, a manifest say, that breaks off in the middle is read whole', async () => {
    await write();
    first(2, { cutAfter: 5 });
    expect(await kept()).toBe(BYTES.toString());
  });

  it('a list of packs that breaks off in the middle is read whole', async () => {
    const store = rig.store();
    await packFiles(store, PACK).write('metrics.prom', BYTES);
    first(2, { cutAfter: 90 });
    expect(await heldPacks(store)).toEqual([{ name: PACK, bytes: BYTES.length }]);
  });
});

it('a large file that breaks off in the middle fails its reader, who never takes half for all', async () => {
  const large = randomBytes(4 * 1024 * 1024);
  await pack.write('executor.log', large);
  first(1, { cutAfter: 3 * 1024 * 1024 });
  const stored = await pack.read('executor.log');
  expect(stored?.bytes).toBe(large.length);
  await expect(stored && buffer(stored.content)).rejects.toThrow();
});

describe('what does not pass is said at once', () => {
  it.each([
    [{ status: 403, code: 'AccessDenied' }, 'needs s3:ListBucket'],
    [{ status: 404, code: 'NoSuchBucket' }, 'make the bucket'],
    [{ status: 507, code: 'XMinioStorageFull', message: 'no space' }, 'no space'],
    [{ status: 400, code: 'QuotaExceeded', message: 'Bucket quota exceeded' }, 'quota exceeded'],
    [{ status: 301, code: 'PermanentRedirect' }, 'correct endpoint and region'],
  ])('%j', async (fault, words) => {
    rig.proxy.fault = () => fault;
    for (const asked of [
      write,
      () => pack.read('metrics.prom'),
      () => rig.store().list('incidents'),
    ]) {
      rig.proxy.seen.length = 0;
      const failure = await asked().catch(String);
      expect(failure).toContain(words);
      expect(failure).toContain(`bucket desk-bucket at ${rig.proxy.origin}`);
      expect(failure).toContain(`HTTP ${fault.status} ${fault.code}`);
      expect(rig.proxy.seen).toHaveLength(1);
    }
  });

  it('a bucket that is not there is never a pack that is not there', async () => {
    const read = packFiles(rig.store({ bucket: 'nowhere' }), PACK).read('manifest.json');
    await expect(read).rejects.toThrow(/bucket nowhere.*NoSuchBucket/);
  });
});

describe('a bucket that stays away', () => {
  it('is given up after five attempts; then each call is one attempt until it is back', async () => {
    rig.proxy.fault = () => SLOW;
    const attempts = async () => {
      rig.proxy.seen.length = 0;
      await write().catch(() => undefined);
      return rig.proxy.seen.length;
    };
    expect([await attempts(), await attempts(), await attempts()]).toEqual([5, 1, 1]);
    rig.proxy.fault = () => undefined;
    await write();
    rig.proxy.fault = () => SLOW;
    expect(await attempts()).toBe(5);
  });

  it('says where nobody answered, and how', async () => {
    const gone = await startProxy(rig.upstream);
    await gone.close();
    const failure = await rig.store({ endpoint: gone.origin }).list('incidents').catch(String);
    expect(failure).toContain(`bucket desk-bucket at ${gone.origin}`);
    expect(failure).toContain('ECONNREFUSED');
  });

  it('holds up nobody who closes', async () => {
    rig.proxy.fault = () => SLOW;
    const store = rig.store();
    const listed = store.list('incidents').catch(String);
    await store.close();
    expect(await listed).toMatch(/stopping|destroyed|SlowDown/);
  });
});

it('a bucket that repeats what it was asked with does not get it into what is said of it', async () => {
  rig.proxy.fault = (_asked, headers) => ({
    status: 403,
    code: 'AccessDenied',
    message: `no: ${headers.authorization} ${KEYS.secretAccessKey} ${KEYS.accessKeyId}`,
  });
  const failure = await write().catch(String);
  expect(failure).toContain('AccessDenied');
  for (const secret of Object.values(KEYS)) expect(failure).not.toContain(secret);
  expect(failure).not.toMatch(/Signature=[0-9a-f]{8}/);
});
