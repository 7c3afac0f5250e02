import type { Kubectl } from './cluster.ts';

const NAMESPACE = 'platform-smoke';
const WAIT = '--timeout=120s';

/**
 * Proves what a Ready node does not: that a volume is made and writable for a process that is not
 * root, and that a Service is found by its name from another pod (DNS and kube-proxy).
 * `image` must start Node. Throws with what the pods said when one of these does not hold.
 */
export async function smokeTest(kubectl: Kubectl, image: string): Promise<void> {
  await remove(kubectl, '--wait=true');
  await kubectl(['create', 'namespace', NAMESPACE]);
  const objects = {
    apiVersion: 'v1',
    kind: 'List',
    items: [volume(), server(image), service(), client(image)],
  };
  await defaultAccount(kubectl);
  await kubectl(['apply', '-f', '-'], JSON.stringify(objects));
  try {
    const done = '--for=jsonpath={.status.phase}=Succeeded';
    await kubectl(['wait', '-n', NAMESPACE, 'pod/client', done, WAIT]);
  } catch (error) {
    const seen = await evidence(kubectl);
    throw new Error(
      'The cluster started but does not work: a pod could not read, through a Service by its name, ' +
        `what another wrote to a volume. Remove the cluster and try again; if it stays, see:\n${seen}`,
      { cause: error },
    );
  }
  await remove(kubectl, '--wait=false');
}

const remove = (kubectl: Kubectl, wait: string) =>
  kubectl(['delete', 'namespace', NAMESPACE, '--ignore-not-found', wait]);

/** Pods are refused in a namespace that is younger than its default ServiceAccount. */
const defaultAccount = (kubectl: Kubectl) =>
  kubectl(['wait', '-n', NAMESPACE, '--for=create', 'serviceaccount/default', WAIT]);

async function evidence(kubectl: Kubectl): Promise<string> {
  const asked = [
    ['get', 'pods', '-A', '-o', 'wide'],
    ['get', 'events', '-n', NAMESPACE],
    ['logs', '-n', NAMESPACE, 'server', '--tail=20'],
    ['logs', '-n', NAMESPACE, 'client', '--tail=20'],
  ];
  const said = [];
  for (const args of asked) said.push(await kubectl(args).catch((error) => String(error)));
  return said.join('\n');
}

const volume = () => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', namespace: NAMESPACE },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
});

const SERVE = `
const fs = require('node:fs');
fs.writeFileSync('/data/word', 'smoke');
require('node:http').createServer((_, reply) => reply.end(fs.readFileSync('/data/word'))).listen(8080);
process.on('SIGTERM', () => process.exit(0));
`;

const server = (image: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'server', namespace: NAMESPACE, labels: { app: 'server' } },
  spec: {
    securityContext: { runAsUser: 65532, runAsNonRoot: true, fsGroup: 65532 },
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
    containers: [{ ...node(image, SERVE), volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
  },
});

const service = () => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'server', namespace: NAMESPACE },
  spec: { selector: { app: 'server' }, ports: [{ port: 80, targetPort: 8080 }] },
});

const ASK = `
const ask = () => fetch('http://server.${NAMESPACE}.svc.cluster.local', { signal: AbortSignal.timeout(2000) })
  .then((reply) => reply.text())
  .then((word) => { if (word !== 'smoke') throw new Error('answered ' + word); process.exit(0); })
  .catch((error) => { console.error(error.message, error.cause?.message); setTimeout(ask, 200); });
ask();
`;

const client = (image: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'client', namespace: NAMESPACE },
  spec: { restartPolicy: 'Never', containers: [node(image, ASK)] },
});

const node = (image: string, script: string) => ({
  name: 'node',
  image,
  imagePullPolicy: 'IfNotPresent',
  command: ['/nodejs/bin/node', '-e', script],
});
