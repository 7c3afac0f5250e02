// Loaded before an executor of the v1.2 arm: puts the network of before v1.3 in the place of what
// ships, module by module. What ships has no switch that could loosen it.
import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const here = (path: string): string => new URL(path, import.meta.url).href;

/** Rows of the release card, the module that brings each, and what stands in for it when it is off. */
export const substitutes: readonly {
  readonly row: string;
  readonly module: string;
  readonly by: string;
}[] = [
  {
    row: '10 keep-alive, ipv4first',
    module: here('../../../executor/venues/btcturk/connections.ts'),
    by: here('./v12-connections.ts'),
  },
  {
    row: '11 queue per symbol, bounded concurrency',
    module: here('../../../executor/lanes/bulkhead.ts'),
    by: here('./v12-bulkhead.ts'),
  },
  {
    row: '11 breakers',
    module: here('../../../executor/lanes/breaker.ts'),
    by: here('./v12-breaker.ts'),
  },
  {
    row: '11 stops after a refused stamp until the clock was looked at, after five 401s in a row, for as long as a 429 says; paced',
    module: here('../../../executor/venues/btcturk/traffic.ts'),
    by: here('./v12-traffic.ts'),
  },
  {
    row: '12 the venue’s rules asked here first',
    module: here('../../../executor/guards/instrument.ts'),
    by: here('./v12-instrument.ts'),
  },
];

for (const { row, module, by } of substitutes) {
  const missing = [module, by].find((url) => !existsSync(fileURLToPath(url)));
  if (missing !== undefined) {
    throw new Error(`row ${row} cannot be switched off: ${missing} is not there; mend substitutes`);
  }
}

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const swap = substitutes.find(({ module }) => module === found.url);
    // The stand-in itself builds on what ships.
    return swap === undefined || context.parentURL === swap.by ? found : { ...found, url: swap.by };
  },
});
