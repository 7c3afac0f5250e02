import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EpochMs } from '../../../crds/clock.ts';
import { heldPacks } from '../../../operator/evidence/packs.ts';
import { expired, makeRoom, type PackSize } from '../../../operator/evidence/retention.ts';
import { volumeStore } from '../../../operator/evidence/volume.ts';
import { aPack } from './store-contract.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-23T12:00:00Z') as EpochMs;
const daysAgo = (days: number): EpochMs => (NOW - days * DAY) as EpochMs;
const pack = (name: string, days: number, bytes = 10): PackSize => ({
  ...{ name, bytes },
  decidedAt: daysAgo(days),
});
const LIMITS = { packs: 3, bytes: 100, ms: 30 * DAY };

describe('what has to go', () => {
  it.each<[string, readonly PackSize[], readonly string[]]>([
    ['nothing within all limits', [pack('a', 1), pack('b', 2), pack('c', 30)], []],
    ['what is older', [pack('a', 1), pack('b', 31)], ['b']],
    ['the oldest above the count', [pack('d', 4), pack('a', 1), pack('c', 3), pack('b', 2)], ['d']],
    ['the oldest above the bytes', [pack('a', 1, 60), pack('b', 2, 30), pack('c', 3, 20)], ['c']],
    ['never the newest', [pack('a', 99, 1_000)], []],
  ])('%s', (_what, packs, names) => {
    expect(expired(packs, LIMITS, NOW)).toEqual(names);
  });

  it('what stays is within the limits, but for the newest, and newer than all that goes of a count', () => {
    const packs = fc.array(
      fc.record({ days: fc.integer({ min: 0, max: 60 }), bytes: fc.integer({ min: 0, max: 80 }) }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(packs, (drawn) => {
        const all = drawn.map(({ days, bytes }, i) => pack(String(i), days, bytes));
        const gone = new Set(expired(all, LIMITS, NOW));
        const left = all.filter(({ name }) => !gone.has(name));
        expect(left.length).toBeLessThanOrEqual(LIMITS.packs);
        expect(left.length).toBeGreaterThanOrEqual(Math.min(1, all.length));
        if (left.length < 2) return;
        expect(left.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(LIMITS.bytes);
        for (const { decidedAt } of left) expect(NOW - decidedAt).toBeLessThanOrEqual(LIMITS.ms);
      }),
    );
  });
});

describe('room for one more pack', () => {
  let evidenceDir: string;
  let free = async () => 1e9;
  const names = [
    '2026-11-20T00-00-00Z-btc',
    '2026-11-21T00-00-00Z-btc',
    '2026-11-22T00-00-00Z-eth',
  ];
  beforeEach(async () => {
    evidenceDir = await mkdtemp(join(tmpdir(), 'retained-'));
    for (const name of names) await aPack(volumeStore(evidenceDir), name);
    await mkdir(join(evidenceDir, 'incidents', 'lost+found'));
  });
  afterEach(() => rm(evidenceDir, { recursive: true }));

  const store = () => ({ ...volumeStore(evidenceDir), free: () => free() });
  const held = async () => (await heldPacks(store())).map(({ name }) => name).reverse();
  const room = (isBusy = (_name: string) => false) => makeRoom({ store: store(), isBusy });

  it('is there already: nothing goes', async () => {
    free = async () => 1e9;
    expect(await room()).toEqual([]);
    expect(await held()).toEqual(names);
  });

  it('is made on a full volume, the oldest first, and only as much as is needed', async () => {
    free = async () => ((await held()).length > 1 ? 0 : 1e9);
    expect(await room()).toEqual([names[0], names[1]]);
    expect(await held()).toEqual([names[2]]);
    expect(existsSync(join(evidenceDir, 'incidents', 'lost+found'))).toBe(true);
  });

  it('never costs a pack that is being collected', async () => {
    free = async () => 0;
    expect(await room((name) => name === names[0])).toEqual([names[1], names[2]]);
    expect(await held()).toEqual([names[0]]);
  });
});
