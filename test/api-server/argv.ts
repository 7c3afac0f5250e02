import { join } from 'node:path';
import { binary } from '../toolchain/binaries.ts';
import type { Keys } from './keys.ts';

export const ISSUER = 'https://kubernetes.default.svc.cluster.local';

export function etcdArgv(folder: string, port: number, peerPort: number): string[] {
  const client = `http://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  return [
    binary('etcd'),
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync', // the data lives as long as one test
  ];
}

export function apiServerArgv(
  folder: string,
  keys: Keys,
  ports: { readonly etcdPort: number; readonly apiPort: number },
): string[] {
  return [
    binary('kube-apiserver'),
    `--etcd-servers=http://127.0.0.1:${ports.etcdPort}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${ports.apiPort}`,
    '--endpoint-reconciler-type=none', // a loopback address may not be an endpoint
    '--service-cluster-ip-range=10.96.0.0/16',
    `--tls-cert-file=${keys.server.certPath}`,
    `--tls-private-key-file=${keys.server.keyPath}`,
    `--client-ca-file=${keys.authority.certPath}`,
    `--requestheader-client-ca-file=${keys.frontProxy.certPath}`,
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    '--authorization-mode=Node,RBAC',
    `--service-account-issuer=${ISSUER}`,
    `--service-account-key-file=${keys.tokens.publicPath}`,
    `--service-account-signing-key-file=${keys.tokens.privatePath}`,
    '--allow-privileged=true',
    '--shutdown-delay-duration=0s',
  ];
}

export function controllerArgv(
  kubeconfigPath: string,
  keys: Keys,
  options: { readonly statefulSets?: boolean },
): string[] {
  return [
    binary('kube-controller-manager'),
    `--kubeconfig=${kubeconfigPath}`,
    `--root-ca-file=${keys.authority.certPath}`,
    `--service-account-private-key-file=${keys.tokens.privatePath}`,
    '--leader-elect=false',
    '--secure-port=0',
    `--controllers=*${options.statefulSets === true ? '' : ',-statefulset-controller'}`,
  ];
}
