import type { Trouble } from '../../wire/overview.ts';

/** How loud something is. Colour follows it, and so does a shape: colour alone says nothing. */
export type Tone = 'critical' | 'warning' | 'good' | 'quiet';

export interface TroubleWords {
  readonly tone: Tone;
  /** In a row. */
  readonly short: string;
  /** What it means and what to do, for the one executor. */
  readonly long: string;
}

/** A trouble without words does not compile. */
export const troubleWords = {
  KillNotConfirmed: {
    tone: 'critical',
    short: 'Kill not confirmed',
    long: 'It was killed and a pod has not shown that its gate is closed: that pod may still send orders.',
  },
  RolledBack: {
    tone: 'critical',
    short: 'Rolled back',
    long: 'An incident holds it on paper and killed until a person acknowledges it.',
  },
  Unreachable: {
    tone: 'critical',
    short: 'Unreachable',
    long: 'No pod answers, though one should run.',
  },
  NotReady: {
    tone: 'critical',
    short: 'Not ready',
    long: 'Its Ready condition is False: see Conditions.',
  },
  CriticalAlert: {
    tone: 'critical',
    short: 'Critical alert',
    long: 'An alert of severity critical fires.',
  },
  UnknownOrders: {
    tone: 'critical',
    short: 'Unknown orders',
    long: 'Orders were sent and their outcome is not known yet. They are asked about, never resent.',
  },
  SpecOverruled: {
    tone: 'warning',
    short: 'Spec overruled',
    long: 'The spec asks for more than the latch allows; the stricter is in force.',
  },
  Killed: {
    tone: 'warning',
    short: 'Killed',
    long: 'No new order leaves, and every pod has shown it.',
  },
  Watch: {
    tone: 'warning',
    short: 'Watch',
    long: 'It is not shown to be stable: see the reasons of its badge.',
  },
  Warning: { tone: 'warning', short: 'Warning alert', long: 'An alert fires.' },
} as const satisfies Record<Trouble, TroubleWords>;

const badgeWords: Readonly<Record<string, string>> = {
  RollbackLatched: 'rolled back',
  KillSwitch: 'killed',
  NoAnswer: 'no pod answers',
  VersionMismatch: 'other version than declared',
  NoTraffic: 'too few orders to tell',
  SlowAcks: 'acknowledgements slow',
  AsDeclared: 'as declared',
  LadderHolding: 'climbing the ladder',
  Deleting: 'being deleted',
  StatusAbsent: 'operator has not written its status',
  ForeignStatus: 'status is of another object',
};

/** A reason of badge or effective state in plain words; one that is new to us is shown as it is. */
export const reasonWords = (reason: string): string => badgeWords[reason] ?? spaced(reason);

const spaced = (camel: string): string =>
  camel.replaceAll(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
