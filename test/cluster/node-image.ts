import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Progress } from '../setup/steps.ts';
import { type BinaryName, binary, ensureBinaries } from '../toolchain/binaries.ts';
import { artefact, cached } from '../toolchain/cache.ts';
import { rootFileSystem } from '../toolchain/debian.ts';
import { findGo, goModule } from '../toolchain/go.ts';
import { recipes, versions } from '../toolchain/versions.ts';
import { buildComponents, storageManifest } from './component-images.ts';
import { type Docker, imageId } from './docker.ts';

/** Everything the node image is made of; `kubectl` on it is what kind itself runs. */
export const NODE_BINARIES = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kubectl',
  'kubelet',
  'kubeadm',
  'kube-scheduler',
  'kube-proxy',
  'coredns',
  'local-path-provisioner',
  'pause',
] as const satisfies readonly BinaryName[];

/** The node image's name; another version or recipe is another image. */
export const NODE_IMAGE = `trading-executor-node:${versions.kubernetes}-r${recipes.nodeImage}`;

/** What a node needs, after kind's own base image, plus the container runtime from packages. */
const NODE_PACKAGES =
  'systemd,systemd-sysv,dbus,conntrack,iptables,nftables,iproute2,ethtool,util-linux,mount,kmod,' +
  'libseccomp2,bash,ca-certificates,curl,jq,procps,containerd,runc,containernetworking-plugins';

/** Builds the kind node image unless the daemon has it. */
export async function ensureNodeImage(docker: Docker, progress: Progress): Promise<string> {
  if ((await imageId(docker, NODE_IMAGE)) !== undefined) return NODE_IMAGE;
  await ensureBinaries(NODE_BINARIES, progress);
  const root = await artefact(
    cached('images', `node-root-r${recipes.nodeImage}.tar`),
    (temporary) => rootFileSystem(temporary, 'apt', NODE_PACKAGES.split(','), progress),
  );
  progress("installing kind's own node files");
  await buildBase(docker, root);
  progress('building the component images');
  const archive = await buildComponents(docker, BASE_IMAGE);
  progress('loading the component images into the node image');
  await commitNode(docker, archive);
  return NODE_IMAGE;
}

const BASE_IMAGE = 'trading-executor-node-base:building';

/** The root file system with kind's scripts and units on it, as kind's own Dockerfile lays them. */
async function buildBase(docker: Docker, rootTar: string): Promise<void> {
  const kind = await goModule(await findGo(), 'sigs.k8s.io/kind', versions.kind);
  const context = await mkdtemp(join(tmpdir(), 'node-base-'));
  try {
    await cp(join(kind.Dir, 'images/base/files'), join(context, 'files'), { recursive: true });
    await makeWritable(join(context, 'files'));
    const runtime = join(context, 'files/etc/containerd/config.toml');
    const configured = await readFile(runtime, 'utf8');
    await writeFile(
      runtime,
      configured.replace('restrict_oom_score_adj = false', 'restrict_oom_score_adj = true'),
    );
    await writeFile(join(context, 'Dockerfile'), BASE_DOCKERFILE);
    await mkdir(join(context, 'bin'));
    for (const name of ['kubeadm', 'kubelet', 'kubectl'] as const) {
      await cp(binary(name), join(context, 'bin', name));
    }
    await mkdir(join(context, 'kind/manifests'), { recursive: true });
    await writeFile(join(context, 'kind/version'), versions.kubernetes);
    await writeFile(join(context, 'kind/manifests/default-storage.yaml'), await storageManifest());
    await writeFile(join(context, '10-ptp.conflist'), JSON.stringify(NETWORK));
    await docker.run(['import', rootTar, 'trading-executor-node-root:building']);
    await docker.run(['build', '-t', BASE_IMAGE, context]);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

/** Files in a module cache are read-only, and keep that when copied. */
async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await makeWritable(path);
    else await chmod(path, 0o644);
  }
}

/** Pods on one node need no overlay: a point-to-point link each, and addresses from the node's range. */
const NETWORK = {
  cniVersion: '0.3.1',
  name: 'ptp',
  plugins: [
    {
      type: 'ptp',
      ipMasq: true,
      mtu: 1500,
      ipam: {
        type: 'host-local',
        dataDir: '/run/cni-ipam-state',
        routes: [{ dst: '0.0.0.0/0' }],
        ranges: [[{ subnet: '10.244.0.0/24' }]],
      },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
};

// The prunes are kind's: a node is booted without udev, tmpfiles at boot, or a login.
const BASE_DOCKERFILE = `FROM trading-executor-node-root:building
COPY files/ /
COPY bin/ /usr/bin/
COPY kind/ /kind/
COPY 10-ptp.conflist /etc/cni/net.d/10-ptp.conflist
RUN chmod 755 /usr/local/bin/* /kind/bin/* \\
 && find /lib/systemd/system/sysinit.target.wants/ -name systemd-tmpfiles-setup.service -delete \\
 && rm -f /lib/systemd/system/multi-user.target.wants/* /etc/systemd/system/*.wants/* \\
      /lib/systemd/system/local-fs.target.wants/* /lib/systemd/system/sockets.target.wants/*udev* \\
      /lib/systemd/system/sockets.target.wants/*initctl* /lib/systemd/system/basic.target.wants/* \\
      /lib/systemd/system/containerd.service \\
 && echo ReadKMsg=no >> /etc/systemd/journald.conf \\
 && ln -sf /lib/systemd/systemd /sbin/init \\
 && mkdir -p /etc/kubernetes/manifests /opt/cni /usr/local/sbin \\
 && ln -s /usr/bin/containerd /usr/bin/ctr /usr/bin/containerd-shim-runc-v2 /usr/local/bin/ \\
 && ln -s /usr/sbin/runc /usr/local/sbin/runc \\
 && rm -rf /opt/cni/bin && ln -s /usr/lib/cni /opt/cni/bin \\
 && systemctl enable kubelet.service containerd.service undo-mount-hacks.service \\
 && systemctl mask systemd-binfmt.service \\
 && ctr oci spec \\
  | jq '.hooks.createContainer[.hooks.createContainer|length] |= . + {"path": "/kind/bin/mount-product-files.sh"}' \\
  | jq 'del(.process.rlimits) | .process.capabilities |= map_values(map(select(. != "CAP_SYS_RESOURCE")))' \\
  > /etc/containerd/cri-base.json
ENV container=docker
STOPSIGNAL SIGRTMIN+3
ENTRYPOINT [ "/usr/local/bin/entrypoint", "/sbin/init" ]
`;

// pinned: the kubelet's image collection must not remove what cannot be pulled again
const IMPORT = `set -e
ctr -n k8s.io images import --no-unpack /components.tar
for ref in $(ctr -n k8s.io images ls -q); do
  ctr -n k8s.io images label "$ref" io.cri-containerd.pinned=pinned
done
rm /components.tar
kill $(pidof containerd)
while pidof containerd; do sleep 0.1; done
rm -rf /run/containerd`;

/** Starts the base image, imports the archives into its containerd, and keeps the result. */
async function commitNode(docker: Docker, archive: string): Promise<void> {
  const name = 'trading-executor-node-building';
  await docker.attempt(['rm', '-f', '-v', name]);
  const unconfined = ['--security-opt', 'seccomp=unconfined', '--network=none'];
  await docker.run([
    'run',
    '-d',
    '--name',
    name,
    ...unconfined,
    '--entrypoint=sleep',
    BASE_IMAGE,
    'infinity',
  ]);
  try {
    await docker.run(['exec', '-d', name, 'containerd']);
    await docker.run([
      'exec',
      name,
      'sh',
      '-c',
      'for try in $(seq 100); do ctr version >/dev/null 2>&1 && exit 0; sleep 0.2; done; exit 1',
    ]);
    await docker.run(['cp', archive, `${name}:/components.tar`]);
    await docker.run(['exec', name, 'sh', '-c', IMPORT]);
    const entry = 'ENTRYPOINT [ "/usr/local/bin/entrypoint", "/sbin/init" ]';
    await docker.run(['commit', '--change', entry, name, NODE_IMAGE]);
  } finally {
    await docker.attempt(['rm', '-f', '-v', name]);
    await rm(archive, { force: true });
  }
}
