import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { Name } from '../../crds/fields.ts';
import { Refusal } from '../http/refusal.ts';
import type { KeptAlerts } from './kept-alerts.ts';
import type { OperatorOnly } from './operator-only.ts';
import type { EvidenceStore } from './store.ts';
import { keepUngated, UNGATED_PATH } from './ungated.ts';

export const ALERTS_PATH = '/evidence/alerts';
/** An alert is one or two KiB; its envelope holds the labels of its group. */
export const ALERT_TEXT_MAX = 16 * 1024;
export const ALERTS_MAX = 32;
const BODY_BYTES_MAX = 4 * 1024 * 1024;

const Instant = z.iso.datetime();

const AlertsHandedIn = z.object({
  namespace: Name,
  executor: Name,
  alerts: z
    .array(
      z.object({
        key: z.string().min(1).max(256),
        at: Instant,
        text: z.string().max(ALERT_TEXT_MAX),
      }),
    )
    .max(ALERTS_MAX),
});
export type AlertsHandedIn = z.input<typeof AlertsHandedIn>;

const LogHandedIn = z.object({
  namespace: Name,
  pod: Name,
  uid: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  at: Instant,
  log: z.string(),
});

export interface HandInOptions {
  readonly operator: OperatorOnly;
  readonly alerts: KeptAlerts;
  readonly store: EvidenceStore;
}

/**
 * POST /evidence/alerts and /evidence/ungated: what only the operator has, and would lose. 204 once it
 * is written, 507 when it cannot be.
 */
export function handInRoutes(app: FastifyInstance, options: HandInOptions): void {
  const { operator, alerts, store } = options;
  const route = <T extends z.ZodType>(
    path: string,
    Schema: T,
    keep: (given: z.output<T>) => Promise<void>,
  ) =>
    app.post(path, { bodyLimit: BODY_BYTES_MAX }, async ({ headers, body }, reply) => {
      await operator(headers.authorization);
      const given = Schema.safeParse(body);
      if (!given.success) throw new Refusal(422, 'INVALID', z.prettifyError(given.error));
      await keep(given.data).catch((cause: unknown) => {
        throw new Refusal(507, 'NOT_STORED', String(cause), { cause });
      });
      return reply.code(204).send();
    });
  route(ALERTS_PATH, AlertsHandedIn, ({ namespace, executor, alerts: given }) =>
    alerts.add({ namespace, name: executor }, given),
  );
  route(UNGATED_PATH, LogHandedIn, (given) => keepUngated(store, given));
}
