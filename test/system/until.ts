export interface Patience {
  readonly everyMs: number;
  readonly withinMs: number;
}

/** Asks again and again until there is an answer: for what cannot tell that it has changed. */
export async function until<T>(
  what: string,
  { everyMs, withinMs }: Patience,
  holds: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await holds();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
