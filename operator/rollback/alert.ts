import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { EpochMs } from '../../crds/clock.ts';
import { Name } from '../../crds/fields.ts';
import type { ExecutorKey } from '../../crds/names.ts';
import { FINGERPRINT_MAX } from '../../crds/status.ts';
import { instantMs } from './instant.ts';

/** Of any length: the body is bounded, and one long text must not cost the whole delivery. */
const Labels = z.record(z.string(), z.string());
/** A key, so it is not cut: two long ones may begin alike. Alertmanager's own have 16 characters. */
const Fingerprint = z
  .string()
  .min(1)
  .transform((text) =>
    text.length <= FINGERPRINT_MAX ? text : createHash('sha256').update(text).digest('hex'),
  );
const Instant = z
  .string()
  .max(64)
  .refine((text) => !Number.isNaN(Date.parse(text)), {
    error: 'must be an RFC 3339 instant such as 2026-01-31T12:00:00Z',
  });

/** Alertmanager's webhook, payload version 4. Fields it gained since are accepted, and kept as evidence. */
export const WebhookPayload = z.looseObject({
  version: z.literal('4', { error: 'must be "4", the payload version of Alertmanager’s webhook' }),
  truncatedAlerts: z.int().min(0).default(0),
  alerts: z.array(
    z.looseObject({
      status: z.enum(['firing', 'resolved']),
      labels: Labels,
      annotations: Labels.nullish(),
      startsAt: Instant,
      fingerprint: Fingerprint,
    }),
  ),
});
export type WebhookPayload = z.output<typeof WebhookPayload>;

/** `GET /api/v2/alerts`: only what still fires is listed. `mutedBy` and others come and go. */
export const AlertList = z.array(
  z.looseObject({
    labels: Labels,
    annotations: Labels.nullish(),
    startsAt: Instant,
    fingerprint: Fingerprint,
    status: z.object({ state: z.string() }),
  }),
);
export type AlertList = z.output<typeof AlertList>;

/** One alert as the decision knows it, whichever way it came. */
export interface Alert {
  readonly status: 'firing' | 'resolved';
  readonly fingerprint: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary?: string;
  /** FiredAt; the beginning, because the rollback rule has `for: 0s`. */
  readonly startsAt: EpochMs;
  /** Silenced or inhibited: known only from the API, a webhook never carries such an alert. */
  readonly muted: boolean;
  /** As it came, for the evidence; absent when a poll concluded it from silence. */
  readonly delivered?: {
    readonly via: 'webhook' | 'poll';
    readonly alert: object;
    /** What a webhook says besides its alerts: group, receiver, Alertmanager's address. */
    readonly delivery?: object;
  };
}

/** The alert that always fires: it speaks of the pipeline and of no executor. */
export const WATCHDOG = 'spark_trading_watchdog="true"';
const isWatchdog = ({ labels }: Pick<Alert, 'labels'>): boolean =>
  labels.spark_trading_watchdog === 'true';

/** Which executor an alert speaks of; undefined when its labels hold no names of one. */
export function executorOf(alert: Alert): ExecutorKey | undefined {
  const { namespace, executor } = alert.labels;
  const named = Name.safeParse(namespace).success && Name.safeParse(executor).success;
  return namespace && executor && named ? { namespace, name: executor } : undefined;
}

export function webhookAlerts({ alerts, ...delivery }: WebhookPayload): readonly Alert[] {
  return alerts
    .filter((one) => !isWatchdog(one))
    .map((one) => ({
      ...{ ...told(one), status: one.status, muted: false },
      delivered: { via: 'webhook', alert: one, delivery },
    }));
}

export const listedAlerts = (list: AlertList): readonly Alert[] =>
  list.map((one) => ({
    ...told(one),
    status: 'firing',
    muted: one.status.state === 'suppressed',
    delivered: { via: 'poll', alert: one },
  }));

function told(
  one: Pick<
    WebhookPayload['alerts'][number],
    'labels' | 'annotations' | 'startsAt' | 'fingerprint'
  >,
) {
  const summary = one.annotations?.summary;
  return {
    fingerprint: one.fingerprint,
    name: one.labels.alertname ?? 'unnamed',
    labels: one.labels,
    startsAt: instantMs(one.startsAt),
    ...(summary === undefined ? {} : { summary }),
  };
}
