import { afterAll, beforeAll } from 'vitest';
import type { Condition } from '../../crds/fields.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { Operator } from '../../operator/operator.ts';
import { type Desk, openDesk, until } from '../operator/support/desk.ts';

export const NS = 'default';
/** API, resource and what the name has after `NAME-executor`. */
export const CHILDREN = [
  ['api/v1', 'serviceaccounts', ''],
  ['apis/rbac.authorization.k8s.io/v1', 'roles', ''],
  ['apis/rbac.authorization.k8s.io/v1', 'rolebindings', ''],
  ['api/v1', 'configmaps', '-ca'],
  ['api/v1', 'services', ''],
  ['apis/apps/v1', 'statefulsets', ''],
] as const;

export let desk: Desk;
export let operator: Operator;

/** An API server for the file, with one operator that leads. */
export function openOperatorDesk(): void {
  beforeAll(async () => {
    desk = await openDesk();
    operator = await desk.operator('first');
  });
  afterAll(() => desk?.close());
}

export const child = (name: string, [api, resource, suffix]: (typeof CHILDREN)[number]) =>
  `/${api}/namespaces/${NS}/${resource}/${name}-executor${suffix}`;
export const role = (name: string) => child(name, CHILDREN[1]);
export const service = (name: string) => child(name, CHILDREN[4]);
export const set = (name: string) => child(name, CHILDREN[5]);

export const condition = ({ status }: TradingExecutor, type: string): Condition | undefined =>
  status?.conditions?.find((one) => one.type === type);

/** Waits until the condition has this status and reason. */
export const settles = (name: string, type: string, status: string, reason: string) =>
  until(`${type} of ${name} is ${status}/${reason}`, async () => {
    const object = await desk.get(NS, name);
    const now = condition(object, type);
    return now?.status === status && now.reason === reason ? object : undefined;
  });

export const exists = (path: string) =>
  until(`${path} exists`, async () => {
    const { status, body } = await desk.server.request('GET', path);
    return status === 200 ? body : undefined;
  });

export async function all(): Promise<readonly TradingExecutor[]> {
  const path = `/apis/spark.trading/v1alpha1/namespaces/${NS}/tradingexecutors`;
  return (await desk.server.request('GET', path)).body.items;
}

/** The sum of an operator's samples whose line fits. */
export async function metric(of: Operator, pattern: RegExp): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${of.httpPort}/metrics`)).text();
  const lines = text.split('\n').filter((line) => pattern.test(line));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** Samples of `metric`: calls of the operator that change something; its Lease aside. */
export const WRITES = /^trading_operator_calls_total\{method="(PATCH|POST|PUT|DELETE)"/;
/** Samples of `metric`: every call of the reconciler, reads included. */
export const CALLS = /^trading_operator_calls_total\{/;
