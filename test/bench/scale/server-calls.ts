import { call } from '../../../crds/kube/call.ts';
import type { KubeConnection } from '../../../crds/kube/connection.ts';
import { must } from './must.ts';

/** Calls that the API server has finished, by `VERB resource`, whoever made them. */
export type Calls = Readonly<Record<string, number>>;

const LINE = /^apiserver_request_total\{(.*)\} (\S+)$/;
/** What the API server asks itself for, and what is no call: a watch is open, not finished. */
const OWN =
  /^(WATCH|CONNECT) |apiservices|flowschemas|prioritylevelconfigurations|ipaddresses|^\S+ $/;

/** Counts by the API server's own metric, so that any operator is counted alike. */
export async function serverCalls(connection: KubeConnection): Promise<Calls> {
  const path = '/metrics';
  const text = must(await call<string>(connection, { method: 'GET', path, accept: 'text' }));
  const calls: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const [, labels = '', value] = LINE.exec(line) ?? [];
    if (value === undefined) continue;
    const of = (name: string) => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
    const sub = of('subresource');
    const name = `${of('verb')} ${of('resource')}${sub === '' ? '' : `/${sub}`}`;
    if (!OWN.test(name)) calls[name] = (calls[name] ?? 0) + Number(value);
  }
  return calls;
}

/** What was called between the two, zeros left out. */
export function between(before: Calls, after: Calls): Calls {
  const grown = Object.entries(after).map(([name, n]) => [name, n - (before[name] ?? 0)] as const);
  return Object.fromEntries(grown.filter(([, n]) => n > 0));
}

const WRITE = /^(POST|PUT|PATCH|APPLY|DELETE|DELETECOLLECTION) /;
const LEASE = / leases$/;
export const isWrite = (name: string): boolean => WRITE.test(name);

/** Calls whose name fits. */
export const sum = (calls: Calls, fits: (name: string) => boolean): number =>
  Object.entries(calls).reduce((total, [name, n]) => total + (fits(name) ? n : 0), 0);

/** Lease renewals are time, not work. */
export const writesBesidesLeases = (calls: Calls): number =>
  sum(calls, (name) => isWrite(name) && !LEASE.test(name));
