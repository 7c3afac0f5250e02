import { cutTo } from '../../crds/bounded.ts';
import { type Answer, call, JSON_PATCH, MERGE_PATCH } from '../../crds/kube/call.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import { corePath, executorPath, incidentPath, incidentsPath } from '../../crds/kube/paths.ts';
import type { ExecutorKey } from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import {
  type TradingIncident,
  TradingIncidentSpec,
  TradingIncidentStatus,
} from '../../crds/trading-incident.ts';
import type { KubeEvent } from './announce.ts';
import type { NewIncident } from './incident.ts';
import { type StatusChange, specPatch, statusPatch } from './patch.ts';

/** Owner of status.rollback, of incidents and of the one patch to the spec. */
export const FIELD_MANAGER = 'trading-operator-rollback';

/** The API server answered, and it was a refusal that another try may not meet. */
export class ClusterRefused extends Error {
  override readonly name = 'ClusterRefused';
  readonly status: number;
  readonly retryAfterMs: number;
  constructor(what: string, answer: Answer<unknown> & { ok: false }) {
    super(`${what}: HTTP ${answer.status} ${answer.reason}: ${answer.message}`);
    this.status = answer.status;
    this.retryAfterMs = answer.retryAfterMs ?? 0;
  }
}

/** A refusal that the same request meets again, such as a quota or a missing right. */
export const isFinal = (error: unknown): error is ClusterRefused =>
  error instanceof ClusterRefused && error.status < 500 && error.status !== 429;

/** `conflict`: somebody wrote in between; read again. */
export type Written = 'written' | 'conflict' | 'gone';

/**
 * What the rollback reads and writes. Reads are consistent GETs, never a cache; every write is held
 * to what was read. No answer throws KubeUnreachable, an unexpected refusal throws ClusterRefused.
 */
export interface RollbackCluster {
  executor(key: ExecutorKey): Promise<TradingExecutor | undefined>;
  incidents(namespace: string): Promise<readonly TradingIncident[]>;
  incident(key: ExecutorKey): Promise<TradingIncident | undefined>;
  createIncident(incident: NewIncident): Promise<'created' | 'exists'>;
  writeIncidentStatus(incident: TradingIncident, status: TradingIncidentStatus): Promise<Written>;
  writeRollback(object: TradingExecutor, change: StatusChange): Promise<Written>;
  patchSpec(object: TradingExecutor, incident: string): Promise<Written>;
  createEvent(event: KubeEvent): Promise<void>;
}

const CALL_MS_MAX = 5_000;
const cutFacts = cutTo(TradingIncidentSpec);
const cutRecord = cutTo(TradingIncidentStatus);
const owned = { fieldManager: FIELD_MANAGER };

export function rollbackCluster(connection: KubeConnection): RollbackCluster {
  const get = async <T>(path: string): Promise<T | undefined> => {
    const answer = await call<T>(connection, { method: 'GET', path, timeoutMs: CALL_MS_MAX });
    if (answer.ok) return answer.body;
    if (answer.status === 404) return undefined;
    throw new ClusterRefused(`GET ${path}`, answer);
  };
  const post = (path: string, body: unknown) =>
    call(connection, { method: 'POST', path, body, query: owned, timeoutMs: CALL_MS_MAX });
  const patch = async (path: string, contentType: string, body: unknown): Promise<Written> => {
    const asked = { method: 'PATCH', path, contentType, body } as const;
    const answer = await call(connection, { ...asked, query: owned, timeoutMs: CALL_MS_MAX });
    return outcome(`PATCH ${path}`, answer);
  };
  return {
    executor: (key) => get(executorPath(key)),
    incident: (key) => get(incidentPath(key)),
    async incidents(namespace) {
      return (await get<{ items: TradingIncident[] }>(incidentsPath(namespace)))?.items ?? [];
    },
    async createIncident(incident) {
      const body = { ...incident, spec: cutFacts(incident.spec) };
      const answer = await post(incidentsPath(incident.metadata.namespace), body);
      if (answer.ok) return 'created';
      if (answer.reason === 'AlreadyExists') return 'exists';
      throw new ClusterRefused(`create TradingIncident ${incident.metadata.name}`, answer);
    },
    writeIncidentStatus({ metadata }, status) {
      const { resourceVersion, uid } = metadata;
      const body = { metadata: { resourceVersion, uid }, status: cutRecord(status) };
      return patch(incidentPath(metadata, 'status'), MERGE_PATCH, body);
    },
    writeRollback: (object, change) =>
      patch(executorPath(object.metadata, 'status'), MERGE_PATCH, statusPatch(object, change)),
    patchSpec: (object, incident) =>
      patch(executorPath(object.metadata), JSON_PATCH, specPatch(object, incident)),
    async createEvent(event) {
      const answer = await post(corePath('events', event.metadata.namespace), event);
      if (answer.ok || answer.reason === 'AlreadyExists') return;
      throw new ClusterRefused(`create Event ${event.metadata.name}`, answer);
    },
  };
}

/** A failed `test` of a JSON patch is 422 with this text alone; a refusal names the object. */
const TEST_FAILED = 'the server rejected our request due to an error in our request';

function outcome(what: string, answer: Answer<unknown>): Written {
  if (answer.ok) return 'written';
  if (answer.status === 409) return 'conflict';
  if (answer.status === 404) return 'gone';
  if (answer.status === 422 && answer.message === TEST_FAILED) return 'conflict';
  throw new ClusterRefused(what, answer);
}
