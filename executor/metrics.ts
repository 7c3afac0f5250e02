import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { ACK_BUCKETS_S } from '../crds/ack-buckets.ts';
import type { Mode } from '../crds/trading-executor.ts';
import { type MountedKey, registerCredential } from './credential-gauge.ts';
import { FeedMetrics } from './feed/feed-metrics.ts';
import type { ShutReason } from './gate/gate.ts';
import { type DenialCode, denialCodes } from './guards/denial.ts';
import { codes } from './guards/shut.ts';
import { breakerStates } from './lanes/breaker.ts';
import { type ErrorClass, type Outcome, outcomes } from './order/order.ts';
import { ReconcileMetrics } from './reconcile/mismatches.ts';
import { exchangeErrorCodes } from './venues/btcturk/classify.ts';
import type { WireReply } from './venues/btcturk/exchange.ts';
import { counted, type Meter, type Route, routes } from './venues/btcturk/meter.ts';
import { laneNames, type VenueHealth } from './venues/market.ts';

/** An order unanswered at its deadline: above every finite bucket. */
export const OVER_EVERY_BUCKET_S = 60;

const modes: readonly Mode[] = ['paper', 'trickle', 'live'];
/** Answers a venue is known to give; `error`: no answer at all. */
const statuses = ['200', '400', '401', '403', '404', '429', '500', '502', '503', '504', 'error'];

/** What the gauges show, read when they are scraped. */
export interface Readings extends MountedKey {
  readonly driftMs: number | undefined;
  readonly controlAgeMs: number | null;
  readonly killed: boolean;
  readonly mode: Mode;
  readonly unknown: number;
  readonly open: number;
  /** Why no new order may leave; empty while the gate is open. */
  readonly shut: readonly ShutReason[];
  readonly watchMissed: number;
  readonly leaseLeftMs: number | undefined;
  readonly diskFree: number | undefined;
  /** Where the calendar of the venue's days ends, UTC ms; undefined where the venue never closes. */
  readonly calendarEnd: number | undefined;
  /** undefined until there is a venue to call. */
  readonly health: VenueHealth | undefined;
}

/** Everything the executor counts. Every known label set exists at 0 before its first event. */
export class Metrics implements Meter {
  readonly registry = new Registry();
  readonly feed = new FeedMetrics(this.registry);
  readonly #ack: Histogram<'outcome' | 'mode'>;
  readonly #exchangeErrors: Counter<'code'>;
  readonly #http: Counter<'route' | 'method' | 'status'>;
  readonly #denials: Counter<'reason'>;
  readonly #orders: Counter<'status' | 'error_class' | 'mode'>;
  readonly #illegal: Counter;
  readonly reconcile = new ReconcileMetrics(this.registry);

  constructor(readings: () => Readings) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.#ack = new Histogram({
      name: 'spark_place_ack_duration_seconds',
      help: 'Receipt of an order that passed the guards to its answer, or its deadline.',
      labelNames: ['outcome', 'mode'],
      buckets: [...ACK_BUCKETS_S],
      registers,
    });
    this.#exchangeErrors = new Counter({
      name: 'spark_exchange_errors_total',
      help: 'Calls to the venue that it refused, or that broke, by normalised code.',
      labelNames: ['code'],
      registers,
    });
    this.#http = new Counter({
      name: 'spark_http_requests_total',
      help: 'HTTP calls to the venue; status "error" is a call without an answer.',
      labelNames: ['route', 'method', 'status'],
      registers,
    });
    this.#denials = new Counter({
      name: 'spark_guard_denials_total',
      help: 'Orders refused by our own guards; they were never sent.',
      labelNames: ['reason'],
      registers,
    });
    this.#orders = new Counter({
      name: 'spark_orders_total',
      help: 'Orders past the guards by how placing them ended.',
      labelNames: ['status', 'error_class', 'mode'],
      registers,
    });
    this.#illegal = new Counter({
      name: 'spark_illegal_order_events_total',
      help: 'Events that could not follow the state of their order; kept in the journal.',
      registers,
    });
    this.#startAtZero();
    registerGauges(this.registry, readings);
    registerBreakers(this.registry, readings);
    registerShut(this.registry, readings);
    registerCredential(this.registry, readings);
  }

  count(route: Route, reply: WireReply): void {
    const what = counted(reply);
    if (what === undefined) return;
    const { method, path } = routes[route];
    this.#http.inc({ route: path, method, status: what.status });
    if (what.code !== undefined) this.#exchangeErrors.inc({ code: what.code });
  }

  denied(reason: DenialCode): void {
    this.#denials.inc({ reason });
  }

  /** Once per order. `seconds` is Infinity for one that had no answer at its deadline. */
  acknowledged(outcome: Outcome, mode: Mode, seconds: number): void {
    this.#ack.observe({ outcome, mode }, Math.min(seconds, OVER_EVERY_BUCKET_S));
  }

  placed(status: Outcome, errorClass: ErrorClass, mode: Mode): void {
    this.#orders.inc({ status, error_class: errorClass, mode });
  }

  illegalEvent(): void {
    this.#illegal.inc();
  }

  #startAtZero(): void {
    for (const outcome of outcomes) {
      for (const mode of modes) this.#ack.zero({ outcome, mode });
    }
    for (const code of exchangeErrorCodes) this.#exchangeErrors.inc({ code }, 0);
    for (const { method, path } of Object.values(routes)) {
      for (const status of statuses) this.#http.inc({ route: path, method, status }, 0);
    }
    for (const reason of denialCodes) this.#denials.inc({ reason }, 0);
    for (const [status, classes] of Object.entries(errorsOf)) {
      for (const error_class of classes) {
        for (const mode of modes) this.#orders.inc({ status, error_class, mode }, 0);
      }
    }
  }
}

/** Which classes an outcome can carry. */
const errorsOf: Readonly<Record<Outcome, readonly ErrorClass[]>> = {
  acked: ['none'],
  rejected: ['rejected', 'nonce', 'unauthorized', '429'],
  unknown: ['5xx', 'timeout', 'network', 'unparsable'],
  unsent: ['network', 'gate'],
};

type Reading = readonly [name: string, help: string, read: (now: Readings) => number];

const gauges: readonly Reading[] = [
  [
    'spark_clock_drift_seconds',
    'Venue time minus ours; NaN while it is not known.',
    ({ driftMs }) => (driftMs ?? Number.NaN) / 1_000,
  ],
  [
    'spark_control_age_seconds',
    'Since the last proof of sight; NaN before the first.',
    ({ controlAgeMs }) => (controlAgeMs ?? Number.NaN) / 1_000,
  ],
  [
    'spark_disk_free_ratio',
    'Free part of the volume the journal is on; NaN while it is not known.',
    ({ diskFree }) => diskFree ?? Number.NaN,
  ],
  ['spark_kill_switch', '1 while killed, whatever killed it.', ({ killed }) => Number(killed)],
  ['spark_gate_open', '1 while new orders may leave.', ({ shut }) => Number(shut.length === 0)],
  ['spark_unknown_orders', 'Orders the venue may or may not hold.', ({ unknown }) => unknown],
  ['spark_open_orders', 'Own orders open at the venue.', ({ open }) => open],
  [
    'spark_control_watch_missed',
    'Changes the watch did not deliver.',
    ({ watchMissed }) => watchMissed,
  ],
  [
    'spark_credential_lease_seconds',
    'Left of the Lease of the credentials; 0 while not held, NaN where there is none.',
    ({ leaseLeftMs }) => (leaseLeftMs ?? Number.NaN) / 1_000,
  ],
  [
    'spark_exchange_info_age_seconds',
    'Since the venue was asked for the rules in force, or since the start while it has told none; NaN without such a venue.',
    ({ health }) => (health?.exchangeInfoAgeMs() ?? Number.NaN) / 1_000,
  ],
  [
    'spark_calendar_end_timestamp_seconds',
    'The first day that the calendar does not know, as Unix time; NaN where the venue never closes.',
    ({ calendarEnd }) => (calendarEnd ?? Number.NaN) / 1_000,
  ],
];

function registerGauges(registry: Registry, readings: () => Readings): void {
  for (const [name, help, read] of gauges) {
    new Gauge({
      ...{ name, help, registers: [registry] },
      collect() {
        this.set(read(readings()));
      },
    });
  }
  new Gauge({
    name: 'spark_mode',
    help: '1 for the effective mode.',
    labelNames: ['mode'],
    registers: [registry],
    collect() {
      const now = readings().mode;
      for (const mode of modes) this.set({ mode }, Number(mode === now));
    },
  });
}

function registerBreakers(registry: Registry, readings: () => Readings): void {
  new Gauge({
    name: 'spark_breaker_state',
    help: '1 for the state of the breaker of each lane of calls to the venue.',
    labelNames: ['lane', 'state'],
    registers: [registry],
    collect() {
      const now = readings().health?.breakers();
      for (const lane of laneNames) {
        for (const state of breakerStates) {
          this.set({ lane, state }, Number(state === (now?.[lane] ?? 'closed')));
        }
      }
    },
  });
}

function registerShut(registry: Registry, readings: () => Readings): void {
  new Gauge({
    name: 'spark_gate_shut',
    help: '1 for each reason why no new order may leave.',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      const { shut } = readings();
      for (const reason of Object.keys(codes) as ShutReason[]) {
        this.set({ reason }, Number(shut.includes(reason)));
      }
    },
  });
}
