import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Agent, request } from 'undici';
import { forward } from '../system/forward.ts';
import { RELEASE, SYSTEM_NAMESPACE } from '../system/install.ts';
import { apply, get, kubectl } from '../system/kubectl.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const SERVER = `${RELEASE}-evidence`;
const HOST = `${SERVER}.${SYSTEM_NAMESPACE}.svc`;

export interface Pack {
  /** From the repository's root. */
  readonly folder: string;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

/**
 * Copies the pack behind an incident's evidence link into `evidence/incidents/`, as an auditor who
 * may read TradingIncidents in the desk's namespace and nothing else.
 */
export async function downloadPack(link: string, namespace: string): Promise<Pack> {
  const path = new URL(link).pathname.replace(/\/$/, '');
  const name = path.slice(path.lastIndexOf('/') + 1);
  const folder = join(REPOSITORY, 'evidence/incidents', name);
  await mkdir(folder, { recursive: true });
  const { port, close } = await forward(SYSTEM_NAMESPACE, `svc/${SERVER}`, 9_443);
  const tls = await get<{ data: Record<string, string> }>(
    SYSTEM_NAMESPACE,
    'secret',
    `${SERVER}-tls`,
  );
  const ca = Buffer.from(tls.data['ca.crt'] ?? '', 'base64').toString();
  const dispatcher = new Agent({ connect: { ca, servername: HOST }, allowH2: false });
  const authorization = `Bearer ${await auditorToken(namespace)}`;
  const fetched = async (file: string): Promise<Buffer> => {
    const url = `https://127.0.0.1:${port}${path}/${file}`;
    const { statusCode, body } = await request(url, { dispatcher, headers: { authorization } });
    const bytes = Buffer.from(await body.arrayBuffer());
    if (statusCode !== 200) throw new Error(`GET ${path}/${file}: ${statusCode} ${bytes}`);
    return bytes;
  };
  try {
    const manifest = await fetched('manifest.json');
    const listed = (JSON.parse(manifest.toString()) as { files: { name: string }[] }).files;
    await writeFile(join(folder, 'manifest.json'), manifest);
    const files = [{ name: 'manifest.json', bytes: manifest.length }];
    for (const { name: file } of listed) {
      const bytes = await fetched(file);
      await writeFile(join(folder, file), bytes);
      files.push({ name: file, bytes: bytes.length });
    }
    return { folder: relative(REPOSITORY, folder), files };
  } finally {
    close();
    await dispatcher.destroy();
  }
}

async function auditorToken(namespace: string): Promise<string> {
  await apply(`
apiVersion: v1
kind: ServiceAccount
metadata: { name: auditor, namespace: ${namespace} }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: auditor, namespace: ${namespace} }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${RELEASE}-view }
subjects: [{ kind: ServiceAccount, name: auditor, namespace: ${namespace} }]
`);
  return (await kubectl('create', 'token', 'auditor', '-n', namespace)).trim();
}
