import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heldPacks, packFiles, removePack } from '../../operator/evidence/packs.ts';
import { makeAuthority, makeCertificate } from '../api-server/certificates.ts';
import { aPack, storeContract } from '../operator/evidence/store-contract.ts';
import { startProxy } from './s3-proxy.ts';
import { mountSecret, openRig, type S3Rig } from './s3-rig.ts';
import { KEYS } from './s3-server.ts';

const PACK = '2026-11-23T03-10-00Z-btc';

let rig: S3Rig;
beforeAll(async () => {
  rig = await openRig();
});
afterAll(() => rig.close());

storeContract('a bucket', async () => rig.store());

describe('a bucket', () => {
  it('is listed to the end, however many pages that takes', async () => {
    const store = rig.store();
    const pack = packFiles(store, PACK);
    const names = Array.from({ length: 1_005 }, (_, i) => `f${i}.txt`);
    await Promise.all(names.map((name) => pack.write(name, Buffer.from('x'))));
    expect(await heldPacks(store)).toEqual([{ name: PACK, bytes: 1_005 }]);
    await removePack(store, PACK);
    expect(await heldPacks(store)).toEqual([]);
  });

  it('is shared: without a prefix too, only what lies as a pack is seen or removed', async () => {
    const [whole, mine] = [rig.store({ prefix: '' }), rig.store({ prefix: 'mine/' })];
    await aPack(whole, PACK);
    await aPack(mine, PACK);
    expect(await heldPacks(whole)).toHaveLength(1);
    await removePack(whole, PACK);
    expect(await heldPacks(whole)).toEqual([]);
    expect(await heldPacks(mine)).toHaveLength(1);
  });

  it('loses the manifest of a pack first: what is half removed is not served', async () => {
    const store = rig.store();
    await aPack(store, PACK);
    rig.proxy.seen.length = 0;
    await removePack(store, PACK);
    const removed = rig.proxy.seen.filter((what) => what.startsWith('DELETE'));
    expect(removed[0]).toMatch(/manifest\.json$/);
    expect(removed.at(-1)).toMatch(/metrics\.prom$/);
  });

  it('is told what each file must hash to, so that it takes none that changed on the way', async () => {
    rig.proxy.headers.length = 0;
    await packFiles(rig.store(), PACK).write('README.md', Buffer.from('abc'));
    expect(rig.proxy.headers[0]?.['x-amz-content-sha256']).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});

describe('credentials', () => {
  const folderOf = (name: string) => join(rig.folder, name);

  it('are read anew: a renewed Secret is used by the next call', async () => {
    const credentialsDir = folderOf('renewed');
    await mountSecret(credentialsDir, { ...KEYS, secretAccessKey: 'the-old-one' });
    const pack = packFiles(rig.store({ credentialsDir }), PACK);
    const write = () => pack.write('README.md', Buffer.from('x'));
    await expect(write()).rejects.toThrow(/SignatureDoesNotMatch.*write the credentials Secret/);
    await mountSecret(credentialsDir, { ...KEYS, secretAccessKey: `${KEYS.secretAccessKey}\n` });
    await write();
  });

  it('that are temporary are shown with their session token', async () => {
    const credentialsDir = folderOf('temporary');
    await mountSecret(credentialsDir, { ...KEYS, sessionToken: 'token-of-the-session' });
    rig.proxy.headers.length = 0;
    await rig.store({ credentialsDir }).list('incidents');
    expect(rig.proxy.headers[0]).toMatchObject({ 'x-amz-security-token': 'token-of-the-session' });
    expect(rig.proxy.headers[0]?.authorization).toContain('x-amz-security-token');
  });

  it.each([
    ['are not there', {}, /ENOENT.*accessKeyId/],
    ['hold lines', { ...KEYS, secretAccessKey: 'planted\r\nX-Evil: 1' }, /one word of ASCII/],
    ['are empty', { ...KEYS, accessKeyId: '' }, /one word of ASCII/],
  ])(
    'that %s are a failure that names the file and not what is in it',
    async (what, files, words) => {
      const credentialsDir = folderOf(what.replaceAll(' ', '-'));
      await mountSecret(credentialsDir, files);
      const failure = await rig.store({ credentialsDir }).list('incidents').catch(String);
      expect(failure).toMatch(words);
      expect(failure).toContain(credentialsDir);
      expect(failure).not.toContain('planted');
    },
  );
});

it('an endpoint of a private authority is trusted by its file, which is read anew, and only then', async () => {
  const authority = await makeAuthority(rig.folder, 'authority');
  const other = await makeAuthority(rig.folder, 'other');
  const pair = await makeCertificate(authority, 'endpoint', '/CN=s3', ['DNS:localhost']);
  const [cert, key] = await Promise.all([readFile(pair.certPath), readFile(pair.keyPath)]);
  const proxy = await startProxy(rig.upstream, { cert, key });
  const at = (caFile: string | undefined) => rig.store({ endpoint: proxy.origin, caFile });
  await expect(at(undefined).list('incidents')).rejects.toThrow(
    /self-signed certificate|unable to verify/,
  );
  const caFile = join(rig.folder, 'ca.crt');
  await writeFile(caFile, await readFile(other.certPath));
  const store = at(caFile);
  await expect(store.list('incidents')).rejects.toThrow(/self-signed certificate|unable to verify/);
  await writeFile(caFile, await readFile(authority.certPath));
  await aPack(store, PACK);
  const manifest = await packFiles(store, PACK).read('manifest.json');
  expect(manifest && (await text(manifest.content))).toContain('"finishedAt"');
  await proxy.close();
});
