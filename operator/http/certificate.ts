import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../../crds/clock.ts';

export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** The kubelet takes up to a minute to bring a renewed Secret; ten seconds more do not matter. */
const LOOK_EVERY_MS = 10_000;

/** tls.crt and tls.key of a folder, as cert-manager and the chart name them. */
export async function readKeyPair(folder: string): Promise<KeyPair> {
  try {
    const [cert, key] = await Promise.all(
      ['tls.crt', 'tls.key'].map((name) => readFile(join(folder, name), 'utf8')),
    );
    return { cert: cert ?? '', key: key ?? '' };
  } catch (cause) {
    throw new Error(`cannot read tls.crt and tls.key in ${folder}; mount the serving certificate`, {
      cause,
    });
  }
}

/** Renews whenever the files have changed, until aborted. Files read half-way wait for the next look. */
export async function followKeyPair(
  folder: string,
  renew: (pair: KeyPair) => void,
  { clock, log, signal }: { clock: Clock; log: Logger; signal: AbortSignal },
): Promise<void> {
  let current = await readKeyPair(folder);
  while (!signal.aborted) {
    await clock.after(LOOK_EVERY_MS, signal).catch(() => undefined);
    if (signal.aborted) return;
    try {
      const next = await readKeyPair(folder);
      if (next.cert === current.cert && next.key === current.key) continue;
      renew(next); // throws when the two do not belong together
      current = next;
      log.info('serving certificate renewed');
    } catch (error) {
      log.warn({ err: error }, 'serving certificate could not be renewed; the old one stays');
    }
  }
}
