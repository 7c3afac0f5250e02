import { join } from 'node:path';
import { type TradingExecutorSpec, whitelist } from '../../crds/trading-executor.ts';
import type { Gate } from '../gate/gate.ts';
import { feedAddress } from './address.ts';
import { Feed, type FeedParts } from './feed.ts';

export interface OwnerParts extends Pick<FeedParts, 'clock' | 'random' | 'log'> {
  readonly paths: { readonly data: string };
  readonly feedWorker: URL;
}

/** The feed of an executor: its address from the object first seen, its symbols from the newest. */
export function feedOf(
  spec: TradingExecutorSpec,
  { clock, random, log, paths, feedWorker: worker }: OwnerParts,
  { gate, metrics }: { readonly gate: Gate; readonly metrics: FeedParts['metrics'] },
): Feed {
  return new Feed({
    ...{ clock, random, log, metrics, worker },
    address: feedAddress(spec),
    path: join(paths.data, 'feed.sqlite'),
    symbols: () => whitelist(gate.sight.object?.spec ?? spec),
  });
}
