import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Camera } from '../../../operator/evidence/camera.ts';
import { openSite, PACK, type Site } from './site.ts';

/** Not text in any encoding, and with what looks like a key to whoever reads it as text. */
const PNG = Buffer.concat([
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0xfe, 0x00]),
  Buffer.from('password=hunter2'),
]);

let site: Site;
beforeAll(async () => {
  site = await openSite('127.77.1.9');
});
afterAll(() => site?.close());

async function packWith(camera: Camera | undefined) {
  site.options = { ...site.options, camera };
  const { missing } = await site.collectAnew();
  const { files, finishedAt } = await site.manifest();
  const readme = (await site.files())['README.md'] ?? '';
  return { missing, readme, files, finishedAt };
}

describe('a pack with pictures of the console', () => {
  it('has the executor’s page and the incident’s, byte for byte, listed and shown', async () => {
    const asked: string[] = [];
    const { missing, readme, files } = await packWith(async (page, { namespace, name }) => {
      asked.push(`${page} ${namespace}/${name}`);
      return PNG;
    });
    expect(missing).toEqual([]);
    expect(asked).toEqual(['executor desk/btc', 'incident desk/btc-1']);
    const sha256 = createHash('sha256').update(PNG).digest('hex');
    for (const name of ['executor.png', 'incident.png']) {
      expect(await readFile(join(site.evidenceDir, 'incidents', PACK, name))).toEqual(PNG);
      const listed = { name, bytes: PNG.length, sha256, redactions: 0 };
      expect(files).toContainEqual(listed);
      expect(readme).toContain(`](${name})`);
    }
  });

  it('takes the executor’s before the proof of flat is waited for, the incident’s when all is on record', async () => {
    const { files } = await packWith(async () => PNG);
    const names = files.map(({ name }) => name);
    const [first, last] = [names.indexOf('executor.png'), names.indexOf('incident.png')];
    expect(first).toBeLessThan(names.indexOf('smoke.txt'));
    expect(last).toBeGreaterThan(names.indexOf('incident.yaml'));
  });

  it('is without them for a reason when there is no taking any, and has all else', async () => {
    const { missing, readme, files, finishedAt } = await packWith(async () => {
      throw new Error('the camera took no picture within 20000 ms');
    });
    expect(missing).toEqual(['executor.png', 'incident.png']);
    expect(readme).toContain('There is no `executor.png`: the camera took no picture');
    expect(files.map(({ name }) => name)).toContain('smoke.txt');
    expect(finishedAt).toBeDefined();
  });
});

describe('a pack where no camera is', () => {
  it('is complete, and says that there are no pictures and how to have them', async () => {
    const { missing, readme } = await packWith(undefined);
    expect(missing).toEqual([]);
    expect(readme).toContain('evidence.screenshots.enabled');
    expect(readme).not.toContain('.png');
  });
});
