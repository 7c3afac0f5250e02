import { randomBytes } from 'node:crypto';
import { buffer, text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../../crds/clock.ts';
import { claim, keep, readManifest, writeManifest } from '../../../operator/evidence/folder.ts';
import { decidedAtOf } from '../../../operator/evidence/pack-name.ts';
import { heldPacks, packFiles, removePack } from '../../../operator/evidence/packs.ts';
import { retire } from '../../../operator/evidence/retention.ts';
import type { EvidenceStore, Files } from '../../../operator/evidence/store.ts';

/** A finished pack with one small file. */
export async function aPack(store: EvidenceStore, name: string, content = 'x 1\n'): Promise<void> {
  const startedAt = new Date(decidedAtOf(name) ?? 0).toISOString();
  const executor = name.slice(21);
  const owner = { incident: name, namespace: 'desk', executor, startedAt };
  const pack = packFiles(store, (await claim(store, startedAt, owner)).name);
  const files = [await keep(pack, 'metrics.prom', content)];
  const finished = { version: 1 as const, ...owner, finishedAt: startedAt, files, missing: [] };
  await writeManifest(pack, finished);
}

const [OLD, MIDDLE, NEW] = [
  '2026-11-20T00-00-00Z-btc',
  '2026-11-21T00-00-00Z-btc',
  '2026-11-22T00-00-00Z-eth',
];
const NOW = Date.parse('2026-11-23T00:00:00Z') as EpochMs;
const DAY = 86_400_000;
const MANY = { packs: 99, bytes: 1e9, ms: 99 * DAY };

/** What holds of a volume and of a bucket alike. `open` gives an empty one. */
export function storeContract(what: string, open: () => Promise<EvidenceStore>): void {
  const contentOf = async (pack: Files, name: string) => {
    const stored = await pack.read(name);
    return stored && text(stored.content);
  };
  const held = async (store: EvidenceStore) => (await heldPacks(store)).map(({ name }) => name);

  describe(`packs in ${what}`, () => {
    it('there are none at first, and no file in a pack that is not there', async () => {
      const store = await open();
      expect(await heldPacks(store)).toEqual([]);
      expect(await packFiles(store, OLD).read('README.md')).toBeUndefined();
      await removePack(store, OLD);
    });

    it('a file is read as it was written last, and says its size', async () => {
      const pack = packFiles(await open(), OLD);
      await pack.write('README.md', Buffer.from('# çok uzun\n'));
      await pack.write('README.md', Buffer.from('# kısa\n'));
      const stored = await pack.read('README.md');
      expect(stored?.bytes).toBe(Buffer.byteLength('# kısa\n'));
      expect(stored && (await text(stored.content))).toBe('# kısa\n');
    });

    it('a file of 8 MiB comes back byte by byte, and so does an empty one', async () => {
      const pack = packFiles(await open(), OLD);
      const large = randomBytes(8 * 1024 * 1024);
      await pack.write('executor.log', large);
      await pack.write('empty.log', Buffer.alloc(0));
      const stored = await pack.read('executor.log');
      expect(stored && large.equals(await buffer(stored.content))).toBe(true);
      expect(await contentOf(pack, 'empty.log')).toBe('');
    });

    it('all packs are listed newest first with what they hold, also one without a manifest', async () => {
      const store = await open();
      for (const name of [MIDDLE, NEW]) await aPack(store, name, 'x'.repeat(1_000));
      await packFiles(store, OLD).write('executor.log', Buffer.alloc(5_000));
      await packFiles(store, 'lost+found').write('inode', Buffer.alloc(9));
      const listed = await heldPacks(store);
      expect(listed.map(({ name }) => name)).toEqual([NEW, MIDDLE, OLD]);
      expect(listed[2]?.bytes).toBe(5_000);
      expect(listed[0]?.bytes).toBeGreaterThan(1_000);
    });

    it('a removed pack is gone with all it has, and no other is touched', async () => {
      const store = await open();
      await aPack(store, OLD);
      await aPack(store, `${OLD}-desk2`);
      await removePack(store, OLD);
      expect(await held(store)).toEqual([`${OLD}-desk2`]);
      expect(await packFiles(store, OLD).read('metrics.prom')).toBeUndefined();
      expect(await readManifest(packFiles(store, `${OLD}-desk2`))).toBeDefined();
    });

    it('the namesake of another namespace gets a folder of its own; who asks again finds his', async () => {
      const store = await open();
      const owner = { incident: 'btc-1', namespace: 'desk', executor: 'btc', startedAt: 'then' };
      const at = '2026-11-20T00:00:00Z';
      expect(await claim(store, at, owner)).toEqual({ name: OLD, found: undefined });
      const other = await claim(store, at, { ...owner, namespace: 'other' });
      expect(other.name).toBe(`${OLD}-other`);
      const again = await claim(store, at, owner);
      expect(again).toMatchObject({ name: OLD, found: { namespace: 'desk', files: [] } });
      expect(again.found).not.toHaveProperty('finishedAt');
    });

    it.each([
      ['count', { ...MANY, packs: 1 }, [NEW]],
      ['age', { ...MANY, ms: 2.5 * DAY }, [NEW, MIDDLE]],
      ['size', { ...MANY, bytes: 3_500 }, [NEW, MIDDLE]],
      ['nothing', MANY, [NEW, MIDDLE, OLD]],
    ])('retention by %s removes the oldest', async (_by, retention, left) => {
      const store = await open();
      for (const name of [OLD, MIDDLE, NEW]) await aPack(store, name, 'x'.repeat(1_000));
      await retire({ store, isBusy: () => false }, retention, NOW);
      expect(await held(store)).toEqual(left);
    });

    it('retention leaves alone what is being collected', async () => {
      const store = await open();
      for (const name of [OLD, MIDDLE, NEW]) await aPack(store, name);
      await retire({ store, isBusy: (name) => name === OLD }, { ...MANY, packs: 1 }, NOW);
      expect(await held(store)).toEqual([NEW, OLD]);
    });
  });
}
