import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EpochMs, systemClock } from '../../crds/clock.ts';
import { ProvenTokens } from '../../executor/access/proven.ts';
import { ClusterTokens } from '../../executor/access/tokens.ts';
import { executorLog } from '../../executor/log.ts';
import { TRADER } from './an-executor.ts';
import { FakeCluster } from './fake-cluster.ts';

const HOUR_MS = 3_600_000;
const known = { kind: 'known', subject: 'system:serviceaccount:desk:trader' };

describe('a token that was proven', () => {
  let cluster: FakeCluster;
  let successor: FakeCluster;
  let asked: FakeCluster;
  let aheadMs: number;

  beforeEach(async () => {
    cluster = await FakeCluster.start();
    successor = await FakeCluster.start();
    asked = cluster;
    aheadMs = 0;
  });
  afterEach(async () => {
    await Promise.all([cluster.stop(), successor.stop()]);
  });

  function tokens(): ClusterTokens {
    const { dispatcher, authorization, close } = cluster.connect();
    return new ClusterTokens({
      connection: {
        get origin() {
          return asked.connect().origin;
        },
        ...{ dispatcher, authorization, close },
      },
      clock: {
        ...systemClock,
        wall: () => (Date.now() + aheadMs) as EpochMs,
        elapsed: () => performance.now() + aheadMs,
      },
      log: executorLog({}, { write: () => undefined }),
    });
  }

  it('is known again, and refused from its end on', async () => {
    const verifier = tokens();
    const token = await cluster.token(TRADER, { expires: '10m' });
    expect(await verifier.verify(token)).toEqual(known);
    expect(await verifier.verify(token)).toEqual(known);
    aheadMs = 11 * 60_000;
    expect(await verifier.verify(token)).toEqual({ kind: 'invalid', why: 'ERR_JWT_EXPIRED' });
  });

  it('does not vouch for another token of the same head and body', async () => {
    const verifier = tokens();
    const token = await cluster.token(TRADER);
    expect(await verifier.verify(token)).toEqual(known);
    const forged = token.replace(/[^.]{8}$/, 'AAAAAAAA');
    expect((await verifier.verify(forged)).kind).toBe('invalid');
  });

  it('is refused once its key is gone from the keys that are read every hour', async () => {
    const verifier = tokens();
    const token = await cluster.token(TRADER, { expires: '3h' });
    expect(await verifier.verify(token)).toEqual(known);
    asked = successor;
    aheadMs = HOUR_MS + 60_000;
    expect((await verifier.verify(token)).kind).toBe('invalid');
  });

  it('is not held up by an API server that hangs, and by none while somebody asks it already', async () => {
    const verifier = tokens();
    const token = await cluster.token(TRADER, { expires: '3h' });
    expect(await verifier.verify(token)).toEqual(known);
    asked = successor;
    successor.keysHang = true;
    aheadMs = HOUR_MS + 60_000;
    const within = (ms: number) =>
      Promise.race([verifier.verify(token), systemClock.after(ms).then(() => 'held up')]);
    const first = within(5_000);
    expect(await within(500)).toEqual(known);
    expect(await first).toEqual(known);
    expect(await within(500)).toEqual(known);
  }, 15_000);
});

describe('proofs', () => {
  it('are bounded: the oldest goes first', () => {
    const proofs = new ProvenTokens();
    const proof = { subject: 'somebody', until: 10 as EpochMs, keys: {} };
    for (let number = 0; number < 65; number += 1) proofs.keep(`token-${number}`, proof);
    const subjects = ['token-0', 'token-1', 'token-64'].map((token) =>
      proofs.get(token, proof.keys, 0 as EpochMs),
    );
    expect(subjects).toEqual([undefined, 'somebody', 'somebody']);
  });
});
