import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { attempt, type CommandOptions, run } from '../setup/command.ts';
import type { Progress } from '../setup/steps.ts';
import { cached } from '../toolchain/cache.ts';
import { baseImage } from './base-image.ts';
import {
  type Capabilities,
  CLUSTER_NAME,
  type Cluster,
  type ImageSource,
  type Way,
} from './cluster.ts';
import { type Docker, imageId } from './docker.ts';
import { smokeTest } from './smoke.ts';
import { ensureTools, TOOLS, toolsPath } from './tools.ts';

/** Free for NodePorts: a page of ours can be opened where the cluster runs. */
export const NODE_PORTS = [31_000, 31_001, 31_002, 31_003, 31_004, 31_005, 31_006, 31_007];

const NODE = `${CLUSTER_NAME}-control-plane`;
const CREATE_WAIT = '180s';
const LOG_LINES = '30';
const HEAL_MS_MAX = 120_000;
const POLL_MS = 500;

export interface KindOptions {
  readonly way: Way;
  readonly reason: string;
  readonly images: ImageSource;
  readonly docker: Docker;
  /** Makes sure of the daemon. */
  readonly startDocker: (progress: Progress) => Promise<void>;
  readonly stopDocker: () => Promise<void>;
  /** The node image, or undefined for the one kind names itself. */
  readonly nodeImage?: (progress: Progress) => Promise<string>;
  readonly inPlace: (argv: readonly string[]) => string[];
}

/** A cluster that kind makes out of containers. */
export class KindCluster implements Cluster {
  readonly way: Way;
  readonly reason: string;
  readonly images: ImageSource;
  readonly kubeconfigPath = cached('cluster', 'kubeconfig');
  readonly #options: KindOptions;

  constructor(options: KindOptions) {
    this.way = options.way;
    this.reason = options.reason;
    this.images = options.images;
    this.#options = options;
  }

  get env(): Record<string, string> {
    return {
      KUBECONFIG: this.kubeconfigPath,
      PATH: toolsPath(),
      TEO_CLUSTER: this.way, // a process started with this does not choose again
      ...this.#options.docker.env,
    };
  }

  command(argv: readonly string[]): string[] {
    return this.#options.inPlace(argv);
  }

  capabilities(): Capabilities {
    return { persistentVolumes: true, twoNodes: false, docker: true, nodePorts: NODE_PORTS };
  }

  async up(progress: Progress): Promise<void> {
    await ensureTools(TOOLS, progress);
    await this.#options.startDocker(progress);
    const image = await this.#options.nodeImage?.(progress);
    const node = await this.#node();
    const outdated = node !== undefined && image !== undefined && node.image !== image;
    if (node !== undefined && !outdated) {
      if (node.running && (await this.isUp())) return;
      progress('the cluster is there but does not answer: starting its node again');
      if (await this.#heal()) return this.#prove(progress);
    }
    if (node !== undefined) {
      progress('removing the old cluster');
      await this.#kind(['delete', 'cluster', '--name', CLUSTER_NAME], {});
    }
    await this.#create(image, progress);
    await this.#prove(progress);
  }

  async down(progress: Progress): Promise<void> {
    progress('deleting the cluster');
    if (await this.#dockerAnswers()) {
      await ensureTools(TOOLS, progress);
      await this.#kind(['delete', 'cluster', '--name', CLUSTER_NAME], {});
    }
    await this.#options.stopDocker();
  }

  async isUp(): Promise<boolean> {
    if (!existsSync(this.kubeconfigPath)) return false;
    const ready = 'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}';
    const asked = ['kubectl', '--request-timeout=5s', 'get', 'nodes', '-o', ready];
    const { code, stdout } = await attempt(this.command(asked), { env: this.env });
    return code === 0 && stdout !== '' && !stdout.includes('False') && !stdout.includes('Unknown');
  }

  /** The node keeps a note of each image that it was given, and loses it with its images. */
  async loadImage(ref: string): Promise<void> {
    const { docker } = this.#options;
    const id = await imageId(docker, ref);
    if (id === undefined) throw new Error(`The local daemon has no image ${ref}: build it first.`);
    const note = `/kind/loaded/${ref.replaceAll(/[^A-Za-z0-9._-]/g, '_')}`;
    const { stdout } = await docker.attempt(['exec', NODE, 'cat', note]);
    if (stdout.trim() === id) return;
    await this.#kind(['load', 'docker-image', ref, '--name', CLUSTER_NAME], {});
    await docker.run(['exec', NODE, 'sh', '-c', `mkdir -p /kind/loaded && echo ${id} > ${note}`]);
  }

  async #create(image: string | undefined, progress: Progress): Promise<void> {
    const config = cached('cluster', 'kind.json');
    await writeFile(config, JSON.stringify(kindConfig(image !== undefined)));
    const args = ['create', 'cluster', '--name', CLUSTER_NAME, '--config', config];
    args.push('--kubeconfig', this.kubeconfigPath, '--wait', CREATE_WAIT);
    if (image !== undefined) args.push('--image', image);
    args.push('--retain'); // a node that failed is the only one who knows why
    const started = await attempt(this.command(['kind', ...args]), {
      env: this.env,
      onLine: (line) => progress(line.trim()),
    });
    if (started.code !== 0) throw new Error(await this.#failure(started.stderr));
  }

  async #failure(said: string): Promise<string> {
    const asked = ['exec', NODE, 'journalctl', '--no-pager', '-n', LOG_LINES, '-p', 'err'];
    const { stdout } = await this.#options.docker.attempt(asked);
    const log = cached('logs', 'kind-create.log');
    await writeFile(log, said);
    return (
      `kind could not make the cluster (its output: ${log}). The node's last errors:\n${stdout}\n` +
      'The node is kept for a look; the next run removes it.'
    );
  }

  /** Starts a node that was stopped (machine restart, daemon gone) and waits for it to be Ready. */
  async #heal(): Promise<boolean> {
    await this.#options.docker.attempt(['start', NODE]);
    await this.#kind(
      ['export', 'kubeconfig', '--name', CLUSTER_NAME, '--kubeconfig', this.kubeconfigPath],
      {},
      true,
    );
    const deadline = performance.now() + HEAL_MS_MAX;
    while (performance.now() < deadline) {
      if (await this.isUp()) return true;
      await sleep(POLL_MS);
    }
    return false;
  }

  async #prove(progress: Progress): Promise<void> {
    const image = await baseImage(this.images, this.#options.docker, progress);
    if (this.images === 'built') await this.loadImage(image);
    progress('smoke test: a volume, and a Service by its name');
    await smokeTest((args, input) => this.#kubectl(args, input), image);
  }

  #kubectl(args: readonly string[], input?: string): Promise<string> {
    return run(this.command(['kubectl', ...args]), {
      env: this.env,
      ...(input === undefined ? {} : { input }),
    });
  }

  async #kind(args: readonly string[], options: CommandOptions, mayFail = false): Promise<void> {
    const argv = this.command(['kind', ...args]);
    const withEnv = { ...options, env: { ...this.env, ...options.env } };
    await (mayFail ? attempt(argv, withEnv) : run(argv, withEnv));
  }

  async #node(): Promise<{ running: boolean; image: string } | undefined> {
    const format = '{{.State.Running}} {{.Config.Image}}';
    const { code, stdout } = await this.#options.docker.attempt(['inspect', '-f', format, NODE]);
    if (code !== 0) return undefined;
    const [running, image = ''] = stdout.trim().split(' ');
    return { running: running === 'true', image };
  }

  async #dockerAnswers(): Promise<boolean> {
    return (await this.#options.docker.attempt(['version'])).code === 0;
  }
}

/** A new ServiceMonitor reaches Prometheus as a mounted Secret, which is synced once a minute by default. */
const KUBELET = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
syncFrequency: 5s
`;

/** Our own node image brings its CNI with it; the published one installs kind's. */
function kindConfig(ownImage: boolean): unknown {
  return {
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    networking: { disableDefaultCNI: ownImage },
    nodes: [
      {
        role: 'control-plane',
        kubeadmConfigPatches: [KUBELET],
        extraPortMappings: NODE_PORTS.map((port) => ({
          containerPort: port,
          hostPort: port,
          listenAddress: '127.0.0.1',
        })),
      },
    ],
  };
}
