import { join } from 'node:path';
import { baseImage, browserImage } from '../cluster/base-image.ts';
import { REPOSITORY } from '../cluster/bundle.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { dockerAt } from '../cluster/docker.ts';
import { type BuiltImage, megabytes, type ProgramName, programImage } from '../cluster/images.ts';
import { MONITORING_BINARIES } from '../monitoring/images.ts';
import { installMonitoring } from '../monitoring/install.ts';
import { QUICK } from '../monitoring/objects.ts';
import { run } from './command.ts';
import { binariesReady, clusterReady } from './platform.ts';
import type { Progress, Steps } from './steps.ts';

/** What `inside.ts` installs. */
export interface SystemImages {
  readonly operator: string;
  readonly executor: string;
  readonly camera: string;
  readonly venue: string;
  readonly content: string;
}

/** Cluster, monitoring, simulator and our chart, all there and current. Seconds when nothing changed. */
export async function systemReady(steps: Steps): Promise<Cluster> {
  const cluster = await clusterReady(steps);
  if (cluster.images === 'built') await binariesReady(steps, MONITORING_BINARIES);
  const images = await imagesReady(steps, cluster);
  await steps.step('monitoring: Prometheus Operator, Prometheus, Alertmanager', (progress) =>
    installMonitoring(cluster, QUICK, progress),
  );
  await steps.step('venue simulator and our chart', async (progress) => {
    const script = join(REPOSITORY, 'test/setup/inside.ts');
    const argv = cluster.command([process.execPath, script, JSON.stringify(images)]);
    await run(argv, { cwd: REPOSITORY, env: cluster.env, onLine: progress });
  });
  return cluster;
}

/** Builds the images whose content changed and makes them known to the nodes. */
export async function imagesReady(steps: Steps, cluster: Cluster): Promise<SystemImages> {
  const built: Partial<Record<ProgramName, BuiltImage>> = {};
  for (const name of ['operator', 'executor', 'camera', 'venue'] as const) {
    const image = await steps.step(`image of the ${name}`, (progress) =>
      loaded(cluster, name, progress),
    );
    built[name] = image;
    steps.say(`${image.ref}, ${megabytes(image.bytes)}${image.rebuilt ? '' : ', unchanged'}`);
  }
  const { operator, executor, camera, venue } = built as Record<ProgramName, BuiltImage>;
  return {
    operator: operator.ref,
    executor: executor.ref,
    camera: camera.ref,
    venue: venue.ref,
    content: `${operator.key}${camera.key}`,
  };
}

async function loaded(
  cluster: Cluster,
  name: ProgramName,
  progress: Progress,
): Promise<BuiltImage> {
  const docker = dockerAt(cluster.env.DOCKER_HOST);
  const base = await baseImage(cluster.images, docker, progress);
  const isCamera = name === 'camera';
  const browser = isCamera && (await browserImage(cluster.images, docker, progress));
  progress('bundling and building');
  const image = await programImage(name, { docker, base, ...(browser && { browser }) });
  progress('loading into the cluster');
  if (name !== 'venue') {
    await cluster.loadImage(image.ref);
    return image;
  }
  // the simulator's Deployment has nothing but the image's name to roll on
  const keyed = `${image.ref}-${image.key}`;
  await docker.run(['tag', image.ref, keyed]);
  await cluster.loadImage(keyed);
  return { ...image, ref: keyed };
}
