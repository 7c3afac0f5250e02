import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evidencePort } from '../../../operator/evidence/pack.ts';
import { anExecutor } from '../rollback/builders.ts';
import { aDesk, aReplica } from '../rollback/desk.ts';
import { FakeCluster } from '../rollback/fake-cluster.ts';
import { INCIDENT, rolledBack } from '../rollback/world.ts';
import { openSite, type Site } from './site.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite('127.77.1.5');
});
afterAll(() => site.close());

/** A rollback whose evidence goes to `evidenceDir`, until nothing is being collected any more. */
async function rollback(evidenceDir: string) {
  const cluster = new FakeCluster();
  const logged: string[] = [];
  const options = { ...site.options, cluster, evidenceDir };
  const desk = {
    ...aDesk(cluster),
    evidence: evidencePort(options),
    log: pino({}, { write: (line: string) => logged.push(line) }),
  };
  const replica = aReplica(cluster, desk);
  cluster.put(anExecutor());
  await rolledBack({ cluster, desk, replica });
  await replica.stop();
  const incident = cluster.records.get(`desk/${INCIDENT}`);
  const timeline = (incident?.status?.timeline ?? []).map(({ what }) => what);
  return { cluster, incident, timeline, logged };
}

function expectRolledBack({ btc, events }: FakeCluster): void {
  expect(btc.status?.rollback).toMatchObject({ latched: true, incident: INCIDENT });
  expect(btc.spec).toMatchObject({ mode: 'paper', killSwitch: true });
  expect(events.size).toBeGreaterThan(0);
}

describe('a volume that cannot be written never stops a rollback', () => {
  it.each<[string, string, (dir: string) => Promise<unknown>]>([
    ['is no folder', 'ENOTDIR', (dir) => writeFile(dir, '')],
    ['is read-only', 'EROFS|EPERM|EACCES', (dir) => symlink('/sys', dir)],
    [
      'is full',
      'ENOSPC',
      async (dir) => {
        const folder = join(dir, 'incidents', '2026-11-23T03-10-00Z-btc');
        await mkdir(folder, { recursive: true });
        await symlink('/dev/full', join(folder, 'manifest.json.new'));
      },
    ],
  ])('%s', async (what, code, spoil) => {
    const dir = join(site.folder, what.replaceAll(' ', '-'));
    await spoil(dir);
    const { cluster, incident, timeline, logged } = await rollback(dir);
    expectRolledBack(cluster);
    expect(incident?.status?.evidence).toBeUndefined();
    const line = timeline.find((words) => words.includes('could not be collected'));
    expect(line).toMatch(new RegExp(code));
    expect(logged.join('')).toContain('the latch holds');
  });

  it('while one that can be written gets a pack, and both objects its link', async () => {
    const { cluster, incident } = await rollback(join(site.folder, 'fine'));
    expectRolledBack(cluster);
    const link = 'https://operator.example/evidence/incidents/2026-11-23T03-10-00Z-btc/';
    expect(incident?.status?.evidence).toBe(link);
    expect(cluster.btc.status?.rollback?.evidence).toBe(link);
  });
});
