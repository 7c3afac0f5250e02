import type { Clock } from '../crds/clock.ts';
import type { KubeConnection } from '../crds/kube/connection.ts';
import { childName, type ExecutorKey, serviceHost } from '../crds/names.ts';
import type { Callers } from './access/callers.ts';
import { rolesOf, subjectOf } from './access/roles.ts';
import { ClusterTokens } from './access/tokens.ts';
import { CredentialLease, type LeaseTerms } from './gate/credential-lease.ts';
import type { Gate } from './gate/gate.ts';
import { type Sender, soleSender } from './gate/sender.ts';
import type { OpenControl } from './gate/source.ts';
import { ControlWatch } from './gate/watch.ts';
import type { Log } from './log.ts';
import { publish } from './trust/publish.ts';

/** Everything that differs between a pod under Kubernetes and a process that runs alone. */
export interface Surroundings {
  readonly control: OpenControl;
  readonly callers: (gate: Gate) => Callers;
  /** `wanted`: whether real orders are declared or alive; asked again before every step. */
  readonly sender: (wanted: () => boolean) => Sender;
  /** Puts the certificate where callers find it, again and again until aborted. */
  readonly publish: (certificate: () => string, signal: AbortSignal) => Promise<void>;
  /** Names and addresses in the certificate, the first as its subject. */
  readonly hosts: readonly string[];
}

export interface ClusterParts {
  readonly key: ExecutorKey;
  readonly pod: string;
  /** 'none': nobody else can have the key. */
  readonly lease: LeaseTerms | 'none';
  readonly newId: () => string;
  /** The operator's ServiceAccount: it may look, never trade. */
  readonly operator: { readonly namespace: string; readonly name: string } | undefined;
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/** Under Kubernetes the API server is the only source: of the state, of callers, of their keys. */
export function inCluster(parts: ClusterParts): Surroundings {
  const { key, operator, connection, clock, random, log, lease } = parts;
  const operatorSubject = operator === undefined ? undefined : subjectOf(operator);
  const short = childName(key.name);
  const host = serviceHost(key);
  return {
    control: (gate) => new ControlWatch({ key, connection, clock, random, gate, log }),
    callers: (gate) => ({
      tokens: new ClusterTokens({ connection, clock, log }),
      rolesOf: (subject) =>
        rolesOf(subject, {
          callers: gate.sight.object?.spec.callers,
          operator: operatorSubject,
        }),
      wanted: 'a ServiceAccount token with audience trading-executor',
      remedy: 'add it to spec.callers with a fitting role',
    }),
    sender: (wanted) =>
      lease === 'none' ? soleSender : new CredentialLease({ ...parts, lease }, wanted),
    publish: (certificate, signal) => publish({ key, connection, clock, certificate, log }, signal),
    hosts: [short, host, `${host}.cluster.local`, `${short}.${key.namespace}`, 'localhost'],
  };
}
