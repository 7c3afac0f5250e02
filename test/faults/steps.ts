import fc from 'fast-check';

/** What may happen next, to the cluster, to the people around it, and to the two operators. */
export type Step =
  | { readonly do: 'alert' | 'resolve'; readonly fingerprint: 'f1' | 'f2' }
  | { readonly do: 'wait'; readonly seconds: number }
  /** A write of either operator: refused before, unanswered though done, or overtaken by another's. */
  | {
      readonly do: 'break-write';
      readonly how: 'refused' | 'unanswered' | 'overtaken';
      readonly times: number;
    }
  /** Watch events to operators and executor: held back and merged, or said twice. */
  | { readonly do: 'hold-events' | 'release-events' | 'repeat-events' }
  | { readonly do: 'lead'; readonly a: boolean; readonly b: boolean }
  | { readonly do: 'crash'; readonly replica: 'a' | 'b' }
  /** A bot of Git re-applies the declared spec; a person acknowledges what is there, or something else. */
  | { readonly do: 'sync' | 'kill' | 'acknowledge' | 'acknowledge-wrong' }
  | { readonly do: 'replace-force' | 'restore-old' | 'delete' | 'declare' }
  /** An operator of before rollbacks wrote the whole status; a backup brought another object's. */
  | { readonly do: 'status-without-rollback' | 'status-of-another' | 'delete-incident' }
  /** The executor's own GET: answered, or not. */
  | { readonly do: 'get' }
  | { readonly do: 'get-older' };

const one = <T extends Step['do']>(...names: readonly T[]) =>
  fc.record({ do: fc.constantFrom(...names) });

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('alert' as const, 'alert' as const, 'resolve' as const),
      fingerprint: fc.constantFrom('f1' as const, 'f2' as const),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      seconds: fc.constantFrom(1, 30, 300, 600, 700),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('break-write' as const),
      how: fc.constantFrom('refused' as const, 'unanswered' as const, 'overtaken' as const),
      times: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 4, arbitrary: one('hold-events', 'release-events', 'repeat-events') },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('lead' as const), a: fc.boolean(), b: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('crash' as const),
      replica: fc.constantFrom('a' as const, 'b' as const),
    }),
  },
  { weight: 6, arbitrary: one('sync', 'kill', 'acknowledge', 'acknowledge-wrong') },
  { weight: 3, arbitrary: one('replace-force', 'restore-old', 'delete', 'declare') },
  { weight: 2, arbitrary: one('status-without-rollback', 'status-of-another', 'delete-incident') },
  { weight: 5, arbitrary: one('get', 'get-older') },
) as fc.Arbitrary<Step>;

/** Whole lives: long enough for an alert to become a rollback and for that to be acknowledged. */
export const schedules: fc.Arbitrary<readonly Step[]> = fc.array(step, {
  minLength: 5,
  maxLength: 60,
});
