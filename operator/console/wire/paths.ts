/**
 * What the console's server and its page tell each other: JSON over HTTPS, same origin. Instants are RFC 3339,
 * UTC; durations and ages milliseconds; shares between 0 and 1. Numbers that are not known are null,
 * never 0. `at` is when the server knew it: the page shows its age.
 */

/** Where routes are; `:namespace/:name` name one executor or incident. */
export const paths = {
  session: '/api/session', // POST {token} signs in, GET says who is, DELETE signs out
  overview: '/api/overview', // GET: text/event-stream of OverviewEvent
  executor: '/api/executors/:namespace/:name', // GET: text/event-stream of ExecutorDetail, whole each time
  history: '/api/executors/:namespace/:name/history', // GET ?rangeMs=: History
  audit: '/api/executors/:namespace/:name/audit', // GET ?windowMs=: Audit
  calendar: '/api/executors/:namespace/:name/calendar', // GET: SessionCalendar
  act: '/api/executors/:namespace/:name/actions', // POST ActionRequest: ActionResult
  actNamespace: '/api/namespaces/:namespace/actions', // POST ActionRequest with action `kill`: ActionResult
  incidents: '/api/incidents', // GET: {at, incidents: IncidentView[]}
  incident: '/api/incidents/:namespace/:name', // GET: IncidentView
  acknowledge: '/api/incidents/:namespace/:name/acknowledge', // POST ActionRequest: ActionResult
  evidence: '/api/incidents/:namespace/:name/evidence', // GET: EvidencePack; …/FILE: one file; …/pack.tar.gz: all
} as const;

/** Holds the session. `__Host-`: browsers take it over TLS only, for this host alone, and for all of it. */
export const COOKIE = '__Host-trading-console';

/** Sent with every request that is not a GET; a page of another origin cannot. */
export const CSRF_HEADER = 'x-trading-console';

export interface SignIn {
  readonly token: string;
}

export interface Session {
  readonly username: string;
  readonly groups: readonly string[];
  readonly expiresAt: string;
  /** Release tag of the operator that serves this. */
  readonly version: string;
  /** Where numbers come from. */
  readonly numbers: 'prometheus' | 'executors';
}

/** Any answer but 2xx. 401: sign in (again). 403: says the right that is missing. */
export interface Failed {
  readonly error: { readonly code: string; readonly message: string };
}
