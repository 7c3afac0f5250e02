import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Gate } from '../gate/gate.ts';
import { denialOf } from '../guards/shut.ts';
import { orderOf } from '../order/book.ts';
import type { Order, OrderId } from '../order/order.ts';
import type { PlaceAnswer } from '../place.ts';
import type { Trading } from '../trading.ts';
import { accountView } from './account-view.ts';
import { ApiFailure, refusal, sendFailure } from './failure.ts';
import { orderView, placeBody } from './order-view.ts';
import { parseRequest } from './place-body.ts';

export interface OrderRouteParts {
  /** undefined until the object was seen and the journal was read. */
  readonly trading: () => Trading | undefined;
  readonly gate: Gate;
}

const KEY = /^[\x21-\x7e]{1,255}$/;
const LIST_MAX = 1_000;

const ListQuery = z.object({
  state: z.string().max(16).optional(),
  /** `account` adds what others have open on it. */
  scope: z.enum(['own', 'account']).default('own'),
  limit: z.coerce.number().int().min(1).max(LIST_MAX).default(100),
});

export function orderRoutes(server: FastifyInstance, parts: OrderRouteParts): void {
  server.post('/place', { config: { right: 'place' } }, async (request, reply) => {
    const key = request.headers['idempotency-key'];
    if (typeof key !== 'string' || !KEY.test(key)) {
      const message = 'send the header Idempotency-Key, 1 to 255 visible characters, one per order';
      throw new ApiFailure(400, 'IDEMPOTENCY_KEY_REQUIRED', message);
    }
    const parsed = parseRequest(request.body);
    if (!parsed.ok) {
      const named = parsed.faults.map(({ field, message }) => `${field || 'body'}: ${message}`);
      const details = { fields: parsed.faults };
      throw new ApiFailure(422, 'INVALID_ORDER', named.join('; '), { details });
    }
    const { request: order, hash } = parsed;
    const answer = await desk(parts).place.place({
      caller: request.caller,
      key,
      request: order,
      hash,
    });
    return sendPlaced(reply, answer);
  });

  server.get('/orders', { config: { right: 'read' } }, async (request) => {
    const query = ListQuery.safeParse(request.query);
    if (!query.success) {
      throw new ApiFailure(422, 'INVALID_QUERY', z.prettifyError(query.error));
    }
    const { state, limit, scope } = query.data;
    const { book, account } = desk(parts);
    const all = book.list();
    const wanted = state === undefined ? all : all.filter((order) => matches(order, state));
    const own = { orders: wanted.slice(0, limit).map(orderView) };
    return scope === 'own' ? own : { ...own, external: accountView(account) };
  });

  server.get<IdRoute>('/orders/:id', { config: { right: 'read' } }, async (request) => ({
    order: orderView(await find(parts, request.params.id)),
  }));

  server.get('/fills', { config: { right: 'read' } }, async () => {
    const filled = desk(parts).book.list().map(orderView);
    return { fills: filled.filter((order) => order.filled !== '0') };
  });
}

interface IdRoute {
  Params: { id: string };
}

/** What trades, or the reason why it is not there yet. */
export function desk({ trading, gate }: Pick<OrderRouteParts, 'trading' | 'gate'>): Trading {
  const ready = trading();
  if (ready !== undefined) return ready;
  const why = denialOf(gate.view().reasons);
  if (why === undefined) throw new Error('the gate is open before there is anything to trade with');
  throw refusal(why);
}

/** From memory, or from the journal when it is older. */
export async function find(parts: OrderRouteParts, id: string): Promise<Order> {
  const { book, journal } = desk(parts);
  const order = book.get(id as OrderId) ?? orderOf(await journal.order(id as OrderId));
  if (order !== undefined) return order;
  throw new ApiFailure(404, 'NO_SUCH_ORDER', `no order ${id.slice(0, 64)} in this executor`);
}

/** A state by name; `open` is everything that may still trade. */
function matches(order: Order, state: string): boolean {
  if (state !== 'open') return order.state === state;
  return ['received', 'sent', 'unknown', 'working'].includes(order.state);
}

function sendPlaced(reply: FastifyReply, answer: PlaceAnswer): FastifyReply {
  switch (answer.kind) {
    case 'denied':
      return sendFailure(reply, refusal(answer.denial));
    case 'conflict': {
      const message = 'this Idempotency-Key belongs to an order with another body; use a new one';
      const details = { orderId: answer.order.terms.id };
      return sendFailure(
        reply,
        new ApiFailure(409, 'IDEMPOTENCY_KEY_REUSED', message, { details }),
      );
    }
    case 'dry-run':
      return reply.code(200).send({ dryRun: true, wouldBeSent: true });
    case 'order': {
      if (answer.isReplay) reply.header('idempotent-replayed', 'true');
      const view = orderView(answer.order);
      const body = placeBody(answer.order);
      if (body.ok) return reply.code(body.status).send({ order: view });
      const details = { order: view };
      return sendFailure(reply, new ApiFailure(body.status, body.code, body.message, { details }));
    }
    default:
      return answer satisfies never;
  }
}
