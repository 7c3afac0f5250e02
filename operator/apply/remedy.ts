import { KubeUnreachable } from '../../crds/kube/call.ts';
import { ApiRefused, type Refusal } from '../cluster.ts';

/** Every reason there is; condition, Event, metric and log say the same word. */
export const REMEDY_REASONS = [
  ...['Conflict', 'TooManyRequests', 'ApiServerError', 'ApiServerUnreachable', 'Unauthorized'],
  ...['NotPermitted', 'QuotaExceeded', 'NamespaceTerminating', 'NamespaceMissing', 'ApiMissing'],
  ...['WebhookUnavailable', 'AdmissionDenied', 'Invalid', 'Unexpected'],
] as const;

interface Fault {
  /** CamelCase, one of REMEDY_REASONS. */
  readonly reason: string;
  /** What happened, to what, and what to do. */
  readonly message: string;
  /** Not before, in ms. */
  readonly afterMs: number;
}

/** The same again, with back-off: it passes by itself. */
export type Retry = Fault & { readonly kind: 'retry' };

/** What helps against a call that failed. */
export type Remedy =
  | Retry
  /** Somebody or something else has to do its part first; looked at now and then. */
  | (Fault & { readonly kind: 'wait'; readonly waitsFor: string })
  /** Only another spec or another policy helps; looked at rarely. */
  | (Fault & { readonly kind: 'stalled' });

/** A conflict is usually our own last write on its way back through the watch. */
const CONFLICT_MS = 50;
const WAIT_MS = 30_000;
const STALLED_MS = 300_000;

/** What an answer that was no success asks for. `what`: the call in words, e.g. `apply Role btc-executor`. */
export function remedyOf(what: string, answer: Refusal): Remedy {
  const { status, message, retryAfterMs: afterMs = 0 } = answer;
  const fault = (reason: string, told: string = message) => ({
    ...{ reason, afterMs, message: `${what}: ${told}` },
  });
  if (status === 409) return conflict(`${what}: ${message}`);
  if (status === 429) return { kind: 'retry', ...fault('TooManyRequests') };
  if (status === 401) return { kind: 'retry', ...fault('Unauthorized') };
  if (status === 403) return forbidden(what, message);
  if (status === 404) return absent(what, message);
  if (status >= 500 || status === 408) {
    return /failed calling webhook/.test(message)
      ? waitFor('the admission webhook', fault('WebhookUnavailable'))
      : { kind: 'retry', ...fault('ApiServerError', `HTTP ${status} ${message}`) };
  }
  return { kind: 'stalled', ...fault('Invalid'), afterMs: STALLED_MS };
}

/** The world moved: look at it anew. */
export const conflict = (message: string): Retry => ({
  ...{ kind: 'retry', reason: 'Conflict', message, afterMs: CONFLICT_MS },
});

/** The same for what a call threw; a cause we do not know is tried again as well. */
export function remedyOfThrown(cause: unknown): Remedy {
  if (cause instanceof ApiRefused) return remedyOf(cause.what, cause.answer);
  const reason = cause instanceof KubeUnreachable ? 'ApiServerUnreachable' : 'Unexpected';
  return { kind: 'retry', reason, message: wordsOf(cause), afterMs: 0 };
}

/** A defect of ours is told with its place. */
const wordsOf = (cause: unknown): string =>
  cause instanceof Error && !(cause instanceof KubeUnreachable)
    ? (cause.stack ?? cause.message)
    : String(cause);

/** One status code for five refusals; only its words tell them apart. */
function forbidden(what: string, message: string): Remedy {
  const fault = (reason: string, told: string) => ({ reason, message: `${what}: ${told}` });
  if (/because it is being terminated/.test(message)) {
    return waitFor('the namespace to go', fault('NamespaceTerminating', message));
  }
  if (/exceeded quota/.test(message)) {
    const told = `${message}; raise the ResourceQuota or remove something else`;
    return waitFor('room in the quota', fault('QuotaExceeded', told));
  }
  if (/cannot [\w*]+ resource|attempting to grant RBAC permissions/.test(message)) {
    const told = `${message}; give the operator's account the rules of its chart (templates/_rules.tpl)`;
    return waitFor('permissions', fault('NotPermitted', told));
  }
  return { kind: 'stalled', ...fault('AdmissionDenied', message), afterMs: STALLED_MS };
}

function absent(what: string, message: string): Remedy {
  const fault = (reason: string) => ({ reason, message: `${what}: ${message}` });
  return /^namespaces "/.test(message)
    ? waitFor('the namespace', fault('NamespaceMissing'))
    : waitFor('the API', fault('ApiMissing'));
}

const waitFor = (waitsFor: string, fault: Omit<Fault, 'afterMs'>): Remedy => ({
  ...{ kind: 'wait', waitsFor, ...fault, afterMs: WAIT_MS },
});
