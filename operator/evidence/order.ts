import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { Refusal } from '../http/refusal.ts';
import type { RollbackCluster } from '../rollback/cluster.ts';
import type { Collector } from './collector.ts';
import type { OperatorOnly } from './operator-only.ts';

export const ORDER_PATH = '/evidence/incidents';

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** What the leader asks for. The incident itself is read from the API server, not believed. */
export const PackOrder = z.object({
  namespace: z.string().min(1),
  incident: z.string().min(1),
  /** The TradingExecutor as it was when the rollback was decided; it is only ever printed. */
  before: z.custom<TradingExecutor>(isObject, 'must be an object').optional(),
  /** The pod that asks, for its log. */
  operator: z.object({ namespace: z.string().min(1), name: z.string().min(1) }).optional(),
});
export type PackOrder = z.input<typeof PackOrder>;

/** An object of etcd's largest size, and its JSON. */
const BODY_BYTES_MAX = 4 * 1024 * 1024;

export interface OrderOptions {
  readonly operator: OperatorOnly;
  readonly cluster: Pick<RollbackCluster, 'incident'>;
  readonly collector: Collector;
}

/**
 * POST /evidence/incidents: has one pack collected and answers when it is there. Only the operator
 * may, with the token that it shows to executors; they are asked with that same token, so this
 * server has no right of its own at any executor.
 */
export function orderRoute(app: FastifyInstance, options: OrderOptions): void {
  const { operator, cluster, collector } = options;
  app.post(ORDER_PATH, { bodyLimit: BODY_BYTES_MAX }, async ({ headers, body }) => {
    const token = await operator(headers.authorization);
    const order = PackOrder.safeParse(body);
    if (!order.success) throw new Refusal(422, 'INVALID', z.prettifyError(order.error));
    const { namespace, incident: name, before, operator: self } = order.data;
    const incident = await cluster.incident({ namespace, name });
    if (incident === undefined) {
      throw new Refusal(404, 'NOT_FOUND', `there is no incident ${namespace}/${name}`);
    }
    const executorToken = async () => token;
    return collector.collect({ incident, before, self, executorToken }).catch((cause: unknown) => {
      throw new Refusal(507, 'NOT_STORED', String(cause), { cause });
    });
  });
}
