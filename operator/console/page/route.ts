/** Where one is, as the part of the address after `#`: a link to it can be sent to somebody else. */
export type Route =
  | { readonly page: 'overview'; readonly query: Query }
  | { readonly page: 'executor'; readonly namespace: string; readonly name: string }
  | { readonly page: 'incidents' }
  | {
      readonly page: 'incident';
      readonly namespace: string;
      readonly name: string;
      readonly file: string | null;
    }
  | { readonly page: 'nowhere'; readonly path: string };

export type Query = Readonly<Record<string, string>>;

/** The route of `location.hash`. */
export function routeOf(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#/, '').split('?', 2);
  const query = Object.fromEntries(new URLSearchParams(search));
  const parts = path.split('/').filter((part) => part !== '');
  const [page, namespace, name, ...more] = parts.map(decoded);
  if (page === undefined) return { page: 'overview', query };
  if (page === 'incidents' && namespace === undefined) return { page: 'incidents' };
  if (namespace !== undefined && name !== undefined && more.length === 0) {
    if (page === 'executors') return { page: 'executor', namespace, name };
    if (page === 'incidents')
      return { page: 'incident', namespace, name, file: query.file ?? null };
  }
  return { page: 'nowhere', path };
}

/** The inverse of `routeOf`, beginning with `#`. */
export function hashOf(route: Exclude<Route, { page: 'nowhere' }>): string {
  switch (route.page) {
    case 'overview':
      return `#/${search(route.query)}`;
    case 'executor':
      return `#/executors/${encodeURIComponent(route.namespace)}/${encodeURIComponent(route.name)}`;
    case 'incidents':
      return '#/incidents';
    case 'incident': {
      const { namespace, name, file } = route;
      const path = `#/incidents/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
      return `${path}${search(file === null ? {} : { file })}`;
    }
  }
}

function search(query: Query): string {
  const kept = Object.entries(query).filter(([, value]) => value !== '');
  return kept.length === 0 ? '' : `?${new URLSearchParams(kept)}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a stray per cent sign; no such object, and the server says so
  }
}

/** A path of the wire with its names filled in. */
export const pathTo = (pattern: string, names: Readonly<Record<string, string>>): string =>
  pattern.replaceAll(/:(\w+)/g, (_, key: string) => encodeURIComponent(names[key] ?? ''));
