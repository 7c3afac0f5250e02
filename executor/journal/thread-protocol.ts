import type { AuditSummary, AuditWindow } from './audit.ts';
import type { DenialCount, ExportPage } from './journal.ts';
import type { Row, StoredRow } from './rows.ts';

/** Messages between the main thread and the thread that owns the journal. */
export type Query =
  | { readonly kind: 'load'; readonly since: number }
  | { readonly kind: 'bound'; readonly scope: string }
  | { readonly kind: 'order'; readonly orderId: string };

export type Request =
  | { readonly id: number; readonly kind: 'append'; readonly rows: readonly Row[] }
  | { readonly id: number; readonly kind: 'query'; readonly query: Query }
  | { readonly id: number; readonly kind: 'audit'; readonly window: AuditWindow }
  | { readonly id: number; readonly kind: 'tally'; readonly counts: readonly DenialCount[] }
  | { readonly id: number; readonly kind: 'export'; readonly after: number }
  | { readonly id: number; readonly kind: 'prune'; readonly before: number }
  | { readonly id: number; readonly kind: 'close' };

export type Append = Extract<Request, { kind: 'append' }>;
/** What is asked for besides appends, which are committed in groups, and the end. */
export type Ask = Exclude<Request, { kind: 'append' | 'close' }>;

/** What each request is answered with. */
export interface Answers {
  /** What its key is bound to already; undefined when it was written. */
  append: readonly StoredRow[] | undefined;
  query: readonly StoredRow[];
  audit: AuditSummary;
  tally: undefined;
  export: ExportPage;
  prune: number;
  close: undefined;
}

export type Reply =
  | { readonly id: number; readonly ok: true; readonly value?: Answers[keyof Answers] }
  | { readonly id: number; readonly ok: false; readonly message: string };

/** Told unasked: for the log, or that the journal is lost to this process for good. */
export interface Note {
  readonly note: string;
  readonly isEnd?: true;
}

export interface SqliteSetup {
  readonly role: 'journal';
  readonly store: 'sqlite';
  readonly path: string;
}

export interface PostgresSetup {
  readonly role: 'journal';
  readonly store: 'postgres';
  /** The mounted file that holds the connection URL; read again for each connection. */
  readonly urlFile: string;
  /** `namespace/name`: whose rows these are. */
  readonly executor: string;
  /** Unlike that of any other process. */
  readonly instance: string;
  /** How long a caller waits for a database that does not answer, in milliseconds. */
  readonly patienceMs: number;
}

export const refused = (id: number, why: unknown): Reply => ({
  ...{ id, ok: false },
  message: why instanceof Error ? why.message : String(why),
});
