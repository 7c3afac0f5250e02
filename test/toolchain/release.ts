import { createHash } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import { run } from '../setup/command.ts';
import type { BinaryName } from './binaries.ts';
import { reachable } from './reachable.ts';
import { versions } from './versions.ts';

/** One program as its project publishes it. */
export interface Release {
  readonly url: string;
  /** Text that holds the SHA-256 of what `url` answers, alone or before the file's name. */
  readonly checksums: string;
  /** Path of the program inside, when `url` is a .tar.gz. */
  readonly member?: string;
}

const OS = process.platform === 'darwin' ? 'darwin' : 'linux';
const ARCH = process.arch === 'arm64' ? 'arm64' : 'amd64';

/** What is published for this platform; the rest is built (or comes in published images). */
export function release(name: BinaryName): Release | undefined {
  switch (name) {
    case 'kubectl':
    case 'kube-apiserver':
    case 'kube-controller-manager': {
      if (name !== 'kubectl' && OS !== 'linux') return undefined; // servers are released for Linux
      const url = `https://dl.k8s.io/release/${versions.kubernetes}/bin/${OS}/${ARCH}/${name}`;
      return { url, checksums: `${url}.sha256` };
    }
    case 'kind': {
      const folder = `https://github.com/kubernetes-sigs/kind/releases/download/${versions.kind}`;
      const url = `${folder}/kind-${OS}-${ARCH}`;
      return { url, checksums: `${url}.sha256sum` };
    }
    case 'helm': {
      const url = `https://get.helm.sh/helm-${versions.helm}-${OS}-${ARCH}.tar.gz`;
      return { url, checksums: `${url}.sha256sum`, member: `${OS}-${ARCH}/helm` };
    }
    case 'promtool': {
      const bare = versions.prometheus.slice(1);
      const folder = `https://github.com/prometheus/prometheus/releases/download/${versions.prometheus}`;
      const packed = `prometheus-${bare}.${OS}-${ARCH}`;
      const member = `${packed}/promtool`;
      return { url: `${folder}/${packed}.tar.gz`, checksums: `${folder}/sha256sums.txt`, member };
    }
    case 'kubeconform': {
      const folder = `https://github.com/yannh/kubeconform/releases/download/${versions.kubeconform}`;
      const url = `${folder}/kubeconform-${OS}-${ARCH}.tar.gz`;
      return { url, checksums: `${folder}/CHECKSUMS`, member: 'kubeconform' };
    }
    case 'kube-score': {
      const folder = `https://github.com/zegl/kube-score/releases/download/${versions.kubeScore}`;
      const url = `${folder}/kube-score_${versions.kubeScore.slice(1)}_${OS}_${ARCH}`;
      return { url, checksums: `${folder}/checksums.txt` };
    }
    default:
      return undefined;
  }
}

/**
 * Downloads a released program to `path`. False when its address cannot be reached: build it then.
 * Throws when what came is not what its project says it published; nothing is kept of it.
 */
export async function download(from: Release, path: string): Promise<boolean> {
  if (!(await reachable(from.url))) return false;
  const [body, checksums] = await Promise.all([fetched(from.url), fetched(from.checksums)]);
  const digest = createHash('sha256').update(body).digest('hex');
  if (digest !== published(checksums.toString(), from.url)) {
    throw new Error(
      `${from.url} does not have the SHA-256 in ${from.checksums}: got ${digest}. Try again; if it stays so, do not use it.`,
    );
  }
  if (from.member === undefined) {
    await writeFile(path, body);
  } else {
    await writeFile(`${path}.tar.gz`, body);
    await run([
      'sh',
      '-c',
      `tar -xzOf "$0.tar.gz" "$1" > "$0" && rm "$0.tar.gz"`,
      path,
      from.member,
    ]);
  }
  await chmod(path, 0o755);
  return true;
}

async function fetched(url: string): Promise<Buffer> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`GET ${url}: HTTP ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer());
}

/** The digest of `url`'s file: the only one there, or the one on the line that ends in its name. */
function published(checksums: string, url: string): string | undefined {
  const file = url.slice(url.lastIndexOf('/') + 1);
  const lines = checksums.trim().split('\n');
  const line =
    lines.length === 1 ? lines[0] : lines.find((one) => one.trimEnd().endsWith(` ${file}`));
  return /^[0-9a-f]{64}/.exec(line ?? '')?.[0];
}
