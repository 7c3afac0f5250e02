import type { Clock } from '../../../../crds/clock.ts';
import { CSRF_HEADER, type Failed } from '../../wire/paths.ts';
import { eventsIn, retryAfterMs } from './event-stream.ts';

/** Why there is no answer; `status` 0: the server was not reached. The words are the server's own. */
export interface Failure {
  readonly ok: false;
  readonly status: number;
  readonly message: string;
}
export type Answer<T> = { readonly ok: true; readonly value: T } | Failure;

export interface Listener<T> {
  event(value: T): void;
  /** The connection stands anew: what came before was of another one. */
  opened(): void;
  /** It ended, and is tried again. */
  lost(failure: Failure): void;
}

/** Silent for longer than this and a connection is taken for dead, whatever the socket says. */
const SILENT_MAX_MS = 12_000;
const ANSWER_MAX_MS = 30_000;

/** The one way to the server. A 401 to anything is told to `signedOut`, once for each. */
export class Door {
  readonly #fetch: typeof fetch;
  readonly #clock: Clock;
  /** Set by whoever shows the sign-in page. */
  signedOut: () => void = () => undefined;

  constructor(clock: Clock, fetchLike: typeof fetch) {
    this.#clock = clock;
    this.#fetch = fetchLike;
  }

  get<T>(path: string): Promise<Answer<T>> {
    return this.#json<T>(path, {});
  }

  send<T>(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<Answer<T>> {
    return this.#json<T>(path, {
      method,
      headers: { [CSRF_HEADER]: '1', 'content-type': 'application/json' },
      body: JSON.stringify(body ?? {}),
    });
  }

  /** A file of a pack. */
  async file(path: string): Promise<Answer<Blob>> {
    const response = await this.#ask(path, {});
    return response.ok ? { ok: true, value: await response.value.blob() } : response;
  }

  /** Follows a stream of events until `signal` aborts; connects again by itself, slower each time. */
  async follow<T>(path: string, listener: Listener<T>, signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      const failure = await this.#stream<T>(path, signal, {
        ...listener,
        event: (value) => {
          attempt = 0;
          listener.event(value);
        },
      });
      if (signal.aborted || failure.status === 401) return;
      listener.lost(failure);
      await this.#clock.after(retryAfterMs(attempt), signal).catch(() => undefined);
    }
  }

  async #stream<T>(path: string, signal: AbortSignal, listener: Listener<T>): Promise<Failure> {
    const cut = new AbortController();
    const stop = () => cut.abort();
    signal.addEventListener('abort', stop);
    const watch = this.#watch(cut);
    try {
      const init = { headers: { accept: 'text/event-stream' }, signal: cut.signal };
      const answer = await this.#ask(path, init);
      if (!answer.ok) return answer;
      const reader = answer.value.body?.pipeThrough(new TextDecoderStream()).getReader();
      listener.opened();
      let rest = '';
      for (;;) {
        const piece = await reader?.read();
        if (piece === undefined || piece.done) return unreached('The server ended the connection.');
        watch.heard();
        const events = eventsIn(rest + piece.value);
        rest = events.rest;
        for (const data of events.data) listener.event(JSON.parse(data) as T);
      }
    } catch {
      return unreached('The connection to the server was lost.');
    } finally {
      cut.abort(); // ends the watch, too
      signal.removeEventListener('abort', stop);
    }
  }

  /** Cuts a connection over which nothing comes: a dead network path does not always say so. */
  #watch(cut: AbortController): { heard(): void } {
    let heardAt = this.#clock.elapsed();
    const look = async (): Promise<void> => {
      while (!cut.signal.aborted) {
        const left = heardAt + SILENT_MAX_MS - this.#clock.elapsed();
        if (left <= 0) return cut.abort();
        await this.#clock.after(left, cut.signal);
      }
    };
    look().catch(() => undefined); // only ever ended by the abort
    const heard = (): void => {
      heardAt = this.#clock.elapsed();
    };
    return { heard };
  }

  async #json<T>(path: string, init: RequestInit): Promise<Answer<T>> {
    const signal = AbortSignal.timeout(ANSWER_MAX_MS);
    const answer = await this.#ask(path, { ...init, signal });
    if (!answer.ok) return answer;
    try {
      const text = await answer.value.text();
      return { ok: true, value: (text === '' ? {} : JSON.parse(text)) as T };
    } catch {
      return unreached('The answer of the server broke off. Try again.');
    }
  }

  async #ask(path: string, init: RequestInit): Promise<Answer<Response>> {
    let response: Response;
    try {
      response = await this.#fetch(path, { credentials: 'same-origin', ...init });
    } catch {
      return unreached('The server does not answer.');
    }
    if (response.ok) return { ok: true, value: response };
    if (response.status === 401 && !path.endsWith('/session')) this.signedOut();
    return { ok: false, status: response.status, message: await said(response) };
  }
}

const unreached = (message: string): Failure => ({ ok: false, status: 0, message });

async function said(response: Response): Promise<string> {
  try {
    return ((await response.json()) as Failed).error.message;
  } catch {
    return `The server answered ${response.status} ${response.statusText}.`.replace(' .', '.');
  }
}
