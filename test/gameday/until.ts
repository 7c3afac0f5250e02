const WITHIN_MS = 180_000;
/** A guard of one order in 2.1 s keeps under the 30 a minute of trickle. */
const EVERY_MS = 2_100;

/** Asks until there is an answer; for what only orders and Prometheus can show. */
export async function until<T>(what: string, holds: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + WITHIN_MS;
  for (;;) {
    const found = await holds();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`not within ${WITHIN_MS / 1_000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}
