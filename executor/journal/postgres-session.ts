import { readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import pg from 'pg';
import type { Clock } from '../../crds/clock.ts';

export interface SessionOptions {
  /** Holds the connection URL. */
  readonly urlFile: string;
  /** Shown in pg_stat_activity, at most 63 characters. */
  readonly name: string;
  readonly statementMs: number;
  readonly clock: Clock;
}

const CONNECT_MS = 5_000;
/** The server has ended the statement by then, or nobody knows what became of it. */
const ANSWER_SLACK_MS = 2_000;
/** A network that says nothing does not hold up a process that ends. */
const GOODBYE_MS = 500;
const INT8_OID = 20;

/** Durable means durable, whatever the server's default; a dead peer is noticed within 20 s. */
const SETTINGS = `
  SET synchronous_commit = on;
  SET lock_timeout = '2s';
  SET idle_in_transaction_session_timeout = '10s';
  SET tcp_keepalives_idle = 5;
  SET tcp_keepalives_interval = 5;
  SET tcp_keepalives_count = 3;`;

/** The database said no, or cannot be asked. Carries neither the URL nor the password. */
export class PostgresFailure extends Error {
  override readonly name = 'PostgresFailure';
  /** SQLSTATE of an answer; undefined when there was none. */
  readonly code: string | undefined;
  /** The statement was refused as a whole and has left nothing; otherwise what it did is unknown. */
  readonly isRefusal: boolean;

  constructor(message: string, { code, isRefusal }: Pick<PostgresFailure, 'code' | 'isRefusal'>) {
    super(message);
    this.code = code;
    this.isRefusal = isRefusal;
  }
}

/** One connection. It is used until it is lost, then another is opened. */
export class PostgresSession {
  readonly #client: pg.Client;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #secrets: readonly string[];
  readonly #lost = Promise.withResolvers<never>();
  #isLost = false;

  private constructor(
    { client, socket, clock }: { client: pg.Client; socket: Socket; clock: Clock },
    secrets: readonly string[],
  ) {
    this.#client = client;
    this.#socket = socket;
    this.#clock = clock;
    this.#secrets = secrets;
    this.#lost.promise.catch(() => undefined); // whoever does not wait for it is told by a query
    client.on('error', (fault) => this.#lose(fault));
    client.on('end', () => this.#lose(new Error('the database ended the connection')));
  }

  /** Reads the URL anew: a rotated password works without a restart. Throws PostgresFailure. */
  static async open({
    urlFile,
    name,
    statementMs,
    clock,
  }: SessionOptions): Promise<PostgresSession> {
    const url = await readFile(urlFile, 'utf8').then(
      (text) => text.trim(),
      () => '',
    );
    if (!/^postgres(ql)?:\/\//.test(url)) {
      const message = `${urlFile} does not hold a URL such as postgresql://user:password@host/database; mount the Secret of spec.store.secretRef with the key url`;
      throw new PostgresFailure(message, { code: undefined, isRefusal: true });
    }
    const secrets = secretsOf(url);
    const socket = new Socket();
    try {
      const client = new pg.Client({
        stream: () => socket,
        ...{ connectionString: url, application_name: name, statement_timeout: statementMs },
        ...{ connectionTimeoutMillis: CONNECT_MS, query_timeout: statementMs + ANSWER_SLACK_MS },
        ...{ keepAlive: true, keepAliveInitialDelayMillis: CONNECT_MS, types: numbers },
      });
      const session = new PostgresSession({ client, socket, clock }, secrets);
      await client.connect();
      await session.query(SETTINGS);
      return session;
    } catch (fault) {
      socket.destroy();
      throw failureOf(fault, secrets);
    }
  }

  /** Rejects when the connection is lost; never resolves. */
  get lost(): Promise<never> {
    return this.#lost.promise;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Throws PostgresFailure. One that is no refusal has lost the connection. */
  async query<T>(text: string, values?: readonly unknown[]): Promise<readonly T[]> {
    try {
      const { rows } = await this.#client.query(text, values === undefined ? [] : [...values]);
      return rows as readonly T[];
    } catch (fault) {
      const failure = failureOf(fault, this.#secrets);
      if (!failure.isRefusal) this.#lose(failure);
      throw failure;
    }
  }

  /** Says good-bye; one that is in the middle of something is cut off. */
  async end(): Promise<void> {
    const said = this.#client.end().catch(() => undefined);
    await Promise.race([said, this.#clock.after(GOODBYE_MS)]);
    this.#socket.destroy();
  }

  #lose(fault: Error): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#lost.reject(failureOf(fault, this.#secrets));
    void this.end();
  }
}

/** Counts and sequences are below 2^53. */
const numbers: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8_OID ? Number : pg.types.getTypeParser(oid, format),
} as pg.CustomTypesConfig;

/** A statement that failed with ERROR was rolled back; FATAL and everything else ends a connection. */
function failureOf(fault: unknown, secrets: readonly string[]): PostgresFailure {
  if (fault instanceof PostgresFailure) return fault;
  const { code, severity } = fault as { code?: string; severity?: string };
  const said = fault instanceof Error ? fault.message || fault.name : String(fault);
  const message = secrets.reduce((text, secret) => text.replaceAll(secret, '[removed]'), said);
  return new PostgresFailure(`PostgreSQL: ${message || code}`, {
    code,
    isRefusal: severity === 'ERROR',
  });
}

/** The URL and its password: as written, as read, and as it could be written. Longest first. */
function secretsOf(url: string): readonly string[] {
  // To the last @ before the host: one that is left as it is belongs to the password.
  const [, written = ''] = /^[a-z]+:\/\/[^:@/]*:([^/?#]*)@/.exec(url) ?? [];
  const [, asked = ''] = /[?&]password=([^&]*)/.exec(url) ?? [];
  const found = [url, written, asked].flatMap((one) => {
    const read = decoded(one);
    return [one, read, encodeURIComponent(read)];
  });
  return [...new Set(found)].filter((one) => one !== '').sort((a, b) => b.length - a.length);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
