import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** What a process of a crowd tells: it is ready, or it has got this, at that wall-clock ms. */
export type News = { readonly ready: true } | { readonly got: string; readonly at: number };

const WITHIN_MS = 30_000;

/** As many processes of one script; each stamps what it gets. They end with this process. */
export class Crowd {
  readonly #children: readonly ChildProcess[];
  readonly #stamps = new Map<string, number>();
  #wake = Promise.withResolvers<void>();

  private constructor(children: readonly ChildProcess[]) {
    this.#children = children;
    children.forEach((child, at) => {
      child.on('message', (news: News) => {
        if (!('got' in news)) return;
        this.#stamps.set(`${at} ${news.got}`, news.at);
        this.#wake.resolve();
        this.#wake = Promise.withResolvers<void>();
      });
    });
  }

  /** One process for each set-up. Resolves when all are ready. */
  static async start(script: 'floor' | 'subscriber', setups: readonly object[]): Promise<Crowd> {
    const extension = import.meta.url.endsWith('.mjs') ? 'mjs' : 'ts'; // bundled in a pod
    const module = new URL(`./${script}-process.${extension}`, import.meta.url);
    const children = setups.map((setup) => fork(module, [JSON.stringify(setup)], { execArgv: [] }));
    await Promise.all(children.map(ready));
    return new Crowd(children);
  }

  /** When each process got its own of these; the stamps are forgotten. */
  async stamps(got: readonly string[]): Promise<readonly number[]> {
    const keys = got.map((one, at) => `${at} ${one}`);
    const end = performance.now() + WITHIN_MS;
    while (keys.some((key) => !this.#stamps.has(key))) {
      const leftMs = end - performance.now();
      if (leftMs <= 0) throw new Error(`a process never got its message: ${keys.join(', ')}`);
      const timer = setTimeout(() => this.#wake.resolve(), leftMs);
      await this.#wake.promise;
      clearTimeout(timer);
    }
    const stamps = keys.map((key) => this.#stamps.get(key) ?? Number.NaN);
    this.#stamps.clear();
    return stamps;
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        if (child.exitCode !== null) return;
        const gone = once(child, 'exit');
        child.disconnect();
        await gone;
      }),
    );
  }
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', (code) =>
      reject(new Error(`a process ended with ${code} before it was ready`)),
    );
  });
}
