/** Group, version and the names every part of the system shares. */
export const GROUP = 'spark.trading';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

export const EXECUTORS = 'tradingexecutors';
export const INCIDENTS = 'tradingincidents';

/** The label every child of an executor carries; its value is the TradingExecutor's name. */
export const EXECUTOR_LABEL = `${GROUP}/executor`;
/** Acknowledges one incident: the value is that incident's name. Removes the latch, nothing else. */
export const ACKNOWLEDGE_ANNOTATION = `${GROUP}/acknowledge-rollback`;
/** Optional; when present the admission policy demands that it is the requesting user. */
export const ACKNOWLEDGED_BY_ANNOTATION = `${GROUP}/acknowledged-by`;

/** Keeps a deleted executor, with all that belongs to it, until its orders are shown to be cancelled. */
export const STOP_FINALIZER = `${GROUP}/stop-before-delete`;
/** Lets a deleted executor go as it is. The value is the executor's own name. */
export const DELETE_WITHOUT_FLAT_ANNOTATION = `${GROUP}/delete-without-flat`;

/** Audience of the ServiceAccount tokens that callers and the operator show to an executor. */
export const TOKEN_AUDIENCE = 'trading-executor';

/** TLS: orders, cancels, /control. */
export const EXECUTOR_TLS_PORT = 8443;
/** Plain: probes and metrics only. */
export const EXECUTOR_PROBE_PORT = 8080;

export interface ExecutorKey {
  readonly namespace: string;
  readonly name: string;
}
/** `namespace/name`: how a map or a queue knows an executor, or anything else that has both. */
export const textOf = ({ namespace, name }: ExecutorKey): string => `${namespace}/${name}`;

/** StatefulSet, Service, ServiceAccount, Role and RoleBinding of an executor share one name. */
export const childName = (executor: string): string => `${executor}-executor`;
/** Where the ConfigMap of spec.venue.calendarConfigMapRef is mounted, and the key in it. */
export const CALENDAR_FOLDER = `/var/run/config/${GROUP}/calendar`;
export const CALENDAR_FILE = `${CALENDAR_FOLDER}/calendar.json`;
/** The ConfigMap in which an executor publishes the certificate that callers trust. */
export const trustName = (executor: string): string => `${executor}-executor-ca`;
/** The name in the executor's certificate; the operator asks pod IPs but verifies this name. */
export const serviceHost = (key: ExecutorKey): string =>
  `${childName(key.name)}.${key.namespace}.svc`;

const NAME_MAX = 253;

/**
 * The Lease that one executor at a time holds to trade with a Secret's key. Secret names over 242
 * characters that differ in their end only share one: stricter than need be, never looser.
 */
export const credentialLeaseName = (secret: string): string =>
  `credential-${secret}`.slice(0, NAME_MAX).replace(/[-.]+$/, '');
/** On a credential's Lease: who gave it back with nothing of its own on the way to the venue. */
export const RELEASED_BY_ANNOTATION = `${GROUP}/released-by`;
