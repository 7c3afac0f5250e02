import { rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../crds/clock.ts';
import type { ExecutorKey } from '../../crds/names.ts';
import type { TradingExecutorSpec } from '../../crds/trading-executor.ts';
import { soleSender } from '../gate/sender.ts';
import type { Log } from '../log.ts';
import type { Surroundings } from '../surroundings.ts';
import type { StandaloneConfig } from './config.ts';
import { StandaloneControl } from './control.ts';
import { TokenFile } from './token-file.ts';

export interface AloneParts extends Pick<StandaloneConfig, 'data' | 'tokens' | 'listen'> {
  readonly key: ExecutorKey;
  readonly spec: TradingExecutorSpec;
  readonly clock: Clock;
  readonly log: Log;
}

const AGAIN_MS = 60_000;
const ANY = ['0.0.0.0', '::'];

export const killFile = (data: string): string => join(data, 'kill-switch.json');
/** What callers trust. */
export const certificateFile = (data: string): string => join(data, 'ca.crt');

/** One machine's disk in place of the API server. */
export function alone(parts: AloneParts): Surroundings {
  const { key, spec, data, tokens, listen, clock, log } = parts;
  const own = ANY.includes(listen.host) ? [hostname()] : [listen.host];
  return {
    control: (gate) =>
      new StandaloneControl({ key, spec, killFile: killFile(data), clock, gate, log }),
    // One process a folder is what can be made sure of here; see the README on keys on two machines.
    sender: () => soleSender,
    callers: () => new TokenFile(tokens.path, clock, log),
    publish: async (certificate, signal) => {
      while (!signal.aborted) {
        await copyTo(certificateFile(data), certificate()).catch((fault) =>
          log.warn({ err: fault }, 'the certificate is not published; trying again'),
        );
        await clock.after(AGAIN_MS, signal).catch(() => undefined);
      }
    },
    hosts: [...new Set(['localhost', '127.0.0.1', ...own])],
  };
}

async function copyTo(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o644 });
  await rename(`${path}.new`, path);
}
