import { z } from 'zod';
import { type Random, seeded } from '../random.ts';
import { type RouteName, routeNames } from './settings.ts';

const ms = z.int().min(0).max(3_600_000);

/** Where and how long a fault applies. Without `times` and `forMs` it stays until removed. */
const scope = {
  /** Route name, or `*` for every route. */
  route: z.enum([...routeNames, '*']).default('*'),
  /** Applies to this many requests, then it is spent. */
  times: z.int().min(1).optional(),
  /** Lets this many matching requests pass first. */
  skip: z.int().min(0).default(0),
  /** Ends this long after it was ordered. */
  forMs: ms.optional(),
  probability: z.number().min(0).max(1).default(1),
  /** Seed of this fault's own dice; the simulator's seed otherwise. */
  seed: z.int().optional(),
  /** Only requests about this pair, or with this client id. */
  symbol: z.string().optional(),
  clientId: z.string().optional(),
};

/** `accept`: the request takes effect (the order exists) although the answer is spoiled. */
const accept = (byDefault: boolean) => z.boolean().default(byDefault);

/** One fault as ordered. Those that answer something end a request; the others add up. */
export const Fault = z.discriminatedUnion('kind', [
  /** Waits before (or, with when: after, behind) the effect. `ms`, or a range. */
  z.strictObject({
    kind: z.literal('delay'),
    ...scope,
    ms: ms.optional(),
    minMs: ms.optional(),
    maxMs: ms.optional(),
    when: z.enum(['before', 'after']).default('before'),
  }),
  /** This request sees the venue's clock shifted. */
  z.strictObject({ kind: z.literal('skew'), ...scope, ms: z.int() }),
  /** Error codes in the answer are off by this much. */
  z.strictObject({ kind: z.literal('code-shift'), ...scope, by: z.int() }),
  /** Never answers. With accept: accepts and never answers. */
  z.strictObject({ kind: z.literal('hang'), ...scope, accept: accept(false) }),
  /** TCP reset before the effect, or behind it with accept. */
  z.strictObject({ kind: z.literal('reset'), ...scope, accept: accept(false) }),
  z.strictObject({
    kind: z.literal('rate-limit'),
    ...scope,
    retryAfterS: z.int().min(0).default(1),
    policy: z.enum(['ip', 'account']).default('ip'),
  }),
  z.strictObject({ kind: z.literal('invalid-nonce'), ...scope }),
  z.strictObject({ kind: z.literal('gateway-timeout'), ...scope, accept: accept(false) }),
  z.strictObject({ kind: z.literal('unavailable'), ...scope, accept: accept(false) }),
  /** 200 SUCCESS whose data lacks the id. */
  z.strictObject({ kind: z.literal('no-id'), ...scope, accept: accept(true) }),
  /** 200 with JSON cut in the middle. */
  z.strictObject({ kind: z.literal('bad-json'), ...scope, accept: accept(true) }),
  /** Takes effect `afterMs` later, whatever was answered meanwhile. */
  z.strictObject({
    kind: z.literal('late-accept'),
    ...scope,
    afterMs: ms.default(90_000),
    answer: z.enum(['hang', 'gateway-timeout', 'unavailable', 'reset']).default('hang'),
  }),
]);
export type Fault = z.infer<typeof Fault>;
export type FaultOrder = z.input<typeof Fault>;

export type Delay = Extract<Fault, { kind: 'delay' }>;
/** A fault that decides how the request ends. */
export type Ending = Exclude<Fault, { kind: 'delay' | 'skew' | 'code-shift' }>;

/** What to do to one request, in sum. */
export interface Ordered {
  readonly ids: readonly string[];
  readonly delayBeforeMs: number;
  readonly delayAfterMs: number;
  readonly skewMs: number;
  readonly codeShift: number;
  readonly ending: Ending | undefined;
}

export interface Target {
  readonly route: RouteName;
  readonly symbol: string | undefined;
  readonly clientId: string | undefined;
  readonly now: number;
}

interface Active {
  readonly id: string;
  readonly fault: Fault;
  readonly random: Random;
  readonly until: number;
  skipped: number;
  applied: number;
}

/** The faults in force, in the order in which they were asked for. */
export class Faults {
  readonly #active: Active[] = [];
  readonly #random: Random;
  #nextId = 1;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Throws a ZodError that names the field when the order is not a fault. Returns its id. */
  add(order: FaultOrder, now: number): string {
    const fault = Fault.parse(order);
    const id = `fault-${this.#nextId}`;
    this.#nextId += 1;
    const until = fault.forMs === undefined ? Number.POSITIVE_INFINITY : now + fault.forMs;
    const random = fault.seed === undefined ? this.#random : seeded(fault.seed);
    this.#active.push({ id, fault, random, until, skipped: 0, applied: 0 });
    return id;
  }

  /** Removes one, or all. Returns how many went. */
  remove(id?: string): number {
    const before = this.#active.length;
    const kept = id === undefined ? [] : this.#active.filter((active) => active.id !== id);
    this.#active.splice(0, before, ...kept);
    return before - kept.length;
  }

  list(now: number): readonly Record<string, unknown>[] {
    return this.#active.map(({ id, fault, applied, until }) => {
      const isSpent = applied >= (fault.times ?? Number.POSITIVE_INFINITY) || now >= until;
      return { id, ...fault, applied, state: isSpent ? 'spent' : 'active' };
    });
  }

  /** Picks what applies to this request and counts it. The first ending wins. */
  take(target: Target): Ordered {
    const taken = { delayBeforeMs: 0, delayAfterMs: 0, skewMs: 0, codeShift: 0 };
    const ids: string[] = [];
    let ending: Ending | undefined;
    for (const active of this.#active) {
      const { fault } = active;
      const isEnding =
        fault.kind !== 'delay' && fault.kind !== 'skew' && fault.kind !== 'code-shift';
      if ((isEnding && ending !== undefined) || !applies(active, target)) continue;
      active.applied += 1;
      ids.push(active.id);
      if (fault.kind === 'skew') taken.skewMs += fault.ms;
      else if (fault.kind === 'code-shift') taken.codeShift += fault.by;
      else if (fault.kind !== 'delay') ending = fault;
      else if (fault.when === 'before') taken.delayBeforeMs += drawn(fault, active.random);
      else taken.delayAfterMs += drawn(fault, active.random);
    }
    return { ids, ...taken, ending };
  }
}

function applies(active: Active, target: Target): boolean {
  const { fault } = active;
  if (fault.route !== '*' && fault.route !== target.route) return false;
  if (fault.symbol !== undefined && fault.symbol !== target.symbol) return false;
  if (fault.clientId !== undefined && fault.clientId !== target.clientId) return false;
  if (target.now >= active.until) return false;
  if (active.applied >= (fault.times ?? Number.POSITIVE_INFINITY)) return false;
  if (active.skipped < fault.skip) {
    active.skipped += 1;
    return false;
  }
  return fault.probability >= 1 || active.random() < fault.probability;
}

function drawn(fault: Delay, random: Random): number {
  if (fault.minMs === undefined || fault.maxMs === undefined) return fault.ms ?? 0;
  return Math.round(fault.minMs + random() * (fault.maxMs - fault.minMs));
}
