import type { Clock } from '../../../crds/clock.ts';
import type { Connections } from './connections.ts';
import type { Meter } from './meter.ts';

export const PING = { method: 'GET', path: '/api/v2/server/ping' } as const;

/** A connection that closed is noticed this soon. */
const LOOK_MS = 1_000;
/** Before it would be closed for being idle. */
const IDLE_MAX_MS = 5_000;
/** An order may wait behind a ping: not for long. */
const ANSWER_MS = 1_000;
const FAILURE_WAIT_MAX_MS = 30_000;

export interface WarmthParts {
  readonly clock: Clock;
  readonly connections: Connections;
  readonly meter: Meter;
  /** Those that the next order or cancel may need. */
  readonly names: () => readonly string[];
}

/** Keeps connections open, so that the first order after a quiet hour need not connect first. */
export async function keepWarm(parts: WarmthParts, signal: AbortSignal): Promise<void> {
  const { clock, connections, names } = parts;
  let failures = 0;
  while (!signal.aborted) {
    const cold = names().filter(
      (name) => !connections.isConnected(name) || connections.idleMs(name) >= IDLE_MAX_MS,
    );
    const answered = await Promise.all(cold.map((name) => ping(parts, name, ANSWER_MS)));
    failures = answered.includes(false) ? failures + 1 : 0;
    const waitMs = Math.min(LOOK_MS * 2 ** failures, FAILURE_WAIT_MAX_MS);
    await clock.after(waitMs, signal).catch(() => undefined);
  }
}

/** True when the venue answered, whatever it said: the connection is open then. */
export async function ping(
  { connections, meter }: Pick<WarmthParts, 'connections' | 'meter'>,
  name: string,
  timeoutMs: number,
): Promise<boolean> {
  const reply = await connections.call(name, PING, { timeoutMs });
  meter.count('server.ping', reply);
  return reply.kind === 'answer';
}
