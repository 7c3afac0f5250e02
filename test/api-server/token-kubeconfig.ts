import type { ApiServer } from './api-server.ts';

/** A kubeconfig of whoever shows the token. */
export function tokenKubeconfig({ origin, caPem }: ApiServer, token: string): string {
  const cluster = { server: origin, 'certificate-authority-data': btoa(caPem) };
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'own' },
    users: [{ name: 'own', user: { token } }],
    clusters: [{ name: 'own', cluster }],
    contexts: [{ name: 'own', context: { cluster: 'own', user: 'own' } }],
  });
}
