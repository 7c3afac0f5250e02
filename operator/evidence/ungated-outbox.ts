import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../../crds/clock.ts';
import { type EvidenceAddress, post } from './post.ts';
import { UNGATED_PATH, type UngatedLog } from './ungated.ts';

export interface OutboxOptions {
  /** On a volume that outlives this process. */
  readonly folder: string;
  /** undefined: there is no evidence server, and logs stay where they are. */
  readonly to: EvidenceAddress | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

const ANSWER_MS_MAX = 10_000;
const AGAIN_MS = 10_000;
/** Of a MiB at most each; beyond it the oldest go. */
const WAITING_MAX = 32;
/** Answers that another try would meet again. */
const FINAL = [400, 413, 422];

/** Logs of ungated pods, in a folder from before the pod is deleted until the evidence server has them. */
export class UngatedOutbox {
  readonly #options: OutboxOptions;
  #wake = new AbortController();

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Written when it resolves; sent later, by `run`. */
  async put(one: UngatedLog): Promise<void> {
    const { folder } = this.#options;
    await mkdir(folder, { recursive: true });
    const path = join(folder, `${one.at.replaceAll(':', '-')}_${one.uid}.json`);
    await writeFile(`${path}.new`, JSON.stringify(one));
    await rename(`${path}.new`, path);
    for (const name of (await this.#waiting()).slice(0, -WAITING_MAX)) {
      await rm(join(folder, name), { force: true });
    }
    this.#wake.abort();
  }

  /** Sends what is there and what comes, until aborted; first what an earlier process left. */
  async run(signal: AbortSignal): Promise<void> {
    const { to, clock, log } = this.#options;
    if (to === undefined) return;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const isEmpty = await this.#sendAll(to, signal).catch((err) => {
        if (!signal.aborted) log.warn({ err }, 'the log of an ungated pod waits to be handed in');
        return false;
      });
      const wake = AbortSignal.any([signal, this.#wake.signal]);
      await clock.after(isEmpty ? 60 * AGAIN_MS : AGAIN_MS, wake).catch(() => undefined);
    }
  }

  async #sendAll(to: EvidenceAddress, signal: AbortSignal): Promise<boolean> {
    const { folder, log } = this.#options;
    for (const name of await this.#waiting()) {
      const body = JSON.parse(await readFile(join(folder, name), 'utf8'));
      const what = { path: UNGATED_PATH, body, timeoutMs: ANSWER_MS_MAX, signal };
      const { status, text } = await post(to, what);
      if (status !== 204 && !FINAL.includes(status)) throw new Error(`HTTP ${status}: ${text}`);
      if (status !== 204)
        log.error({ name, status, text }, 'the log of an ungated pod was refused');
      await rm(join(folder, name), { force: true });
    }
    return true;
  }

  /** Names, the oldest first. */
  async #waiting(): Promise<readonly string[]> {
    const all = await readdir(this.#options.folder).catch(() => []); // nothing was ever put there
    return all.filter((name) => name.endsWith('.json')).sort();
  }
}
