// The thread that speaks to PostgreSQL: its protocol, parsing and summing up are off the main loop.
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../crds/clock.ts';
import { summed } from './audit-pages.ts';
import { PostgresReads } from './postgres-reads.ts';
import { PostgresFailure } from './postgres-session.ts';
import { PostgresWriter } from './postgres-writer.ts';
import { type StoredRow, scopesOf } from './rows.ts';
import {
  type Answers,
  type Append,
  type Ask,
  type Note,
  type PostgresSetup,
  type Query,
  type Reply,
  type Request,
  refused,
} from './thread-protocol.ts';

const LOOK_UP_MS = 5_000;
const REPORT_MS = 60_000;
const LOAD_AGAIN_MS = 500;

interface Lanes {
  /** What orders wait for. */
  readonly lookUps: PostgresReads;
  /** What takes its time. */
  readonly reports: PostgresReads;
}

function answer({ lookUps, reports }: Lanes, ask: Ask): Promise<Answers[Ask['kind']]> {
  switch (ask.kind) {
    case 'query':
      return ask.query.kind === 'load' ? load(reports, ask.query) : lookUps.query(ask.query);
    case 'audit':
      return summed(reports, ask.window);
    case 'tally':
      return reports.tally(ask.counts) as Promise<undefined>;
    case 'export':
      return reports.export(ask.after);
    case 'prune':
      return reports.prune(ask.before);
    default:
      return ask satisfies never;
  }
}

/** The start waits for its database, however long: without its orders an executor cannot trade. */
async function load(reports: PostgresReads, query: Query): Promise<readonly StoredRow[]> {
  for (;;) {
    try {
      return await reports.query(query);
    } catch (fault) {
      if (!(fault instanceof PostgresFailure)) throw fault;
      await systemClock.after(LOAD_AGAIN_MS);
    }
  }
}

async function inTime<T>(work: Promise<T>, limitMs: number | undefined): Promise<T> {
  if (limitMs === undefined) return work;
  const answered = new AbortController();
  const late = systemClock.after(limitMs, answered.signal).then((): never => {
    throw new Error(`the database did not answer within ${limitMs} ms`);
  });
  late.catch(() => undefined);
  return Promise.race([work, late]).finally(() => answered.abort(new Error('answered')));
}

function serve(): void {
  const port = parentPort;
  if (port === null) throw new Error('the journal worker must run in a worker thread');
  const setup = workerData as PostgresSetup;
  const { urlFile, instance, patienceMs } = setup;
  const tell = (message: Reply | Note) => port.postMessage(message);
  const writer = new PostgresWriter({
    ...{ setup, clock: systemClock, random: Math.random, tell },
    onFault: (append, why) => void answerBound(append, why),
  });
  const reads = (name: string, statementMs: number) =>
    new PostgresReads(
      { clock: systemClock, urlFile, name: `trading-executor ${instance} ${name}`, statementMs },
      () => writer.ready(),
    );
  const lanes = { lookUps: reads('reader', LOOK_UP_MS), reports: reads('report', REPORT_MS) };
  const running = writer.run();
  /** An order waits for a look-up no longer than for an append. */
  const limitOf = (request: Ask) => {
    if (request.kind === 'query') return request.query.kind === 'load' ? undefined : patienceMs;
    return request.kind === 'tally' ? patienceMs : REPORT_MS;
  };
  const ask = async (request: Ask) => {
    const { id } = request;
    try {
      tell({ id, ok: true, value: await inTime(answer(lanes, request), limitOf(request)) });
    } catch (fault) {
      tell(refused(id, fault));
    }
  };
  /** A receipt that was not written is answered with the order that has its key. */
  const answerBound = async ({ id, rows }: Append, why: string) => {
    try {
      for (const scope of scopesOf(rows)) {
        const bound = lanes.lookUps.query({ kind: 'bound', scope });
        const value = await inTime(bound, patienceMs);
        if (value.length > 0) return tell({ id, ok: true, value });
      }
      tell(refused(id, why));
    } catch (fault) {
      tell(refused(id, fault));
    }
  };
  const close = async (id: number) => {
    await writer.close();
    await Promise.all([running, lanes.lookUps.close(), lanes.reports.close()]);
    tell({ id, ok: true });
    port.close();
  };
  port.on('message', (request: Request) => {
    if (request.kind === 'append') writer.append(request);
    else if (request.kind === 'close') void close(request.id);
    else void ask(request);
  });
}

serve();
