export interface Thing {
  readonly apiVersion: string;
  readonly kind: 'Thing';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly managedFields?: unknown;
  };
  readonly spec: { readonly value: number };
}

/** What to do instead of answering the next request as asked. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  /** Take the request and never answer. */
  | { readonly kind: 'hang' }
  /** A success whose body is this, as from a proxy. */
  | { readonly kind: 'says'; readonly text: string }
  | { readonly kind: 'reset' };

export type WatchFault =
  | Fault
  /** Break the connection after so many events. */
  | { readonly kind: 'reset-after'; readonly events: number }
  /** End it cleanly after so many events. */
  | { readonly kind: 'end-after'; readonly events: number }
  /** An ERROR event inside the stream. */
  | { readonly kind: 'error'; readonly code: number; readonly reason: string; retryAfter?: number }
  /** Open, and then silent for ever, like a half-open connection. */
  | { readonly kind: 'freeze' }
  /** Break off in the middle of an event. */
  | { readonly kind: 'torn' };
