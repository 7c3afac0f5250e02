import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { S3Place } from '../../operator/evidence/s3/place.ts';
import { s3Store } from '../../operator/evidence/s3/store.ts';
import type { EvidenceStore } from '../../operator/evidence/store.ts';
import { HastyClock } from '../crds/hasty-clock.ts';
import { type S3Proxy, startProxy } from './s3-proxy.ts';
import { BUCKET, KEYS, startS3 } from './s3-server.ts';

/** A bucket, what may go wrong on the way to it, and a mounted Secret with its keys. */
export interface S3Rig {
  readonly folder: string;
  readonly credentialsDir: string;
  /** Of the bucket itself, past all faults. */
  readonly upstream: string;
  readonly proxy: S3Proxy;
  readonly clock: HastyClock;
  /** Through the proxy, with a prefix that no other store has. */
  store(more?: Partial<S3Place>): EvidenceStore;
  place(more?: Partial<S3Place>): S3Place;
  close(): Promise<void>;
}

export async function openRig(): Promise<S3Rig> {
  const folder = await mkdtemp(join(tmpdir(), 's3-'));
  const credentialsDir = join(folder, 'credentials');
  await mountSecret(credentialsDir, KEYS);
  const server = await startS3();
  const proxy = await startProxy(server.origin);
  const clock = new HastyClock();
  const opened: EvidenceStore[] = [];
  let stores = 0;
  const rig: S3Rig = {
    ...{ folder, credentialsDir, upstream: server.origin, proxy, clock },
    place: (more) => ({
      ...{ endpoint: proxy.origin, region: 'eu-central-1', bucket: BUCKET },
      ...{ prefix: `desk-${++stores}/`, credentialsDir, caFile: undefined, ...more },
    }),
    store(more) {
      const store = s3Store({ place: rig.place(more), clock, random: () => 0 });
      opened.push(store);
      return store;
    },
    async close() {
      await Promise.all(opened.map((store) => store.close()));
      await proxy.close();
      server.stop();
      await rm(folder, { recursive: true });
    },
  };
  return rig;
}

let versions = 0;

/** As the kubelet writes and renews a Secret: a new folder, and one link that turns to it. */
export async function mountSecret(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const version = `..version-${++versions}`;
  await mkdir(join(folder, version), { recursive: true });
  for (const [name, value] of Object.entries(files)) {
    await writeFile(join(folder, version, name), value);
    await symlink(join('..data', name), join(folder, name)).catch(() => undefined);
  }
  await symlink(version, join(folder, '..data.new'));
  await rename(join(folder, '..data.new'), join(folder, '..data'));
}
