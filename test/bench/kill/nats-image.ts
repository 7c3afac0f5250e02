import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Docker, imageId } from '../../cluster/docker.ts';
import type { Progress } from '../../setup/steps.ts';
import { binary, ensureBinaries } from '../../toolchain/binaries.ts';
import { versions } from '../../toolchain/versions.ts';

export const NATS_IMAGE = `trading-bench-nats:${versions.nats}`;

/** nats-server and nothing else. */
export async function buildNatsImage(docker: Docker, progress: Progress): Promise<void> {
  if ((await imageId(docker, NATS_IMAGE)) !== undefined) return;
  await ensureBinaries(['nats-server'], progress);
  const context = await mkdtemp(join(tmpdir(), 'nats-'));
  try {
    await cp(binary('nats-server'), join(context, 'nats-server'));
    const dockerfile = 'FROM scratch\nCOPY nats-server /nats-server\nENTRYPOINT ["/nats-server"]\n';
    await writeFile(join(context, 'Dockerfile'), dockerfile);
    await docker.run(['build', '-t', NATS_IMAGE, context]);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}
