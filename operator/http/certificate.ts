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

/**
 * Renews at once and whenever the files have changed, until aborted. At once, because they may have
 * changed since the server was given its pair. Files read half-way wait for the next look.
 */
export async function followKeyPair(
  folder: string,
  renew: (pair: KeyPair) => void,
  { clock, log, signal }: { clock: Clock; log: Logger; signal: AbortSignal },
): Promise<void> {
  let current: KeyPair | undefined;
  while (!signal.aborted) {
    try {
      const next = await readKeyPair(folder);
      if (next.cert !== current?.cert || next.key !== current.key) {
        renew(next); // throws when the two do not belong together
        if (current !== undefined) log.info('serving certificate renewed');
        current = next;
      }
    } catch (error) {
      log.warn({ err: error }, 'serving certificate could not be renewed; the old one stays');
    }
    await clock.after(LOOK_EVERY_MS, signal).catch(() => undefined);
  }
}
