import type { Dispatcher } from 'undici';
import type { Clock } from '../../crds/clock.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';

type Handler = Dispatcher.DispatchHandler;
type Step = Exclude<keyof Handler, 'onRequestUpgrade' | 'onBodySent' | 'onResponseStarted'>;
const STEPS = [
  ...['onRequestStart', 'onResponseStart', 'onResponseData', 'onResponseEnd', 'onResponseError'],
] as Step[];

/** Counts the moments in which somebody else may run: before and after each, something may happen. */
export class StopPoints {
  /** What was passed, in order: for a test that failed. */
  readonly passed: string[] = [];
  readonly #at: number;
  readonly #happen: () => void;

  /** `happen` is called at point number `at`, the first is 1. */
  constructor(at: number, happen: () => void) {
    this.#at = at;
    this.#happen = happen;
  }

  pass(what: string): void {
    this.passed.push(what);
    if (this.passed.length === this.#at) this.#happen();
  }

  /** The same clock; a point where a wait begins, and one where it ends. */
  clock<T extends Clock>(clock: T): T {
    const after = clock.after.bind(clock);
    clock.after = async (ms, signal) => {
      this.pass(`before a wait of ${ms} ms`);
      await after(ms, signal);
      this.pass(`after a wait of ${ms} ms`);
    };
    return clock;
  }

  /** The same connection; points around each request and around each thing that comes back. */
  connection(connection: KubeConnection): KubeConnection {
    const dispatcher = connection.dispatcher.compose((dispatch) => (options, handler) => {
      this.pass(`before ${options.path}`);
      const sent = dispatch(options, this.#handler(handler));
      this.pass(`after ${options.path}`);
      return sent;
    });
    return { ...connection, dispatcher };
  }

  #handler(handler: Handler): Handler {
    const watched: Record<string, (...args: unknown[]) => void> = {};
    for (const step of STEPS) {
      watched[step] = (...args) => {
        this.pass(`before ${step}`);
        (handler[step] as ((...given: unknown[]) => void) | undefined)?.apply(handler, args);
        this.pass(`after ${step}`);
      };
    }
    return watched as Handler;
  }
}
