// The thread that owns the journal's file: an fsync here never delays the kill on the main loop.
import { DatabaseSync } from 'node:sqlite';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { auditor } from './audit-pages.ts';
import type { Query, Reply, Request, Row, StoredRow, WorkerSetup } from './sqlite-protocol.ts';

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA busy_timeout = 2000;
  CREATE TABLE IF NOT EXISTS events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL, order_id TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS events_order ON events (order_id);
  CREATE TABLE IF NOT EXISTS orders (
    order_id TEXT PRIMARY KEY, scope TEXT NOT NULL UNIQUE, received_at INTEGER NOT NULL,
    final INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS orders_received ON orders (received_at);
  CREATE INDEX IF NOT EXISTS orders_unfinished ON orders (final) WHERE final = 0;
`;

const COLUMNS = 'SELECT sequence, at, order_id AS orderId, body FROM events WHERE order_id';
/** One commit, one fsync, however many callers wait. */
const GROUP_MAX = 256;

function openJournal(path: string) {
  const database = new DatabaseSync(path);
  database.exec(SCHEMA);
  const insertEvent = database.prepare(
    'INSERT INTO events (at, order_id, kind, body) VALUES (?, ?, ?, ?)',
  );
  const insertOrder = database.prepare(
    'INSERT INTO orders (order_id, scope, received_at) VALUES (?, ?, ?)',
  );
  const setFinal = database.prepare('UPDATE orders SET final = ? WHERE order_id = ?');
  const load = database.prepare(
    `${COLUMNS} IN (SELECT order_id FROM orders WHERE received_at >= ? OR final = 0) ORDER BY sequence`,
  );
  const bound = database.prepare(
    `${COLUMNS} IN (SELECT order_id FROM orders WHERE scope = ?) ORDER BY sequence`,
  );
  const order = database.prepare(`${COLUMNS} = ? ORDER BY sequence`);
  return {
    database,
    audit: auditor(database),
    write(row: Row): void {
      if (row.scope !== null) insertOrder.run(row.orderId, row.scope, row.at);
      insertEvent.run(row.at, row.orderId, row.kind, row.body);
      if (row.final !== null) setFinal.run(row.final ? 1 : 0, row.orderId);
    },
    query(query: Query): readonly StoredRow[] {
      if (query.kind === 'load') return load.all(query.since) as unknown as StoredRow[];
      if (query.kind === 'bound') return bound.all(query.scope) as unknown as StoredRow[];
      return order.all(query.orderId) as unknown as StoredRow[];
    },
  };
}

type Opened = ReturnType<typeof openJournal>;
type Append = Extract<Request, { kind: 'append' }>;

/** Each append is a savepoint: one that breaks a rule fails alone, the group still commits. */
function commit(journal: Opened, group: readonly Append[]): Reply[] {
  const { database } = journal;
  const replies: Reply[] = [];
  try {
    database.exec('BEGIN IMMEDIATE');
    for (const { id, rows } of group) {
      database.exec('SAVEPOINT one');
      try {
        for (const row of rows) journal.write(row);
        replies.push({ id, ok: true });
      } catch (fault) {
        database.exec('ROLLBACK TO one');
        replies.push({ id, ok: false, message: String(fault) });
      }
      database.exec('RELEASE one');
    }
    database.exec('COMMIT');
    return replies;
  } catch (fault) {
    if (database.isTransaction) database.exec('ROLLBACK');
    return group.map(({ id }) => ({ id, ok: false, message: String(fault) }));
  }
}

const refusal = (id: number, fault: unknown): Reply => ({ id, ok: false, message: String(fault) });

function serve(): void {
  const port = parentPort;
  if (port === null) throw new Error('the journal worker must run in a worker thread');
  const { path } = workerData as WorkerSetup;
  const journal = openJournal(path);
  const answer = (request: Exclude<Request, Append>): void => {
    if (request.kind === 'close') {
      journal.database.close();
      port.postMessage({ id: request.id, ok: true } satisfies Reply);
      port.close();
      return;
    }
    const { id } = request;
    if (request.kind === 'audit') {
      journal
        .audit(request.window)
        .then((audit): Reply => ({ id, ok: true, audit }))
        .catch((fault) => refusal(id, fault))
        .then((reply) => port.postMessage(reply));
      return;
    }
    try {
      const rows = journal.query(request.query);
      port.postMessage({ id, ok: true, rows } satisfies Reply);
    } catch (fault) {
      port.postMessage(refusal(id, fault));
    }
  };
  port.on('message', (first: Request) => {
    let group: Append[] = [];
    const flush = () => {
      if (group.length > 0) for (const reply of commit(journal, group)) port.postMessage(reply);
      group = [];
    };
    for (let request: Request | undefined = first; request !== undefined; ) {
      if (request.kind === 'append') group.push(request);
      else {
        flush();
        answer(request);
      }
      if (group.length >= GROUP_MAX || (request.kind as string) === 'close') break;
      request = receiveMessageOnPort(port)?.message as Request | undefined;
    }
    flush();
  });
}

serve();
