import { type Answer, type Call, call, KubeUnreachable } from './call.ts';
import type { KubeConnection } from './connection.ts';
import type { KubeObject } from './object-store.ts';

/** What client-go asks for: an answer stays in the low megabytes. */
const PAGE_ITEMS = 500;
const PAGE_TIMEOUT_MS = 30_000;

export interface Listed<T> {
  readonly ok: true;
  readonly items: readonly T[];
  /** The version the whole list is of; a watch goes on from here. */
  readonly resourceVersion: string;
}

interface ListBody<T> {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly T[] | null;
}

/**
 * All objects under `path`, read consistently, page by page. A list that outlives its own snapshot
 * (410 on a later page) is read once more in one piece.
 */
export async function listPages<T extends KubeObject>(
  connection: KubeConnection,
  path: string,
  query: NonNullable<Call['query']>,
  signal: AbortSignal,
): Promise<Listed<T> | (Answer<never> & { ok: false })> {
  const items: T[] = [];
  let limit: number | undefined = PAGE_ITEMS;
  let from: string | undefined;
  for (;;) {
    const page: Answer<ListBody<T>> = await call<ListBody<T>>(connection, {
      method: 'GET',
      path,
      query: { ...query, limit, continue: from },
      timeoutMs: PAGE_TIMEOUT_MS,
      signal,
    });
    if (!page.ok) {
      if (page.status !== 410 || from === undefined) return page;
      items.length = 0;
      limit = undefined;
      from = undefined;
      continue;
    }
    const { apiVersion, kind, metadata } = listOf(page.body, path);
    // Lists of built-in kinds leave both out of their items; watch events carry them.
    const own = kind?.endsWith('List') ? { apiVersion, kind: kind.slice(0, -4) } : {};
    for (const item of page.body.items ?? []) items.push({ ...own, ...withoutBookkeeping(item) });
    if (!metadata.continue) return { ok: true, items, resourceVersion: metadata.resourceVersion };
    from = metadata.continue;
  }
}

/** A success that holds no list comes from a proxy or a server that starts: no answer, then. */
function listOf<T>(body: Partial<ListBody<T>> | null, path: string): ListBody<T> {
  const { metadata, items } = body ?? {};
  const isList = typeof metadata?.resourceVersion === 'string' && Array.isArray(items ?? []);
  if (isList) return body as ListBody<T>;
  throw new KubeUnreachable(`GET ${path}: the answer is not a list; is this an API server?`);
}

/** Drops `managedFields`, often half of an object and of no use to either program. In place. */
export function withoutBookkeeping<T extends KubeObject>(object: T): T {
  delete (object.metadata as { managedFields?: unknown }).managedFields;
  return object;
}
