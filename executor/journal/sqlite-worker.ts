// The thread that owns the journal's file: an fsync here never delays the kill on the main loop.
import {
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  workerData,
} from 'node:worker_threads';
import { summed } from './audit-pages.ts';
import { GROUP_MAX } from './bounds.ts';
import { SqliteCommits } from './sqlite-commits.ts';
import { SqliteFile } from './sqlite-file.ts';
import {
  type Answers,
  type Append,
  type Ask,
  type Note,
  type Reply,
  type Request,
  refused,
  type SqliteSetup,
} from './thread-protocol.ts';

/** A full disk has room again at some time; nobody tells. */
const RETRY_MS = 1_000;
/** Nothing asked for so long: likely nothing is, for as long as folding takes. */
const IDLE_MS = 25;

function answer(file: SqliteFile, ask: Ask): Answers[Ask['kind']] | Promise<Answers['audit']> {
  switch (ask.kind) {
    case 'query':
      return file.query(ask.query);
    case 'audit':
      return summed(file, ask.window);
    case 'tally':
      return void file.tally(ask.counts);
    case 'export':
      return file.export(ask.after);
    case 'prune':
      return file.prune(ask.before);
    default:
      return ask satisfies never;
  }
}

/** A file that cannot be opened, or that is newer than this program, is no journal to anybody. */
function start(): void {
  const port = parentPort;
  if (port === null) throw new Error('the journal worker must run in a worker thread');
  const { path } = workerData as SqliteSetup;
  try {
    serve(port, new SqliteFile(path));
  } catch (fault) {
    const note = `${path}: ${fault instanceof Error ? fault.message : fault}`;
    port.postMessage({ note, isEnd: true } satisfies Note);
  }
}

function serve(port: MessagePort, file: SqliteFile): void {
  const tell = (message: Reply | Note) => port.postMessage(message);
  const commits = new SqliteCommits(file, (note) => tell({ note }));
  const retry = setInterval(() => {
    if (commits.waiting > 0) commits.commit([]);
  }, RETRY_MS);
  const ask = async (request: Ask) => {
    try {
      tell({ id: request.id, ok: true, value: await answer(file, request) });
    } catch (fault) {
      tell(refused(request.id, fault));
    }
  };
  const idle = setTimeout(() => {
    try {
      if (file.isFoldDue) file.fold();
    } catch (fault) {
      tell({ note: `the journal's log is not folded in yet: ${(fault as Error).message}` });
    }
  }, IDLE_MS);
  const close = (id: number) => {
    clearInterval(retry);
    clearTimeout(idle);
    if (commits.waiting > 0) commits.commit([]);
    file.close();
    tell({ id, ok: true });
    port.close();
  };
  port.on('message', (first: Request) => {
    let group: Append[] = [];
    const flush = () => {
      if (group.length > 0) for (const reply of commits.commit(group)) tell(reply);
      group = [];
    };
    for (let request: Request | undefined = first; request !== undefined; ) {
      if (request.kind === 'append') group.push(request);
      else {
        flush();
        if (request.kind === 'close') return close(request.id);
        void ask(request);
      }
      if (group.length >= GROUP_MAX) break;
      request = receiveMessageOnPort(port)?.message as Request | undefined;
    }
    flush();
    idle.refresh();
  });
}

start();
