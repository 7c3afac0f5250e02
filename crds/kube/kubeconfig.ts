import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { z } from 'zod';
import { agentTo } from './agent.ts';
import type { KubeConnection } from './connection.ts';

const Cluster = z.object({
  server: z.url(),
  'certificate-authority-data': z.string().optional(),
  'certificate-authority': z.string().optional(),
  'insecure-skip-tls-verify': z.boolean().optional(),
  'tls-server-name': z.string().optional(),
});

const User = z.object({
  'client-certificate-data': z.string().optional(),
  'client-certificate': z.string().optional(),
  'client-key-data': z.string().optional(),
  'client-key': z.string().optional(),
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  exec: z.unknown().optional(),
  'auth-provider': z.unknown().optional(),
});
type User = z.infer<typeof User>;

const Kubeconfig = z.object({
  'current-context': z.string().min(1),
  clusters: z.array(z.object({ name: z.string(), cluster: Cluster })),
  contexts: z.array(
    z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) }),
  ),
  users: z.array(z.object({ name: z.string(), user: User })),
});

/**
 * The current context of a kubeconfig, given as its YAML text: client certificate or token, inline
 * or as absolute file paths. As `nobody` only the way to the server is taken from it: a certificate
 * would outrank any token that is shown with it. Throws with what is wrong in it; never prints
 * credentials.
 */
export function kubeconfigConnection(text: string, as: 'user' | 'nobody' = 'user'): KubeConnection {
  const parsed = Kubeconfig.safeParse(load(text));
  if (!parsed.success) {
    throw new Error(`the kubeconfig cannot be used\n${z.prettifyError(parsed.error)}`);
  }
  const config = parsed.data;
  const wanted = config['current-context'];
  const context = named(config.contexts, wanted, 'context').context;
  const cluster = named(config.clusters, context.cluster, 'cluster').cluster;
  const user = as === 'nobody' ? {} : named(config.users, context.user, 'user').user;
  const ca = inlineOrFile(cluster['certificate-authority-data'], cluster['certificate-authority']);
  const cert = inlineOrFile(user['client-certificate-data'], user['client-certificate']);
  const key = inlineOrFile(user['client-key-data'], user['client-key']);
  const servername = cluster['tls-server-name'];
  const agent = agentTo({
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
    rejectUnauthorized: cluster['insecure-skip-tls-verify'] !== true,
  });
  const authorization = bearer(user, cert !== undefined, context.user);
  return {
    origin: new URL(cluster.server).origin,
    dispatcher: agent,
    authorization,
    close: () => agent.destroy(),
  };
}

function named<T extends { readonly name: string }>(all: readonly T[], name: string, kind: string) {
  const found = all.find((one) => one.name === name);
  if (found) return found;
  throw new Error(`the kubeconfig names the ${kind} "${name}", which it does not contain`);
}

function inlineOrFile(base64: string | undefined, path: string | undefined): string | undefined {
  if (base64 !== undefined) return Buffer.from(base64, 'base64').toString('utf8');
  return path === undefined ? undefined : readFileSync(path, 'utf8');
}

function bearer(user: User, hasCertificate: boolean, name: string): () => string | undefined {
  const { token, tokenFile } = user;
  if (tokenFile !== undefined) return () => `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`;
  if (token !== undefined) return () => `Bearer ${token}`;
  if (!hasCertificate && (user.exec !== undefined || user['auth-provider'] !== undefined)) {
    throw new Error(
      `the kubeconfig's user "${name}" needs a plug-in program; use one with a token or a client certificate`,
    );
  }
  return () => undefined;
}
