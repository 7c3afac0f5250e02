import type { ExecutorClient, Placed } from './place.ts';
import { restingBid } from './simulator.ts';

/** One order every 2.1 s stays under the card's 30 orders a minute. */
const PACE_MS = 2_100;

/**
 * Places an order every PACE_MS until `until` settles; rethrows its failure. Each answer is told
 * to `onPlaced`.
 */
export async function trade(
  client: ExecutorClient,
  until: Promise<unknown>,
  onPlaced: (placed: Placed) => void = () => undefined,
): Promise<void> {
  let over = false;
  const ended = until.finally(() => {
    over = true;
  });
  ended.catch(() => undefined); // rethrown below
  while (!over) {
    const pause = new Promise((resolve) => setTimeout(resolve, PACE_MS));
    onPlaced(await client.place(await restingBid('BTCTRY')));
    await Promise.race([pause, ended]);
  }
  await ended;
}
