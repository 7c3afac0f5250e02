import { afterEach, describe, expect, it } from 'vitest';
import type { ControlReport } from '../../../crds/control.ts';
import type { TradingExecutor } from '../../../crds/trading-executor.ts';
import { Confirm } from '../../../operator/kill/confirm.ts';
import type { Said } from '../../../operator/kill/report.ts';
import { killVerdict, podStatus } from '../../../operator/kill/verdict.ts';
import type { Pod } from '../../../operator/reconcile/pod.ts';
import { UNKNOWN } from '../../../operator/reconcile/slo-verdicts.ts';
import { status } from '../../../operator/reconcile/status.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { aKilled, aPod, SETTINGS, SILENT as SILENT_FACTS } from '../reconcile/fake-shell.ts';
import { aReport, clockTime } from '../rollback/builders.ts';

const LEASE_AND_STAMPS_MS = 40_000 + 2 * 5_000;
const GRACE_MS = 15_000;
const LONGEST_GRACE_MS = 300_000;
const SILENT: Said = { failure: 'it did not answer within 2000 ms' };

const alive = revised(1, {});
const open = (generation: number, more: Partial<ControlReport> = {}): Said => ({
  report: { ...aReport(), generation, resourceVersion: String(generation), ...more },
});

const gated = (generation: number): Said =>
  open(generation, {
    gate: 'shut',
    effective: { mode: 'live', killed: true, open: false, reasons: ['KillSwitch'] },
  });

/** The object in a generation of its own; killed unless told otherwise. */
function revised(
  generation: number,
  { killSwitch = generation > 1, lossGrace = '15s' },
): TradingExecutor {
  const made = aKilled({ generation, resourceVersion: String(generation) });
  const control = { ...made.spec.control, lossGrace };
  return { ...made, spec: { ...made.spec, killSwitch, control } };
}

/** A pod that is asked as the operator asks, and what is known about it after a while. */
class Watched {
  readonly clock = new ManualClock();
  says: Said = open(1);
  pods: readonly Pod[] = [aPod];
  object: TradingExecutor;
  readonly #confirm: Confirm;

  constructor(object: TradingExecutor = alive) {
    this.object = object;
    this.#confirm = new Confirm({
      ...{ ask: async () => this.says, clock: this.clock, random: () => 0.5 },
      onFacts: () => undefined,
    });
  }

  become(object: TradingExecutor): void {
    this.object = object;
    this.#follow();
  }

  async after(ms: number) {
    await this.clock.advance(ms);
    const known = { object: this.object, facts: this.#follow(), elapsed: this.clock.elapsed() };
    const verdict = killVerdict(known.object, this.pods, known.facts, known.elapsed).kind;
    return { pod: podStatus(aPod, known).state, verdict };
  }

  stop(): void {
    this.#confirm.stop();
  }

  #follow() {
    const key = { namespace: 'desk', name: 'btc' };
    return this.#confirm.follow({ key, object: this.object, pods: this.pods, ca: 'pem' });
  }
}

let watched: Watched | undefined;
afterEach(() => watched?.stop());

/** One that answered until the kill and is silent from then on. */
async function silenced(killed: TradingExecutor): Promise<Watched> {
  watched = new Watched();
  watched.become(alive);
  await watched.after(1_000);
  watched.says = SILENT;
  watched.become(killed);
  return watched;
}

const fenced = { pod: 'FencedByTime', verdict: 'fenced' };
const unreachable = { pod: 'Unreachable', verdict: 'failed' };

describe('a pod that is silent when the kill comes', () => {
  it('is Unreachable after confirmWithin, fenced once grace, lease and stamps have run out, not sooner', async () => {
    const pod = await silenced(revised(2, {}));
    expect(await pod.after(4_000)).toEqual({ pod: 'Unreachable', verdict: 'confirming' });
    expect(await pod.after(GRACE_MS + LEASE_AND_STAMPS_MS - 4_001)).toEqual(unreachable);
    expect(await pod.after(1)).toEqual(fenced);
  });

  it('is given the longer grace of the two specs it may be going by', async () => {
    const pod = await silenced(revised(2, { lossGrace: '3s' }));
    expect(await pod.after(GRACE_MS + LEASE_AND_STAMPS_MS - 1)).toEqual(unreachable);
    expect(await pod.after(1)).toEqual(fenced);
  });

  it('is given the longest there is when specs it may have seen were not seen here', async () => {
    const pod = await silenced(revised(3, {}));
    expect(await pod.after(LONGEST_GRACE_MS + LEASE_AND_STAMPS_MS - 1)).toEqual(unreachable);
    expect(await pod.after(1)).toEqual(fenced);
  });

  it('is given the longest there is by an operator that never heard it', async () => {
    watched = new Watched(revised(2, {}));
    watched.says = SILENT;
    watched.become(watched.object);
    expect(await watched.after(LONGEST_GRACE_MS + LEASE_AND_STAMPS_MS - 1)).toEqual(unreachable);
    expect(await watched.after(1)).toEqual(fenced);
  });

  it('is waited out anew when the kill changes: it may have been lifted in between', async () => {
    const pod = await silenced(revised(2, {}));
    await pod.after(60_000);
    const rollback = { uid: 'uid-1', pending: [], latched: true, incident: 'i' };
    pod.become({ ...revised(2, {}), status: { rollback } });
    expect(await pod.after(GRACE_MS + LEASE_AND_STAMPS_MS - 1)).toEqual(unreachable);
    expect(await pod.after(1)).toEqual(fenced);
  });
});

describe('a pod that somebody deletes by force', () => {
  const gone = async (pod: Watched) => {
    pod.pods = [];
    return (await pod.after(0)).verdict;
  };

  it('is missed until it is fenced: no kill is confirmed because nobody is left to ask', async () => {
    const pod = await silenced(revised(2, {}));
    await pod.after(10_000);
    expect(await gone(pod)).toBe('failed');
    expect((await pod.after(GRACE_MS + LEASE_AND_STAMPS_MS - 10_001)).verdict).toBe('failed');
    expect((await pod.after(1)).verdict).toBe('gated');
  });

  it('is not missed when it had confirmed the kill, or its process had ended', async () => {
    const confirmed = await silenced(revised(2, {}));
    confirmed.says = gated(2);
    await confirmed.after(3_000);
    expect(await gone(confirmed)).toBe('gated');
    confirmed.stop();
    const ended = await silenced(revised(2, {}));
    await ended.after(3_000);
    ended.pods = [{ ...aPod, status: { ...aPod.status, phase: 'Failed' } }];
    await ended.after(0);
    expect(await gone(ended)).toBe('gated');
  });
});

describe('KillSwitchConfirmed', () => {
  const conditionAfter = (elapsed: number) => {
    const seen = {
      ...{ executor: aKilled({ generation: 1 }), live: [], pods: [aPod], facts: SILENT_FACTS },
      leases: [],
      ...{ serviceMonitors: false, settings: SETTINGS, elapsed },
      alerting: { status: 'Unknown', reason: 'NothingHeard', message: '' } as const,
      slos: UNKNOWN,
    };
    const nothing = { actions: [], foreign: [], leaving: [], credentialsWait: false };
    const { conditions } = status(seen, nothing, [], clockTime('03:00:00'));
    const found = conditions?.find(({ type }) => type === 'KillSwitchConfirmed');
    return [found?.status, found?.reason];
  };

  it('stays False for a fenced pod: nobody there cancels what rests', () => {
    const fencedFrom = LONGEST_GRACE_MS + LEASE_AND_STAMPS_MS;
    expect(conditionAfter(fencedFrom - 1)).toEqual(['False', 'Unreachable']);
    expect(conditionAfter(fencedFrom)).toEqual(['False', 'FencedByTime']);
  });
});

describe('a pod that answers', () => {
  it('is never fenced by time, however long its gate stays open; nor by a silence after an answer', async () => {
    const pod = await silenced(revised(2, {}));
    pod.says = open(1);
    expect(await pod.after(1_000_000)).toEqual({ pod: 'Ungated', verdict: 'failed' });
    pod.says = SILENT;
    expect(await pod.after(GRACE_MS + LEASE_AND_STAMPS_MS - 100)).toEqual(unreachable);
    expect(await pod.after(2_100)).toEqual(fenced);
  });

  it('is Gated as soon as it does, fenced or not', async () => {
    const pod = await silenced(revised(2, {}));
    expect(await pod.after(GRACE_MS + LEASE_AND_STAMPS_MS)).toEqual(fenced);
    pod.says = gated(2);
    expect(await pod.after(3_000)).toEqual({ pod: 'Gated', verdict: 'gated' });
  });
});
