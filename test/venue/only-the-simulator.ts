import { isIPv4 } from 'node:net';
import { loadAll } from 'js-yaml';

const SIMULATOR_IN_CLUSTER = /^btcturk-simulator(\.[a-z0-9-]+)?\.svc(\.cluster\.local)?$/;

/**
 * `url` itself when it can only lead to a simulator: an address of this machine, or the simulator's Service in
 * a test cluster. Throws otherwise, and when there is none, since an executor without a base URL means the real venue.
 */
export function onlyTheSimulator(url: string | undefined): string {
  if (url !== undefined && isSimulated(new URL(url).hostname)) return url;
  throw new Error(
    `Refused before anything was sent: this would trade at ${url ?? "the venue's own address (no base URL is given)"}. ` +
      'Tests, benchmarks and game days know one venue, the simulator: give the address of test/venue.',
  );
}

const isSimulated = (host: string): boolean =>
  SIMULATOR_IN_CLUSTER.test(host) ||
  host === 'localhost' ||
  host === '[::1]' ||
  (isIPv4(host) && host.startsWith('127.'));

interface Declared {
  readonly kind?: string;
  readonly spec?: { readonly venue?: Venue };
}
interface Venue {
  readonly name?: string;
  readonly baseUrl?: string | undefined;
  readonly feedUrl?: string | undefined;
}

/** Asks `onlyTheSimulator` of each TradingExecutor in a YAML or JSON manifest that names a venue with an address. */
export function onlySimulatedVenues(manifest: string): void {
  for (const declared of loadAll(manifest) as readonly (Declared | null)[]) {
    if (declared?.kind === 'TradingExecutor') onlySimulated(declared.spec?.venue);
  }
}

/** As `onlyTheSimulator`, of both addresses. BIST has no adapter: it calls nobody. */
export function onlySimulated(venue: Venue | undefined): void {
  if (venue?.name !== 'btcturk') return;
  onlyTheSimulator(venue.baseUrl);
  if (venue.feedUrl !== undefined) onlyTheSimulator(venue.feedUrl);
}
