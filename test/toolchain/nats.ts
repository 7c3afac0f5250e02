import type { GoBuild } from './go.ts';
import { versions } from './versions.ts';

const MODULE = 'github.com/nats-io/nats-server/v2';

/** What `bench:kill` compares a kill with. */
export const natsBuild = {
  ...{ module: MODULE, version: versions.nats },
  packages: { 'nats-server': MODULE },
} as const satisfies GoBuild;
