import type { FastifyInstance } from 'fastify';
import type { CancelAnswer } from '../cancel.ts';
import { isLive, type Order } from '../order/order.ts';
import type { Trading } from '../trading.ts';
import { VenueFailure } from '../venues/venue.ts';
import { ApiFailure } from './failure.ts';
import { orderView } from './order-view.ts';
import { desk, find, type OrderRouteParts } from './orders.ts';

export interface CancelRouteParts extends OrderRouteParts {
  /** As `trading`, from before the journal was read: the account can be emptied without it. */
  readonly begun: () => Trading | undefined;
}

/** Cancels pass no guard: only who asks is checked. */
export function cancelRoutes(server: FastifyInstance, parts: CancelRouteParts): void {
  server.delete<{ Params: { id: string } }>(
    '/orders/:id',
    { config: { right: 'cancel' } },
    async (request, reply) => {
      const order = await find(parts, request.params.id);
      const answer = await desk(parts).cancel.cancel(order, request.caller);
      if (answer.kind === 'failed') {
        const details = { order: orderView(answer.order) };
        const message = `the venue did not take the cancel: ${answer.message}; try again`;
        throw new ApiFailure(502, 'CANCEL_FAILED', message, { details });
      }
      const status = answer.kind === 'pending' ? 202 : 200;
      return reply.code(status).send({ cancel: answer.kind, order: orderView(answer.order) });
    },
  );

  server.post<{ Querystring: { scope?: string } }>(
    '/orders/cancel-all',
    { config: { right: 'cancel' } },
    async (request) => {
      const { scope = 'own' } = request.query;
      if (scope !== 'own' && scope !== 'account') {
        throw new ApiFailure(422, 'INVALID_QUERY', 'scope: must be own or account');
      }
      if (scope === 'account' && parts.trading() === undefined) return cancelUnread(parts);
      const trading = desk(parts);
      const own = await cancelOwn(trading, request.caller);
      if (scope === 'own') return own;
      return { ...own, foreign: await cancelForeign(trading) };
    },
  );
}

/** Its own orders are not known yet, so all that is open counts as foreign, ours among it. */
async function cancelUnread(parts: CancelRouteParts) {
  const none = { requested: 0, withdrawn: 0, pending: 0, failed: [] };
  return { ...none, foreign: await cancelForeign(parts.begun() ?? desk(parts)) };
}

async function cancelOwn(trading: Trading, by: string) {
  const open = trading.book.list().filter(isCancellable);
  const answers = await Promise.all(open.map((order) => trading.cancel.cancel(order, by)));
  const count = (kind: CancelAnswer['kind']) => answers.filter((one) => one.kind === kind).length;
  return {
    requested: count('requested'),
    withdrawn: count('withdrawn'),
    pending: count('pending'),
    failed: answers.flatMap((one) =>
      one.kind === 'failed' ? [{ id: one.order.terms.id, message: one.message }] : [],
    ),
  };
}

/** What is open, may be, or may turn up: for that it is a promise. */
const isCancellable = (order: Order): boolean =>
  isLive(order) ||
  order.state === 'received' ||
  (order.state === 'presumed-absent' && order.watched);

/** Everything else that is open on the account: never touched unless asked for. */
async function cancelForeign(trading: Trading) {
  try {
    const open = await trading.market.real.openOrders();
    const foreign = open.filter((order) => trading.cancel.isForeign(order));
    const done = await Promise.all(foreign.map((order) => trading.cancel.cancelForeign(order)));
    return { requested: done.filter(Boolean).length, failed: done.filter((one) => !one).length };
  } catch (fault) {
    if (!(fault instanceof VenueFailure)) throw fault;
    const message = `the account's open orders cannot be read: ${fault.message}; try again`;
    throw new ApiFailure(502, 'VENUE_UNREACHABLE', message);
  }
}
