import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../setup/command.ts';
import { type BinaryName, binary } from '../toolchain/binaries.ts';
import { cached } from '../toolchain/cache.ts';
import { findGo, goModule } from '../toolchain/go.ts';
import { versions } from '../toolchain/versions.ts';
import type { Docker } from './docker.ts';

const PAUSE_IMAGE = 'registry.k8s.io/pause:3.10'; // containerd's sandbox_image in kind's configuration

/** kind's default storage: its manifest, and the names of the two images in it. */
async function storage(): Promise<{ manifest: string; provisioner: string; helper: string }> {
  const kind = await goModule(await findGo(), 'sigs.k8s.io/kind', versions.kind);
  const source = await readFile(join(kind.Dir, 'pkg/build/nodeimage/const_storage.go'), 'utf8');
  const constant = (name: string) =>
    new RegExp(`const ${name} = "([^"]+)"`).exec(source)?.[1] ??
    raise(`kind ${versions.kind} does not name ${name} where it used to`);
  const provisioner = constant('storageProvisionerImage');
  const helper = constant('storageHelperImage');
  const start = source.indexOf('const defaultStorageManifest = `');
  const manifest = source
    .slice(source.indexOf('`', start) + 1, source.lastIndexOf('`'))
    .replaceAll('` + storageProvisionerImage + `', provisioner)
    .replaceAll('` + storageHelperImage + `', helper);
  return { manifest, provisioner, helper };
}

export async function storageManifest(): Promise<string> {
  return (await storage()).manifest;
}

/**
 * Builds what runs on a node besides the kubelet, each image named exactly as kubeadm and kind ask
 * for it, and saves them all to one archive. `base` is an image with shell and iptables.
 */
export async function buildComponents(docker: Docker, base: string): Promise<string> {
  const listed = await run([
    binary('kubeadm'),
    'config',
    'images',
    'list',
    '--kubernetes-version',
    versions.kubernetes,
  ]);
  const named = (part: string) =>
    listed.split('\n').find((ref) => ref.includes(`/${part}:`)) ??
    raise(`kubeadm lists no image for ${part}`);
  const { provisioner, helper } = await storage();
  const onScratch: readonly (readonly [string, BinaryName])[] = [
    [named('kube-apiserver'), 'kube-apiserver'],
    [named('kube-controller-manager'), 'kube-controller-manager'],
    [named('kube-scheduler'), 'kube-scheduler'],
    [named('etcd'), 'etcd'],
    [named('coredns/coredns'), 'coredns'],
    [provisioner, 'local-path-provisioner'],
    [PAUSE_IMAGE, 'pause'],
  ];
  for (const [ref, name] of onScratch) await buildOnScratch(docker, ref, name);
  await buildProxy(docker, base, named('kube-proxy'));
  await buildHelper(docker, base, helper);
  const refs = [...onScratch.map(([ref]) => ref), named('kube-proxy'), helper];
  const archive = join(cached('images'), 'components.tar');
  await docker.run(['save', '-o', archive, ...refs]);
  return archive;
}

function raise(message: string): never {
  throw new Error(message);
}

/** Builds an image from a folder that `fill` puts a Dockerfile and its files into. */
async function buildImage(
  docker: Docker,
  ref: string,
  fill: (context: string) => Promise<void>,
): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), 'image-'));
  try {
    await fill(context);
    await docker.run(['build', '-t', ref, context]);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

function buildOnScratch(docker: Docker, ref: string, name: BinaryName): Promise<void> {
  // CoreDNS and pause are started by their entrypoint, the others by a command of their own name
  const byEntry = name === 'coredns' || name === 'pause';
  const start = byEntry ? `ENTRYPOINT ["/${name}"]` : 'ENV PATH=/usr/local/bin';
  const target = byEntry ? `/${name}` : `/usr/local/bin/${name}`;
  return buildImage(docker, ref, async (context) => {
    await cp(binary(name), join(context, name));
    await writeFile(
      join(context, 'Dockerfile'),
      `FROM scratch\nCOPY --chown=0:0 ${name} ${target}\n${start}\n`,
    );
  });
}

// Without the plug-ins *and their libraries* the node is Ready and Services are dead.
const PROXY_FILES =
  'usr/sbin/xtables-nft-multi usr/sbin/iptables-apply usr/sbin/nft usr/sbin/conntrack usr/bin/kmod ' +
  'usr/sbin/ip bin/ip usr/lib/x86_64-linux-gnu/xtables lib/x86_64-linux-gnu/xtables';

function buildProxy(docker: Docker, base: string, ref: string): Promise<void> {
  return buildImage(docker, ref, async (context) => {
    await cp(binary('kube-proxy'), join(context, 'kube-proxy'));
    const collect = [
      'set -e; mkdir -p /out; cd /',
      `for file in ${PROXY_FILES}; do [ -e "$file" ] && cp -a --parents "$file" /out/ || true; done`,
      'for file in $(find /out -type f); do ldd "$file" 2>/dev/null || true; done' +
        ' | grep -o \'/[^ ]*\' | sort -u | while read library; do cp -L --parents "$library" /out/; done',
      'cd /out/usr/sbin; for name in iptables ip6tables iptables-save ip6tables-save' +
        ' iptables-restore ip6tables-restore; do ln -sf xtables-nft-multi $name; done',
    ];
    await writeFile(
      join(context, 'Dockerfile'),
      `FROM ${base} AS node\nRUN ${collect.join(' && ')}\n` +
        'FROM scratch\nCOPY --from=node /out/ /\nCOPY kube-proxy /usr/local/bin/kube-proxy\n' +
        'ENV PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n',
    );
  });
}

/** The helper that makes and removes a volume's folder: sh, mkdir, rm. */
function buildHelper(docker: Docker, base: string, ref: string): Promise<void> {
  return buildImage(docker, ref, (context) =>
    writeFile(
      join(context, 'Dockerfile'),
      `FROM ${base} AS node\n` +
        'RUN mkdir -p /out/bin && cd / && for file in /bin/sh /bin/mkdir /bin/rm;' +
        ' do cp -L "$file" /out/bin/; ldd "$file"; done' +
        ' | grep -o \'/[^ ]*\' | sort -u | while read library; do cp -L --parents "$library" /out/; done\n' +
        'FROM scratch\nCOPY --from=node /out/ /\nENV PATH=/bin\n',
    ),
  );
}
