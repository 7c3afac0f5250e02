import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { MARKS, type Mark, type Step } from '../../executor/marks.ts';

/** Moments of one order inside one process, wall-clock ms with fractions, as far as it came. */
export type Moments = { readonly [name in Moment]?: number };
/**
 * `accepted`: its HTTP head was read. `written`: its bytes are handed to the socket of the venue, the next thing that happens.
 * `replied`: the venue's answer was complete. `answered`: the answer was handed to the caller's socket.
 */
export type Moment = 'accepted' | Step | 'written' | 'replied' | 'answered';

export interface MarkedOrder extends Moments {
  readonly key: string;
}

interface WireEvent {
  readonly request: { readonly method?: string; readonly path?: string; readonly body?: unknown };
}
interface HttpEvent {
  readonly request: IncomingMessage;
}

const now = (): number => performance.timeOrigin + performance.now();
const keyOf = (request: IncomingMessage): string | undefined => {
  const key = request.headers['idempotency-key'];
  return typeof key === 'string' ? key : undefined;
};

/** Listens inside a process that takes orders. `drain` gives what was seen since the last time. */
export function listenToMarks(): { drain(): readonly MarkedOrder[] } {
  const orders = new Map<string, Record<string, number>>();
  const keys = new Map<string, string>();
  const wires = new Map<object, { readonly written: number; replied?: number; body: unknown }>();
  const at = (key: string | undefined, name: Moment): void => {
    if (key === undefined) return;
    const known = orders.get(key) ?? {};
    known[name] ??= now();
    orders.set(key, known);
  };
  subscribe('http.server.request.start', (event) =>
    at(keyOf((event as HttpEvent).request), 'accepted'),
  );
  subscribe('http.server.response.finish', (event) =>
    at(keyOf((event as HttpEvent).request), 'answered'),
  );
  subscribe(MARKS, (event) => {
    const { step, id, key } = event as Mark;
    keys.set(id, key);
    at(key, step);
  });
  // Not bodySent: the write wakes the venue, which may run before this thread goes on.
  subscribe('undici:client:sendHeaders', (event) => {
    const { request } = event as WireEvent;
    if (request.method !== 'POST') return;
    wires.set(request, { written: now(), body: request.body });
  });
  subscribe('undici:request:trailers', (event) => {
    const wire = wires.get((event as WireEvent).request);
    if (wire !== undefined) wire.replied = now();
  });
  return {
    drain() {
      for (const { written, replied, body } of wires.values()) {
        const id = clientId(body);
        const order = orders.get(keys.get(id) ?? id);
        if (order !== undefined) Object.assign(order, { written, ...(replied && { replied }) });
      }
      const drained = [...orders].map(([key, moments]) => ({ key, ...moments }));
      for (const seen of [orders, keys, wires]) seen.clear();
      return drained;
    },
  };
}

function clientId(body: unknown): string {
  const text = typeof body === 'string' ? body : Buffer.from(body as Uint8Array).toString();
  return (JSON.parse(text) as { newOrderClientId: string }).newOrderClientId;
}
