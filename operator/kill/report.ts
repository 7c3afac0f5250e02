import { z } from 'zod';
import type { ControlReport } from '../../crds/control.ts';
import type { ExecutorKey } from '../../crds/names.ts';
import { Mode } from '../../crds/trading-executor.ts';

/** Goes into status, where the API server refuses what is no instant. */
const Instant = z.iso.datetime({ offset: true }).max(40);
const Count = z.number().min(0);
const Reason = z.enum([
  'AsDeclared',
  'KillSwitch',
  'RollbackLatched',
  'LadderHolding',
  'Deleting',
  'StatusAbsent',
  'ForeignStatus',
]);

/** GET /control as it comes off the wire; what later versions add is not read. */
const Report = z.object({
  executor: z.object({ namespace: z.string(), name: z.string(), uid: z.string().nullable() }),
  pod: z.string(),
  version: z.object({ tag: z.string().max(63), commit: z.string(), builtAt: z.string() }),
  startedAt: Instant,
  effective: z
    .object({ mode: Mode, killed: z.boolean(), open: z.boolean(), reasons: z.array(Reason) })
    .nullable(),
  resourceVersion: z
    .string()
    .regex(/^[0-9]+$/)
    .nullable(),
  generation: z.number().nullable(),
  seenAt: Instant.nullable(),
  controlAgeMs: z.number().nullable(),
  gate: z.enum(['open', 'shut']),
  shutReasons: z.array(z.string().max(64)).max(32),
  gatedAt: Instant.nullable(),
  flatAt: Instant.nullable(),
  kill: z
    .object({
      requested: Count,
      cancelled: Count,
      remaining: Count,
      lastError: z.string().nullable(),
    })
    .nullish(),
  inFlight: Count,
  queued: Count,
  unknown: Count,
  openOrders: Count,
  credentials: z.enum(['present', 'missing', 'not-needed']),
  // of an executor from before there was one: none
  lease: z
    .object({
      secret: z.string().max(253).nullable(),
      holder: z.boolean(),
      leftMs: z.number().nullable(),
      heldBy: z.string().max(512).nullable(),
    })
    .nullable()
    .default(null),
  recent: z
    .array(
      z.object({
        windowMs: Count,
        orders: Count,
        acked: Count,
        // of an executor from before there were any: none was quick, as far as it has said
        buckets: z
          .array(z.object({ le: Count, answered: Count.optional(), acked: Count }))
          .max(64)
          .default([]),
      }),
    )
    .max(8),
}) satisfies z.ZodType<ControlReport>;

export type Said = { readonly report: ControlReport } | { readonly failure: string };

/** What a pod's answer amounts to. An answer of another pod (a reused address) is no answer. */
export function reportOf(text: string, key: ExecutorKey, pod: string): Said {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { failure: 'its answer is not JSON' };
  }
  const parsed = Report.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return {
      failure: `its answer is not a control report: ${issue?.path.join('.')} ${issue?.message}`,
    };
  }
  const { executor, pod: answering } = parsed.data;
  if (executor.namespace !== key.namespace || executor.name !== key.name || answering !== pod) {
    return {
      failure: `${executor.namespace}/${executor.name} (${answering}) answered in its place`,
    };
  }
  return { report: parsed.data };
}
