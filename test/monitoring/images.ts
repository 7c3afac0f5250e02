import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import { dockerAt, imageId } from '../cluster/docker.ts';
import type { Progress } from '../setup/steps.ts';
import { type BinaryName, binary, ensureBinaries } from '../toolchain/binaries.ts';
import { recipes, versions } from '../toolchain/versions.ts';

/** The images of the monitoring stack, by their published names. */
export const MONITORING_IMAGES = {
  operator: `quay.io/prometheus-operator/prometheus-operator:${versions.prometheusOperator}`,
  reloader: `quay.io/prometheus-operator/prometheus-config-reloader:${versions.prometheusOperator}`,
  prometheus: `quay.io/prometheus/prometheus:${versions.prometheus}`,
  alertmanager: `quay.io/prometheus/alertmanager:${versions.alertmanager}`,
} as const;

/** What each is built from where it cannot be pulled, and where the published one has it. */
const BUILT: readonly (readonly [string, BinaryName, string])[] = [
  [MONITORING_IMAGES.operator, 'prometheus-operator', '/bin/operator'],
  [MONITORING_IMAGES.reloader, 'prometheus-config-reloader', '/bin/prometheus-config-reloader'],
  [MONITORING_IMAGES.prometheus, 'prometheus', '/bin/prometheus'],
  [MONITORING_IMAGES.alertmanager, 'alertmanager', '/bin/alertmanager'],
];

/** Programs that the images are built of, for a list of steps. */
export const MONITORING_BINARIES: readonly BinaryName[] = BUILT.map(([, name]) => name);

/** Gives the cluster the monitoring images; one that can pull them is left to do so. */
export async function loadMonitoringImages(cluster: Cluster, progress: Progress): Promise<void> {
  if (cluster.images === 'published') return;
  for (const [ref, name, path] of BUILT) {
    const docker = dockerAt(cluster.env.DOCKER_HOST);
    const built = `${ref}-built-r${recipes.images}`; // a pulled image of that name is another thing
    if ((await imageId(docker, built)) === undefined) {
      await ensureBinaries([name], progress);
      progress(`building ${ref}`);
      const context = await mkdtemp(join(tmpdir(), 'image-'));
      try {
        await cp(binary(name), join(context, 'program'));
        const lines = [
          'FROM scratch',
          `COPY program ${path}`,
          'USER 65534',
          `ENTRYPOINT ["${path}"]`,
        ];
        await writeFile(join(context, 'Dockerfile'), `${lines.join('\n')}\n`);
        await docker.run(['build', '-t', built, context]);
      } finally {
        await rm(context, { recursive: true, force: true });
      }
    }
    await docker.run(['tag', built, ref]);
    progress(`loading ${ref}`);
    await cluster.loadImage(ref);
  }
}
