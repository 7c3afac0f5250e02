/** Milliseconds since the Unix epoch, UTC. For records that people read; may jump. */
export type EpochMs = number & { readonly __unit: 'EpochMs' };

/**
 * Time as both programs see it. Pure code takes `now` as a value; only shells hold a Clock, so
 * tests can move time by hand.
 */
export interface Clock {
  /** Wall time, milliseconds UTC. May jump: never subtract two of these to get a duration. */
  wall(): EpochMs;
  /** Monotonic milliseconds from an arbitrary origin: latency, timeouts, back-off. */
  elapsed(): number;
  /** Resolves after `ms` of monotonic time; rejects with the signal's reason when aborted. */
  after(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  wall: () => Date.now() as EpochMs,
  elapsed: () => performance.now(),
  after(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const cancel = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', cancel);
        resolve();
      }, ms);
      signal?.addEventListener('abort', cancel, { once: true });
    });
  },
};
