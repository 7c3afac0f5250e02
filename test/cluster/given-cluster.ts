import { attempt, run } from '../setup/command.ts';
import type { Progress } from '../setup/steps.ts';
import { baseImage } from './base-image.ts';
import type { Capabilities, Cluster, ImageSource } from './cluster.ts';
import { dockerAt } from './docker.ts';
import { smokeTest } from './smoke.ts';
import { ensureTools, toolsPath } from './tools.ts';

/** A cluster that somebody else made, behind $KUBECONFIG. Nothing of it is created or deleted here. */
export class GivenCluster implements Cluster {
  readonly way = 'kubeconfig' as const;
  readonly reason: string;
  readonly kubeconfigPath: string;
  readonly images: ImageSource;

  constructor(kubeconfigPath: string, reason: string, images: ImageSource) {
    this.kubeconfigPath = kubeconfigPath;
    this.reason = reason;
    this.images = images;
  }

  get env(): Record<string, string> {
    return { KUBECONFIG: this.kubeconfigPath, PATH: toolsPath() };
  }

  command(argv: readonly string[]): string[] {
    return [...argv];
  }

  capabilities(): Capabilities {
    return { persistentVolumes: true, twoNodes: false, docker: false, nodePorts: [] };
  }

  async up(progress: Progress): Promise<void> {
    await ensureTools(['kubectl', 'helm'], progress);
    const image = await baseImage(this.images, dockerAt(this.env.DOCKER_HOST), progress);
    if (this.images === 'built') await this.loadImage(image);
    progress('smoke test: a volume, and a Service by its name');
    await smokeTest((args, input) => this.#kubectl(args, input), image);
  }

  async down(progress: Progress): Promise<void> {
    progress('the cluster was there before and stays');
  }

  async isUp(): Promise<boolean> {
    const asked = ['kubectl', '--request-timeout=5s', 'get', '--raw', '/readyz'];
    return (await attempt(asked, { env: this.env })).stdout.trim() === 'ok';
  }

  /** A kind cluster takes images from the local daemon; any other pulls them from a registry. */
  async loadImage(ref: string): Promise<void> {
    const context = (await this.#kubectl(['config', 'current-context'])).trim();
    if (!context.startsWith('kind-')) {
      throw new Error(
        `The cluster of context ${context} cannot be given the local image ${ref}. ` +
          'Push it to a registry that the cluster pulls from and name it in the chart values.',
      );
    }
    await ensureTools(['kind'], () => undefined);
    const name = context.slice('kind-'.length);
    await run(['kind', 'load', 'docker-image', ref, '--name', name], { env: this.env });
  }

  #kubectl(args: readonly string[], input?: string): Promise<string> {
    return run(['kubectl', ...args], { env: this.env, ...(input === undefined ? {} : { input }) });
  }
}
