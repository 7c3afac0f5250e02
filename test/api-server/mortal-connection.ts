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
  const request = async (options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData> => {
    if (isDead) throw new Error('this process has ended');
    const counts = options.method !== 'GET' && !LEASE.test(options.path);
    if (counts) writes += 1;
    if (writes > last) throw new Error('this process has ended');
    const isLast = counts && writes === last;
    const response = await connection.dispatcher.request(options);
    if (!isLast) return response;
    isDead = true;
    await response.body.dump();
    die();
    throw new Error('this process ended here');
  };
  const dispatcher = new Proxy(connection.dispatcher, {
    get: (target, name) => {
      if (name === 'request') return request;
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { died, connection: { ...connection, dispatcher } };
}
