import type { Clock } from '../../crds/clock.ts';
import { backoffMs } from '../../crds/kube/backoff.ts';
import { PostgresQueue, type Waiting } from './postgres-queue.ts';
import { LOCK_CLASS, migrate, TAKEN_OVER } from './postgres-schema.ts';
import { PostgresFailure, PostgresSession } from './postgres-session.ts';
import type { Row } from './rows.ts';
import type { Append, Note, PostgresSetup, Reply } from './thread-protocol.ts';

export interface WriterParts {
  readonly setup: PostgresSetup;
  readonly clock: Clock;
  readonly random: () => number;
  readonly tell: (message: Reply | Note) => void;
  /** Answers for an append that breaks a rule of the tables; nothing of it was written. */
  readonly onFault: (append: Append, why: string) => void;
}

const STATEMENT_MS = 5_000;
const SWEEP_MS = 50;
/** Orders wait for it: a database that is back is found soon. */
const RETRY_MS_MAX = 2_000;
const LOCK_NOT_AVAILABLE = '55P03';

/** This process does not write this journal any more, and what it remembers may be old. */
class Ended extends Error {}

/**
 * The one writer of an executor's rows. What waits goes out in one statement. It holds an advisory
 * lock, so that a second process is refused while the first lives, and its name stands in the
 * journal's row and is asked for by every append, so that one that lost the lock writes nothing.
 * Sequences are given here: a group whose answer got lost is sent again under the same ones.
 */
export class PostgresWriter {
  readonly #parts: WriterParts;
  readonly #stopping = new AbortController();
  readonly #queue: PostgresQueue;
  #work = Promise.withResolvers<void>();
  #ready = Promise.withResolvers<number>();
  #isReady = false;
  #journal = 0;
  #writer = '';
  #attempts = 0;

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.#queue = new PostgresQueue(parts.tell, parts.onFault);
  }

  /** The journal's id, once it can be read: nothing that was refused is in it then. */
  ready(): Promise<number> {
    return this.#ready.promise;
  }

  append(request: Append): void {
    this.#queue.push(request, this.#parts.clock.elapsed());
    this.#work.resolve();
  }

  /** Connects, writes, connects again, until closed or taken over. */
  async run(): Promise<void> {
    const { clock, random, tell, setup } = this.#parts;
    const { signal } = this.#stopping;
    void this.#sweep(signal);
    let told = '';
    for (let failures = 0; !signal.aborted; ) {
      let session: PostgresSession | undefined;
      try {
        session = await this.#open();
        if (failures > 0) tell({ note: `the journal of ${setup.executor} can be written again` });
        failures = 0;
        told = '';
        await this.#serve(session, signal);
      } catch (fault) {
        if (!(fault instanceof PostgresFailure)) return this.#end(fault);
        failures += 1;
        const note = `the journal of ${setup.executor} cannot be written: ${fault.message}; trying again`;
        if (!signal.aborted && note !== told) tell({ note });
        told = note;
      } finally {
        await session?.end();
      }
      const waitMs = Math.min(backoffMs({ failures }, random), RETRY_MS_MAX);
      if (!signal.aborted) await clock.after(waitMs, signal).catch(() => undefined);
    }
  }

  /** Writes what waits, for as long as a caller would wait, and leaves the journal to others. */
  async close(): Promise<void> {
    const { clock, setup } = this.#parts;
    const until = clock.elapsed() + setup.patienceMs;
    while (!this.#queue.isEmpty && clock.elapsed() < until) await clock.after(SWEEP_MS);
    this.#stopping.abort(new Error('the journal is closed'));
    this.#work.resolve();
  }

  async #open(): Promise<PostgresSession> {
    const { clock, setup } = this.#parts;
    const { urlFile, instance } = setup;
    const name = `trading-executor ${instance} writer`;
    const session = await PostgresSession.open({ clock, urlFile, name, statementMs: STATEMENT_MS });
    try {
      await migrate(session);
      await this.#take(session, name);
      return session;
    } catch (fault) {
      await session.end();
      throw fault;
    }
  }

  /** Becomes the writer. A session of our own that the server has not missed yet is ended first. */
  async #take(session: PostgresSession, name: string): Promise<void> {
    const { executor, instance } = this.#parts.setup;
    await session.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = $1 AND usename = current_user AND pid <> pg_backend_pid()`,
      [name],
    );
    await session.query(
      'INSERT INTO spark_journals (executor) VALUES ($1) ON CONFLICT DO NOTHING',
      [executor],
    );
    const row = 'SELECT id, writer, sequence FROM spark_journals WHERE executor = $1';
    const [found] = await session.query<{ id: number }>(row, [executor]);
    const id = found?.id ?? 0;
    await session.query('SELECT pg_advisory_lock($1, $2)', [LOCK_CLASS, id]).catch(taken);
    const [journal] = await session.query<{ writer: string; sequence: number }>(row, [executor]);
    const wasOurs = journal?.writer.startsWith(`${instance}/`);
    if (this.#writer !== '' && !wasOurs) throw takenOver();
    if (this.#writer === '') this.#queue.goOnFrom(journal?.sequence ?? 0);
    this.#journal = id;
    this.#attempts += 1;
    this.#writer = `${instance}/${this.#attempts}`;
    await session.query('UPDATE spark_journals SET writer = $2 WHERE id = $1', [id, this.#writer]);
    this.#queue.resume();
  }

  async #serve(session: PostgresSession, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#removeRefused(session);
      this.#isReady = true;
      this.#ready.resolve(this.#journal);
      if (this.#queue.isEmpty) {
        this.#work = Promise.withResolvers();
        await Promise.race([this.#work.promise, session.lost]);
        continue;
      }
      const group = this.#queue.group();
      try {
        this.#queue.settle(group, await this.#write(session, group));
      } catch (fault) {
        // Refused as a whole: no use in letting those wait who asked for leave.
        if (fault instanceof PostgresFailure && fault.isRefusal) {
          this.#queue.refuse(group, fault.message);
          this.#holdReaders();
        }
        throw fault;
      }
    }
  }

  /** Returns why single appends were refused, by their place in the group. */
  async #write(session: PostgresSession, group: readonly Waiting[]): Promise<Map<number, string>> {
    const appends = group.map(({ sequence, rows }) =>
      rows.map((row, index) => columns(row, sequence + index)),
    );
    const values = [this.#journal, this.#writer, this.#queue.lastSequence, JSON.stringify(appends)];
    const refusals = await session
      .query<{ append: number; fault: string }>(
        'SELECT append, fault FROM spark_append($1, $2, $3, $4)',
        values,
      )
      .catch((fault) => {
        throw fault instanceof PostgresFailure && fault.code === TAKEN_OVER ? takenOver() : fault;
      });
    return new Map(refusals.map(({ append, fault }) => [append, fault]));
  }

  /** A receipt whose caller was told no must not be found later, by a retry or by a restart. */
  async #removeRefused(session: PostgresSession): Promise<void> {
    for (let sequences = this.#queue.takeBack; sequences.length > 0; ) {
      await session.query(
        `WITH gone AS (DELETE FROM spark_events WHERE journal = $1 AND sequence = ANY($2)
           RETURNING order_id, kind)
         DELETE FROM spark_orders WHERE journal = $1
           AND order_id IN (SELECT order_id FROM gone WHERE kind = 'received')`,
        [this.#journal, sequences],
      );
      this.#queue.tookBack(sequences);
      sequences = this.#queue.takeBack;
    }
  }

  /** Nobody waits longer than the patience, whatever the network does. */
  async #sweep(signal: AbortSignal): Promise<void> {
    const { clock, setup } = this.#parts;
    const why = `the database did not answer within ${setup.patienceMs} ms`;
    while (!signal.aborted) {
      await clock.after(SWEEP_MS, signal).catch(() => undefined);
      this.#queue.expire(clock.elapsed() - setup.patienceMs, why);
      this.#holdReaders();
    }
  }

  /** Until what was refused is certainly not there. */
  #holdReaders(): void {
    if (!this.#isReady || this.#queue.takeBack.length === 0) return;
    this.#isReady = false;
    this.#ready = Promise.withResolvers();
  }

  #end(fault: unknown): void {
    const note = fault instanceof Error ? fault.message : String(fault);
    this.#parts.tell({ note, isEnd: true });
  }
}

function columns({ placed, ...row }: Row, sequence: number) {
  return { sequence, ...row, ...placed };
}

const takenOver = () =>
  new Ended(
    'another process has taken this journal over; this one ends, so that it reads it anew before it trades',
  );

function taken(fault: unknown): never {
  if (!(fault instanceof PostgresFailure) || fault.code !== LOCK_NOT_AVAILABLE) throw fault;
  const message =
    'another process writes it: is the same namespace and name used by another cluster on this database?';
  throw new PostgresFailure(message, fault);
}
