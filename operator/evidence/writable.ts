import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../crds/clock.ts';
import { instant } from '../rollback/instant.ts';
import { answered } from './send.ts';
import type { EvidenceStore } from './store.ts';

export const WRITABLE_PATH = '/evidence/writable';
/** Beside the packs; no reader is shown it. */
const FILE = 'writable';
/** However often it is asked, by however many operators. */
const AGAIN_MS = 20_000;

/**
 * GET /evidence/writable: 200 when something could be written just now, else 503. A full or read-only
 * volume, a bucket whose key was revoked: they must not be found at a rollback. Open: it says no more.
 */
export function writableRoute(
  app: FastifyInstance,
  { store, clock }: { readonly store: EvidenceStore; readonly clock: Clock },
): void {
  let last: { readonly at: number; readonly written: Promise<void> } | undefined;
  app.get(WRITABLE_PATH, async () => {
    if (last === undefined || clock.elapsed() - last.at >= AGAIN_MS) {
      const written = store.write(FILE, Buffer.from(`${instant(clock.wall())}\n`));
      written.catch(() => undefined); // told to who asks
      last = { at: clock.elapsed(), written };
    }
    await answered(last.written);
    return 'ok';
  });
}
