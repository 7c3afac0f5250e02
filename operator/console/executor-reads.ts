import { z } from 'zod';
import type { ExecutorKey } from '../../crds/names.ts';
import { instant } from '../rollback/instant.ts';
import { askExecutor, type ExecutorDoor, silent } from './executor-door.ts';
import type { Audit, SessionCalendar } from './wire/executor.ts';

/** Passed on as it is: the executor's own words, of whatever release it is. */
const Summary = z.looseObject({ windowMs: z.number(), orders: z.number(), acked: z.number() });

/** What the orders of the last `windowMs` came to, as the executor's own journal has it. */
export async function audit(
  door: ExecutorDoor,
  key: ExecutorKey,
  windowMs: number,
): Promise<Audit> {
  const path = `/audit/summary?window=${Math.round(windowMs / 1_000)}s`;
  const { pod, status, body } = await askExecutor(door, key, path);
  const summary = Summary.safeParse(body);
  if (status !== 200 || !summary.success) throw silent(key, `${pod} answered ${status}`);
  return { at: instant(door.clock.wall()), pod, ...(summary.data as Omit<Audit, 'at' | 'pod'>) };
}

const Calendar = z.object({
  version: z.number(),
  source: z.string(),
  end: z.iso.date(),
  // of an executor from before there were days: none
  days: z
    .array(
      z.object({
        date: z.string(),
        kind: z.enum(['full', 'half', 'holiday', 'weekend']),
        phases: z.array(z.object({ phase: z.string(), from: z.string(), to: z.string() })),
      }),
    )
    .default([]),
});
const DAY_MS = 24 * 3_600_000;

/** The days of its market; `always` where the market never closes. */
export async function calendar(door: ExecutorDoor, key: ExecutorKey): Promise<SessionCalendar> {
  const { pod, status, body } = await askExecutor(door, key, '/calendar');
  const at = instant(door.clock.wall());
  if (status === 404) {
    return { at, kind: 'always', source: null, version: null, endsOn: null, days: [] };
  }
  const report = Calendar.safeParse(body);
  if (status !== 200 || !report.success) throw silent(key, `${pod} answered ${status}`);
  const { version, source, end, days } = report.data;
  // the executor says the first day that it does not know
  const endsOn = new Date(Date.parse(end) - DAY_MS).toISOString().slice(0, 10);
  const named = days.map((day) => ({ ...day, name: null }));
  return { at, kind: 'sessions', source, version: String(version), endsOn, days: named };
}
