import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../setup/steps.ts';
import { artefact } from './cache.ts';
import {
  binaryPath,
  findGo,
  type GoBuild,
  goBuild,
  goModule,
  prepareKubernetes,
  preparePrometheus,
} from './go.ts';
import { coreDnsMain, PAUSE_MAIN } from './go-mains.ts';
import { natsBuild } from './nats.ts';
import { reachable } from './reachable.ts';
import { download, release } from './release.ts';
import { s3Build } from './s3.ts';
import { versions } from './versions.ts';

const KUBERNETES = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
  'kubelet',
  'kubeadm',
  'kubectl',
] as const;

const inKubernetes = Object.fromEntries(
  KUBERNETES.map((name) => [name, `k8s.io/kubernetes/cmd/${name}`]),
);

const builds = {
  kubernetes: {
    module: 'k8s.io/kubernetes',
    version: versions.kubernetes,
    packages: inKubernetes,
    prepare: prepareKubernetes,
  },
  etcd: {
    module: 'go.etcd.io/etcd/server/v3',
    version: versions.etcd,
    packages: { etcd: 'go.etcd.io/etcd/server/v3' },
  },
  kind: {
    module: 'sigs.k8s.io/kind',
    version: versions.kind,
    packages: { kind: 'sigs.k8s.io/kind' },
  },
  helm: {
    module: 'helm.sh/helm/v3',
    version: versions.helm,
    packages: { helm: 'helm.sh/helm/v3/cmd/helm' },
    alongside: libraries(
      'api',
      'apiextensions-apiserver',
      'apimachinery',
      'apiserver',
      'cli-runtime',
      'client-go',
      'kubectl',
    ),
    set: [
      `helm.sh/helm/v3/internal/version.version=${versions.helm}`,
      'helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1',
      'helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor=34',
    ],
  },
  kubeconform: {
    module: 'github.com/yannh/kubeconform',
    version: versions.kubeconform,
    packages: { kubeconform: 'github.com/yannh/kubeconform/cmd/kubeconform' },
    set: [`main.version=${versions.kubeconform}`],
  },
  kubeScore: {
    module: 'github.com/zegl/kube-score',
    version: versions.kubeScore,
    packages: { 'kube-score': 'github.com/zegl/kube-score/cmd/kube-score' },
  },
  coredns: {
    module: 'github.com/coredns/coredns',
    version: versions.coredns,
    packages: { coredns: '.' },
    main: coreDnsMain(), // with its own Kubernetes libraries: it does not compile with ours
  },
  localPath: {
    module: 'github.com/rancher/local-path-provisioner',
    version: versions.localPathProvisioner,
    packages: { 'local-path-provisioner': 'github.com/rancher/local-path-provisioner' },
    alongside: libraries('api', 'apimachinery', 'client-go'),
  },
  pause: {
    module: 'platform.test/pause',
    version: versions.pause,
    packages: { pause: '.' },
    prepare: async (folder) => {
      await writeFile(join(folder, 'go.mod'), 'module platform.test/pause\n\ngo 1.24.0\n');
      await writeFile(join(folder, 'main.go'), PAUSE_MAIN);
    },
  },
  prometheus: {
    module: 'github.com/prometheus/prometheus',
    version: versions.prometheus,
    packages: { prometheus: './prometheus', promtool: './promtool' },
    prepare: preparePrometheus(versions.prometheusModule),
    set: [`github.com/prometheus/common/version.Version=${versions.prometheus.slice(1)}`],
  },
  alertmanager: {
    module: 'github.com/prometheus/alertmanager',
    version: versions.alertmanager,
    packages: { alertmanager: 'github.com/prometheus/alertmanager/cmd/alertmanager' },
    set: [`github.com/prometheus/common/version.Version=${versions.alertmanager.slice(1)}`],
  },
  nats: natsBuild,
  s3: s3Build,
  prometheusOperator: {
    module: 'github.com/prometheus-operator/prometheus-operator',
    version: versions.prometheusOperator,
    packages: {
      'prometheus-operator': 'github.com/prometheus-operator/prometheus-operator/cmd/operator',
      'prometheus-config-reloader':
        'github.com/prometheus-operator/prometheus-operator/cmd/prometheus-config-reloader',
    },
    alongside: libraries(
      'api',
      'apiextensions-apiserver',
      'apimachinery',
      'apiserver',
      'client-go',
      'component-base',
    ),
  },
} as const satisfies Record<string, GoBuild>;

/** Kubernetes libraries at the one version that everything here is compiled with. */
function libraries(...names: string[]): string[] {
  return names.map((name) => `k8s.io/${name}@${versions.kubernetesLibraries}`);
}

export type BinaryName = keyof typeof owner;

const owner = {
  'kube-apiserver': 'kubernetes',
  'kube-controller-manager': 'kubernetes',
  'kube-scheduler': 'kubernetes',
  'kube-proxy': 'kubernetes',
  kubelet: 'kubernetes',
  kubeadm: 'kubernetes',
  kubectl: 'kubernetes',
  etcd: 'etcd',
  kind: 'kind',
  helm: 'helm',
  kubeconform: 'kubeconform',
  'kube-score': 'kubeScore',
  coredns: 'coredns',
  'local-path-provisioner': 'localPath',
  pause: 'pause',
  prometheus: 'prometheus',
  promtool: 'prometheus',
  alertmanager: 'alertmanager',
  'nats-server': 'nats',
  's3-server': 's3',
  'prometheus-operator': 'prometheusOperator',
  'prometheus-config-reloader': 'prometheusOperator',
} as const satisfies Record<string, keyof typeof builds>;

/** Where a binary lies once `ensureBinaries` has returned. */
export function binary(name: BinaryName): string {
  return binaryPath(name, builds[owner[name]].version);
}

/** Makes sure of the named binaries, in the order given. Costs nothing when they are in the cache. */
export async function ensureBinaries(
  names: readonly BinaryName[],
  progress: Progress,
): Promise<void> {
  for (const name of names) {
    if (existsSync(binary(name)) || (await released(name, progress))) continue;
    const build: GoBuild = builds[owner[name]];
    const only = { [name]: build.packages[name] ?? '' };
    const set = owner[name] === 'kubernetes' ? await kubernetesVersion() : (build.set ?? []);
    await goBuild({ ...build, packages: only, set }, progress);
  }
}

/** The normal way: what the project itself publishes. False where that cannot be reached. */
async function released(name: BinaryName, progress: Progress): Promise<boolean> {
  const from = release(name);
  if (from === undefined || !(await reachable(from.url))) return false;
  progress(`downloading ${from.url}`);
  await artefact(binary(name), async (temporary) => void (await download(from, temporary)));
  return true;
}

/** kubeadm and kind read the version a binary reports, so it must be a real one. */
async function kubernetesVersion(): Promise<string[]> {
  const { Info } = await goModule(await findGo(), 'k8s.io/kubernetes', versions.kubernetes);
  const released = JSON.parse(await readFile(Info, 'utf8'));
  const [major, minor] = versions.kubernetes.slice(1).split('.');
  const facts: Record<string, string> = {
    gitVersion: versions.kubernetes,
    gitMajor: major ?? '',
    gitMinor: minor ?? '',
    gitTreeState: 'clean',
    gitCommit: released.Origin?.Hash ?? 'unknown',
    buildDate: released.Time,
  };
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((path) =>
    Object.entries(facts).map(([name, value]) => `${path}.${name}=${value}`),
  );
}
