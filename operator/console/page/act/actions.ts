import type { Mode } from '../../../../crds/trading-executor.ts';
import type { Action } from '../../wire/action.ts';

/** What one acts on; fixed when the dialog opens, whatever happens to the list behind it. */
export type Target =
  | {
      readonly kind: 'executor';
      readonly namespace: string;
      readonly name: string;
      readonly uid: string;
      readonly mode: Mode;
      /** Latched by this incident. */
      readonly incident: string | null;
    }
  | { readonly kind: 'namespace'; readonly namespace: string; readonly executors: number }
  | {
      readonly kind: 'incident';
      readonly namespace: string;
      readonly name: string;
      readonly executor: string;
    };

export type Act = Action | 'acknowledge';

export const WHY_MIN = 3;
export const WHY_MAX = 256;

const RUNGS = ['paper', 'trickle', 'live'] as const satisfies readonly Mode[];

/** The declared mode one rung away; null at the end of the ladder. */
export function rungFrom(mode: Mode, act: 'stepUp' | 'stepDown'): Mode | null {
  return RUNGS[RUNGS.indexOf(mode) + (act === 'stepUp' ? 1 : -1)] ?? null;
}

/** What loosens safety asks for the target's name to be typed. */
export const loosens = (act: Act): boolean =>
  act === 'unkill' || act === 'stepUp' || act === 'acknowledge';

/** The name to type. */
export const nameOf = (target: Target): string =>
  target.kind === 'namespace' ? target.namespace : target.name;

export interface Asked {
  /** `Kill btc-maker-01`: heading and button. */
  readonly title: string;
  /** What follows from it, a sentence each. */
  readonly effects: readonly string[];
}

const KILL = [
  'No new order leaves: the gate of every pod closes within milliseconds of the API server taking the write.',
  'Its own open orders are cancelled; positions stay as they are.',
  'It stays killed until somebody unkills it.',
];

/** What an act does to its target, in words; undefined when there is no such act on it. */
export function asked(act: Act, target: Target): Asked | undefined {
  if (target.kind === 'namespace') {
    if (act !== 'kill') return undefined;
    const { namespace, executors } = target;
    return {
      title: `Kill all in ${namespace}`,
      effects: [
        `${executors === 1 ? 'The one executor' : `All ${executors} executors`} seen in ${namespace}, not only those that the filter shows, and any that appeared until you confirm.`,
        ...KILL,
      ],
    };
  }
  if (target.kind === 'incident') {
    if (act !== 'acknowledge') return undefined;
    return {
      title: `Acknowledge ${target.name}`,
      effects: [
        `Releases the latch of ${target.executor} and nothing else: its spec stays as it is, so it stays killed and on paper if the spec says so.`,
        'It begins on the lowest rung of the ladder again.',
        'The clock of an alert that still fires starts anew: it may be rolled back again.',
      ],
    };
  }
  return act === 'acknowledge' ? undefined : ofExecutor(act, target);
}

function ofExecutor(act: Action, target: Extract<Target, { kind: 'executor' }>): Asked | undefined {
  const { name, mode, incident } = target;
  const latch =
    incident === null
      ? []
      : [`Incident ${incident} still holds it on paper and killed until it is acknowledged.`];
  if (act === 'kill') return { title: `Kill ${name}`, effects: KILL };
  if (act === 'unkill') {
    return {
      title: `Unkill ${name}`,
      effects: [`New orders leave again, in mode ${mode} as the ladder allows.`, ...latch],
    };
  }
  const to = rungFrom(mode, act);
  if (to === null) return undefined;
  if (act === 'stepDown') {
    const effects = [
      `Declared mode goes from ${mode} to ${to}, in force within milliseconds.`,
      to === 'paper'
        ? 'New orders are simulated; nothing new reaches the venue.'
        : 'New orders are capped at 30 a minute and 500 TRY a second.',
      'Orders already at the venue keep their mode and can be cancelled.',
    ];
    return { title: `Step ${name} down to ${to}`, effects };
  }
  const effects = [
    `Declared mode goes from ${mode} to ${to}: ${to === 'live' ? 'real orders up to its own limits' : 'real orders, at most 30 a minute and 500 TRY a second'}.`,
    'It climbs one rung at a time, each held without a rollback alert first.',
    ...latch,
  ];
  return { title: `Step ${name} up to ${to}`, effects };
}

/** What is still missing before it may be sent; null when nothing is. */
export function missing(act: Act, target: Target, why: string, typed: string): string | null {
  if (!loosens(act)) return null; // nothing that tightens waits for words
  const length = why.trim().length;
  if (length < WHY_MIN) return `Say why, in at least ${WHY_MIN} characters.`;
  if (length > WHY_MAX) return `Say why in at most ${WHY_MAX} characters; these are ${length}.`;
  if (typed !== nameOf(target)) return `Type ${nameOf(target)} to confirm.`;
  return null;
}
