import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Certificate,
  inBase64,
  makeAuthority,
  makeCertificate,
  makeTokenKey,
} from './certificates.ts';

/** Who is who in the cluster of one test. */
export interface Keys {
  readonly authority: Certificate;
  readonly server: Certificate;
  readonly admin: Certificate;
  readonly frontProxy: Certificate;
  readonly tokens: { readonly publicPath: string; readonly privatePath: string };
}

export async function makeKeys(folder: string): Promise<Keys> {
  const keyFolder = join(folder, 'keys');
  await mkdir(keyFolder);
  const [authority, frontProxy, tokens] = await Promise.all([
    makeAuthority(keyFolder, 'cluster'),
    makeAuthority(keyFolder, 'front-proxy'),
    makeTokenKey(keyFolder),
  ]);
  const names = ['IP:127.0.0.1', 'DNS:localhost', 'DNS:kubernetes.default.svc'];
  const server = await makeCertificate(authority, 'server', '/CN=kube-apiserver', names);
  const admin = await makeCertificate(authority, 'admin', '/O=system:masters/CN=admin');
  return { authority, server, admin, frontProxy, tokens };
}

/** As admin, by certificate. JSON is YAML. */
export async function kubeconfig(origin: string, keys: Keys): Promise<string> {
  const name = 'api-server';
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [
      {
        name,
        cluster: {
          server: origin,
          'certificate-authority-data': await inBase64(keys.authority.certPath),
        },
      },
    ],
    users: [
      {
        name,
        user: {
          'client-certificate-data': await inBase64(keys.admin.certPath),
          'client-key-data': await inBase64(keys.admin.keyPath),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}
