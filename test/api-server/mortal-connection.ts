import type { Dispatcher } from 'undici';
import type { KubeConnection } from '../../crds/kube/connection.ts';

export interface Mortal {
  readonly connection: KubeConnection;
  /** Resolves when its last write was made. */
  readonly died: Promise<void>;
}

const LEASE = /\/leases(\/|$)/;

/**
 * A way to the API server of a process that ends at its `last` write: the write is made, its answer is
 * never heard, and nothing is asked or written after it. Renewals of Leases do not count.
 */
export function mortal(connection: KubeConnection, last: number): Mortal {
  const { promise: died, resolve: die } = Promise.withResolvers<void>();
  let writes = 0;
  let isDead = false;
  const dispatcher = connection.dispatcher.compose((dispatch) => (options, handler) => {
    const counts = options.method !== 'GET' && !LEASE.test(options.path);
    if (counts) writes += 1;
    if (isDead || writes > last) throw new Error('this process has ended');
    if (!counts || writes < last) return dispatch(options, handler);
    return dispatch(
      options,
      unheard(handler, () => {
        isDead = true;
        die();
      }),
    );
  });
  return { died, connection: { ...connection, dispatcher } };
}

/** Lets the request go, and tells who asked that it failed once it was answered. */
function unheard(
  handler: Dispatcher.DispatchHandler,
  answered: () => void,
): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (...args) => handler.onRequestStart?.(...args),
    onResponseStart: () => undefined, // nobody hears it
    onResponseData: () => undefined,
    onResponseEnd(controller) {
      answered();
      handler.onResponseError?.(controller, new Error('this process ended here'));
    },
    onResponseError: (...args) => handler.onResponseError?.(...args),
  };
}
