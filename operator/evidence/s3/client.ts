import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { AwsV4Signer } from 'aws4fetch';
import { Agent, type Dispatcher } from 'undici';
import type { Clock } from '../../../crds/clock.ts';
import { boundedText } from '../../http/bounded-text.ts';
import { type BackoffPolicy, backoffMs } from '../../queue/backoff.ts';
import { instant } from '../../rollback/instant.ts';
import type { StoredFile } from '../store.ts';
import { readCredentials, type S3Credentials, without } from './credentials.ts';
import { isPassing, NO_ANSWER, S3Failure } from './failure.ts';
import type { S3Place } from './place.ts';
import { type Listed, type Page, pageOf, textIn } from './xml.ts';

export interface S3Options {
  readonly place: S3Place;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

interface Call {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  /** undefined: the bucket itself. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

interface Answer extends Dispatcher.ResponseData {
  /** What it was asked with, which it may repeat. */
  readonly credentials: S3Credentials;
}

const CONNECT_MS_MAX = 5_000;
const SILENCE_MS_MAX = 10_000;
/** Of all but a download, which goes as fast as its reader: 8 MiB at 4.5 Mbit/s. */
const CALL_MS_MAX = 15_000;
const BACKOFF: BackoffPolicy = { firstMs: 250, maxMs: 4_000 };
const ATTEMPTS_MAX = 5;
/** No further attempt after this. */
const INSISTS_MS_MAX = 20_000;
/** Read whole, so that a connection that breaks is met with another attempt; larger ones stream. */
const SMALL_BYTES_MAX = 1024 * 1024;
/** A page of a thousand keys has a third of a megabyte. */
const XML_BYTES_MAX = 4 * 1024 * 1024;

/**
 * One bucket, as little of S3 as packs need: path-style addresses, Signature Version 4 with the
 * body's SHA-256, so that the bucket refuses what came changed. Credentials and authority are read
 * for each attempt, so renewed files are used by the next one. What may pass is tried again; while
 * the bucket does not answer at all, each call gets one attempt, so that a pack ends in bounded time.
 */
export class S3Client {
  readonly #options: S3Options;
  readonly #closing = new AbortController();
  #trusted: { readonly ca: string | undefined; readonly agent: Agent } | undefined;
  #isAway = false;

  constructor(options: S3Options) {
    this.#options = options;
  }

  /** undefined: there is no such object. */
  get(key: string): Promise<StoredFile | undefined> {
    const call: Call = { method: 'GET', key };
    return this.#insist(call, async (answer) => {
      if (answer.statusCode === 404) {
        const failure = await this.#failure(call, answer);
        if (failure.code !== 'NoSuchBucket') return undefined;
        throw failure;
      }
      const { headers, body } = await this.#accepted(call, answer);
      const bytes = Number(headers['content-length'] ?? Number.NaN);
      if (Number.isNaN(bytes)) throw new Error('the answer does not say its length');
      if (bytes > SMALL_BYTES_MAX) return { bytes, content: body };
      return { bytes, content: Readable.from(Buffer.from(await body.arrayBuffer())) };
    });
  }

  /** Whole or not at all: S3 shows an object when all of it is there. */
  put(key: string, body: Uint8Array): Promise<void> {
    return this.#emptied({ method: 'PUT', key, body });
  }

  /** What is not there is removed, too. */
  remove(key: string): Promise<void> {
    return this.#emptied({ method: 'DELETE', key });
  }

  async list(prefix: string): Promise<readonly Listed[]> {
    const found: Listed[] = [];
    let next: string | undefined;
    do {
      const from: object = next === undefined ? {} : { 'continuation-token': next };
      const page: Page = await this.#page({ 'list-type': '2', prefix, ...from });
      found.push(...page.objects);
      next = page.next;
    } while (next !== undefined);
    return found;
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the evidence server is stopping'));
    await this.#trusted?.agent.destroy();
  }

  #page(query: Readonly<Record<string, string>>): Promise<Page> {
    const call: Call = { method: 'GET', query };
    return this.#insist(call, async (answer) =>
      pageOf(await textOf(await this.#accepted(call, answer))),
    );
  }

  #emptied(call: Call): Promise<void> {
    return this.#insist(call, async (answer) => {
      await (await this.#accepted(call, answer)).body.dump();
    });
  }

  /** Attempts until `read` got what it wants, the bucket refuses for good, or the time is up. */
  async #insist<T>(call: Call, read: (answer: Answer) => Promise<T>): Promise<T> {
    const { clock, random } = this.#options;
    const began = clock.elapsed();
    for (let failures = 1; ; failures++) {
      const outcome = await this.#attempt(call, read);
      if ('done' in outcome) {
        this.#isAway = false;
        return outcome.done;
      }
      const { failure } = outcome;
      if (!isPassing(failure)) throw failure;
      const isLate = clock.elapsed() - began > INSISTS_MS_MAX;
      if (this.#isAway || failures === ATTEMPTS_MAX || isLate) {
        this.#isAway = true;
        throw failure;
      }
      await clock.after(backoffMs(BACKOFF, failures, random()), this.#closing.signal);
    }
  }

  async #attempt<T>(call: Call, read: (answer: Answer) => Promise<T>) {
    let credentials: S3Credentials | undefined;
    try {
      credentials = await readCredentials(this.#options.place.credentialsDir);
      return { done: await read(await this.#ask(call, credentials)) };
    } catch (cause) {
      if (cause instanceof S3Failure) return { failure: cause };
      const why = whyOf(cause);
      const clean = credentials === undefined ? why : without(credentials, why);
      return { failure: new S3Failure(this.#naming(call), { code: NO_ANSWER, why: clean }) };
    }
  }

  async #ask({ method, key, query, body }: Call, credentials: S3Credentials): Promise<Answer> {
    const { place, clock } = this.#options;
    const url = new URL(`${place.endpoint}/${place.bucket}${key === undefined ? '' : pathOf(key)}`);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const sha256 = createHash('sha256')
      .update(body ?? '')
      .digest('hex');
    const signer = new AwsV4Signer({
      ...{ method, url: url.href, service: 's3', region: place.region, ...credentials },
      headers: { 'x-amz-content-sha256': sha256 },
      datetime: instant(clock.wall()).replace(/[:-]|\.\d{3}/g, ''),
    });
    const { headers } = await signer.sign();
    const isDownload = method === 'GET' && key !== undefined;
    const answer = await (await this.#agent()).request({
      ...{ origin: url.origin, path: `${url.pathname}${url.search}`, method },
      headers: Object.fromEntries(headers),
      body: body ?? null,
      ...(!isDownload && { signal: AbortSignal.timeout(CALL_MS_MAX) }),
    });
    return { ...answer, credentials };
  }

  /** One for all calls, until the authority's file has changed. */
  async #agent(): Promise<Agent> {
    const { caFile } = this.#options.place;
    const ca = caFile === undefined ? undefined : await readFile(caFile, 'utf8');
    if (this.#trusted !== undefined && this.#trusted.ca === ca) return this.#trusted.agent;
    void this.#trusted?.agent.close(); // what it is doing, it may end
    const connect = { timeout: CONNECT_MS_MAX, ...(ca !== undefined && { ca }) };
    const silence = { headersTimeout: SILENCE_MS_MAX, bodyTimeout: SILENCE_MS_MAX };
    const agent = new Agent({ ...silence, allowH2: false, connect });
    this.#trusted = { ca, agent };
    return agent;
  }

  async #accepted(call: Call, answer: Answer): Promise<Answer> {
    if (answer.statusCode >= 200 && answer.statusCode < 300) return answer;
    throw await this.#failure(call, answer);
  }

  async #failure(call: Call, answer: Answer): Promise<S3Failure> {
    const { statusCode: status, credentials } = answer;
    const xml = await textOf(answer);
    const code = without(credentials, textIn('Code', xml) ?? 'Unknown');
    const why = without(credentials, textIn('Message', xml) ?? xml).slice(0, 200);
    return new S3Failure(this.#naming(call), { status, code, why });
  }

  #naming({ method, key, query }: Call): string {
    const { endpoint, bucket } = this.#options.place;
    const what = key === undefined ? `list of ${query?.prefix}` : `${method} of ${key}`;
    return `bucket ${bucket} at ${endpoint}: ${what}`;
  }
}

const pathOf = (key: string): string => `/${key.split('/').map(encodeURIComponent).join('/')}`;

const textOf = ({ body }: Dispatcher.ResponseData): Promise<string> =>
  boundedText(body, XML_BYTES_MAX, `the answer is over ${XML_BYTES_MAX} bytes`);

/** An address with two families fails with an AggregateError, which says nothing but its code. */
function whyOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.message || (cause as NodeJS.ErrnoException).code || cause.name;
}
