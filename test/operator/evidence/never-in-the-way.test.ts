import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { KeptAlerts } from '../../../operator/evidence/kept-alerts.ts';
import { volumeStore } from '../../../operator/evidence/volume.ts';
import { anExecutor, stamp } from '../rollback/builders.ts';
import { aDesk, aReplica } from '../rollback/desk.ts';
import { FakeCluster } from '../rollback/fake-cluster.ts';
import { INCIDENT, rolledBack } from '../rollback/world.ts';
import {
  aRollback,
  expectRolledBack,
  LINK,
  lineOf,
  linked,
  PACK,
  PATIENCE,
  recorded,
} from './a-rollback.ts';
import { makeTls, serverOf, shows, type Tls } from './evidence-server.ts';
import { jsonReply } from './fake-servers.ts';
import { openSite, type Site } from './site.ts';

let site: Site;
let tls: Tls;
beforeAll(async () => {
  site = await openSite('127.77.1.5');
  tls = await makeTls(site);
});
afterAll(() => site.close());

const rollback = (port: number, cluster?: FakeCluster) => aRollback(site, { tls, port, cluster });

describe('a volume that cannot be written never stops a rollback', () => {
  it.each<[string, string, (dir: string) => Promise<unknown>]>([
    ['is no folder', 'ENOTDIR', (dir) => writeFile(join(dir, 'incidents'), '')],
    ['is read-only', 'EROFS|EPERM|EACCES', (dir) => symlink('/sys', join(dir, 'incidents'))],
    [
      'is full',
      'ENOSPC',
      async (dir) => {
        const folder = join(dir, 'incidents', PACK);
        await mkdir(folder, { recursive: true });
        await symlink('/dev/full', join(folder, 'manifest.json.new'));
      },
    ],
  ])('%s', async (what, code, spoil) => {
    const evidenceDir = join(site.folder, what.replaceAll(' ', '-'));
    await mkdir(evidenceDir);
    await spoil(evidenceDir);
    const server = await serverOf(site, { ...tls, evidenceDir });
    const { cluster, replica, logged } = await rollback(server.httpsPort);
    expectRolledBack(cluster);
    await recorded(cluster);
    expect(lineOf(cluster)).toContain('could not be collected');
    expect(lineOf(cluster)).toMatch(new RegExp(code));
    expect(cluster.records.get(`desk/${INCIDENT}`)?.status?.evidence).toBeUndefined();
    expect(logged.join('')).toContain('the latch holds');
    await replica.stop();
    await server.stop();
  });
});

describe('an evidence server', () => {
  it('collects a pack, and both objects get its link', async () => {
    const evidenceDir = join(site.folder, 'fine');
    const heard = { key: 'webhook/firing/f1', at: stamp('03:00:00'), text: '{}' };
    await new KeptAlerts(volumeStore(evidenceDir)).add({ namespace: 'desk', name: 'btc' }, [heard]);
    const server = await serverOf(site, { ...tls, evidenceDir });
    const { cluster, replica } = await rollback(server.httpsPort);
    expectRolledBack(cluster);
    await linked(cluster);
    expect(cluster.records.get(`desk/${INCIDENT}`)?.status?.evidence).toBe(LINK);
    expect(lineOf(cluster)).toBe(`Evidence: pack at ${LINK}`);
    const folder = join(evidenceDir, 'incidents', PACK);
    expect(await readFile(join(folder, 'executor-before.yaml'), 'utf8')).toContain('mode: live');
    expect(await readFile(join(folder, 'operator.log'), 'utf8')).toContain('latched');
    await replica.stop();
    await server.stop();
  });

  it('that is away holds nothing up, and is asked again until it is back', async () => {
    const evidenceDir = join(site.folder, 'late');
    const first = await serverOf(site, { ...tls, evidenceDir });
    const port = first.httpsPort;
    await first.stop();
    const { cluster, replica, logged } = await rollback(port);
    expectRolledBack(cluster);
    expect(lineOf(cluster)).toBeUndefined();
    await vi.waitFor(() => expect(logged.join('')).toContain('it is asked again'), PATIENCE);
    const server = await serverOf(site, { ...tls, evidenceDir, port });
    await linked(cluster);
    await replica.stop();
    await server.stop();
  });

  it('that ends in the middle goes on with the same pack', async () => {
    const evidenceDir = join(site.folder, 'cut');
    const first = await serverOf(site, { ...tls, evidenceDir });
    const usual = site.pod['GET /control'];
    const reached = new Promise<void>((resolve) => {
      site.pod['GET /control'] = () => {
        resolve();
        return jsonReply({ gate: 'shut', flatAt: null }); // never flat: it keeps waiting
      };
    });
    const { cluster, replica } = await rollback(first.httpsPort);
    await reached;
    await first.stop();
    if (usual !== undefined) site.pod['GET /control'] = usual;
    expectRolledBack(cluster);
    const server = await serverOf(site, { ...tls, evidenceDir, port: first.httpsPort });
    await linked(cluster);
    expect(await readdir(join(evidenceDir, 'incidents'))).toEqual([PACK]);
    await replica.stop();
    await server.stop();
  });

  it('is asked once more by the next leader, who links what the last one only recorded', async () => {
    const evidenceDir = join(site.folder, 'handed-on');
    const server = await serverOf(site, { ...tls, evidenceDir });
    const { cluster, replica } = await rollback(server.httpsPort);
    await linked(cluster);
    await replica.stop();
    const { evidence: _, ...unlinked } = cluster.btc.status?.rollback ?? { evidence: '' };
    cluster.put({
      ...cluster.btc,
      status: { ...cluster.btc.status, rollback: unlinked },
    } as typeof cluster.btc);
    const next = await rollback(server.httpsPort, cluster);
    await linked(cluster);
    await next.replica.stop();
    await server.stop();
  });

  it('begins before the latch is known to any pod', async () => {
    const evidenceDir = join(site.folder, 'early');
    const server = await serverOf(site, { ...tls, evidenceDir });
    const cluster = new FakeCluster();
    shows(site, cluster);
    const seen: (boolean | undefined)[] = [];
    const collect = async () => {
      seen.push(cluster.btc.status?.rollback?.latched);
      return { link: LINK, missing: [] };
    };
    const desk = { ...aDesk(cluster), evidence: { collect } };
    const replica = aReplica(cluster, desk);
    cluster.put(anExecutor());
    await rolledBack({ cluster, desk, replica });
    await linked(cluster);
    expect(seen).toEqual([false]);
    await replica.stop();
    await server.stop();
  });
});
