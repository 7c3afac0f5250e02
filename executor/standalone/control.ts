import type { Clock } from '../../crds/clock.ts';
import { durationMs } from '../../crds/duration.ts';
import { API_VERSION, type ExecutorKey } from '../../crds/names.ts';
import type { TradingExecutor, TradingExecutorSpec } from '../../crds/trading-executor.ts';
import type { Gate } from '../gate/gate.ts';
import { momentOf } from '../gate/sight.ts';
import type {
  ControlSource,
  KillAnswer,
  KillOrder,
  KillState,
  KillSwitch,
} from '../gate/source.ts';
import type { Log } from '../log.ts';
import { type Kept, type Reading, readKill, writeKill } from './kill-file.ts';
import { bottom, climb } from './ladder.ts';

export interface StandaloneControlParts {
  readonly key: ExecutorKey;
  /** From the environment; its killSwitch is KILL_SWITCH. */
  readonly spec: TradingExecutorSpec;
  readonly killFile: string;
  readonly clock: Clock;
  readonly gate: Gate;
  readonly log: Log;
}

/** A disk that does not answer proves nothing: blind after lossGrace, as under Kubernetes. */
const LOOK_EVERY_MS = 1_000;
const UID = 'standalone';

/**
 * The gate's sight of an executor that runs alone: what the environment declares and what the kill
 * file says, told to the gate as the TradingExecutor that would say the same. The stricter wins, and
 * a file that cannot be read counts as a kill.
 */
export class StandaloneControl implements ControlSource, KillSwitch {
  readonly #parts: StandaloneControlParts;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #reading: Reading = { kind: 'unreadable', why: 'it was not read yet' };
  /** Asked for and perhaps not on disk; forgotten only by a lift that is. */
  #asked: Kept | undefined;
  #climb = bottom;
  #version = 0;
  #told = '';
  #files: Promise<unknown> = Promise.resolve();

  constructor(parts: StandaloneControlParts) {
    this.#parts = parts;
  }

  get killSwitch(): KillSwitch {
    return this;
  }

  start(): void {
    this.#running = this.#follow(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the executor is stopping'));
    await this.#running;
  }

  async lastLook(): Promise<void> {
    // Nobody deletes it, and a kill is known in the turn in which it is asked for.
  }

  stats() {
    return { missed: 0 };
  }

  state(): KillState {
    const { spec } = this.#parts;
    return { ...(this.#asked ?? kept(this.#reading)), environment: spec.killSwitch };
  }

  async set({ killSwitch, reason, by }: KillOrder): Promise<KillAnswer> {
    const { clock, killFile, log, spec } = this.#parts;
    if (!killSwitch && spec.killSwitch) return { kind: 'held-by-environment' };
    const order: Kept = { killSwitch, reason, by, at: new Date(clock.wall()).toISOString() };
    const before = this.#asked;
    if (killSwitch) {
      this.#asked = order;
      this.#look(clock.elapsed());
    }
    log.warn({ order }, killSwitch ? 'killed by a caller' : 'a caller lifts the kill');
    return this.#alone(async (): Promise<KillAnswer> => {
      try {
        await writeKill(killFile, order);
      } catch (fault) {
        log.error({ err: fault, order }, 'the kill file cannot be written');
        return { kind: 'not-durable', message: (fault as Error).message };
      }
      this.#reading = { kind: 'read', kept: order };
      // A kill that came while this lift was written stays; its own write follows.
      if (!killSwitch && this.#asked === before) this.#asked = undefined;
      this.#look(clock.elapsed());
      return { kind: 'done' };
    });
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    while (!signal.aborted) {
      await this.#alone(() => this.#read());
      await clock.after(LOOK_EVERY_MS, signal).catch(() => undefined);
    }
  }

  async #read(): Promise<void> {
    const { clock, gate, killFile, log, spec } = this.#parts;
    const asked = momentOf(clock);
    const reading = await readKill(killFile);
    if (reading.kind === 'unreadable' && this.#reading.kind !== reading.kind) {
      log.error({ why: reading.why, killFile }, 'the kill file cannot be read: killed');
    }
    this.#reading = reading;
    gate.proven(asked);
    this.#look(asked.elapsed);
    const holdMs = durationMs(spec.ladder.holdFor);
    this.#climb = climb(this.#climb, gate.view(), { now: clock.elapsed(), holdMs });
  }

  /** Through the same gate as under Kubernetes; there is no second one. */
  #look(askedAt: number): void {
    // Also a kill that is lifted before the next look at the file.
    if (this.#isKilled()) this.#climb = bottom;
    this.#parts.gate.look({ kind: 'object', raw: this.#object(), from: 'get', askedAt });
  }

  /** The strictest of environment, file, and what was asked for and is perhaps not in the file. */
  #isKilled(): boolean {
    const asked = this.#asked?.killSwitch ?? false;
    return this.#parts.spec.killSwitch || asked || kept(this.#reading).killSwitch;
  }

  #object(): TradingExecutor {
    const { key, spec } = this.#parts;
    const killSwitch = this.#isKilled();
    const { reached } = this.#climb;
    const says = `${killSwitch} ${reached}`;
    if (says !== this.#told) this.#version += 1;
    this.#told = says;
    return {
      apiVersion: API_VERSION,
      kind: 'TradingExecutor',
      metadata: {
        ...key,
        uid: UID,
        resourceVersion: `${this.#version}`,
        generation: this.#version,
      },
      spec: { ...spec, killSwitch },
      status: { ladder: { reached }, rollback: { uid: UID, pending: [], latched: false } },
    };
  }

  /** Reads and writes of the file one after the other: no look is older than what was written. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#files.then(work);
    this.#files = done.catch(() => undefined);
    return done;
  }
}

/** What cannot be read may have said killed. */
function kept(reading: Reading): Kept {
  if (reading.kind === 'read') return reading.kept;
  const reason = `the kill file cannot be read: ${reading.why}`;
  return { killSwitch: true, reason: reason.slice(0, 256), by: 'executor', at: '' };
}
