import type { AuditSummary, AuditWindow } from './audit.ts';

/** Messages between the main thread and the thread that owns the database file. */
export interface Row {
  readonly at: number;
  readonly orderId: string;
  readonly kind: string;
  readonly body: string;
  /** Only on `received`. */
  readonly scope: string | null;
  /** Whether anything more is expected of the order; null leaves it as it was. */
  readonly final: boolean | null;
}

export type Query =
  | { readonly kind: 'load'; readonly since: number }
  | { readonly kind: 'bound'; readonly scope: string }
  | { readonly kind: 'order'; readonly orderId: string };

export type Request =
  | { readonly id: number; readonly kind: 'append'; readonly rows: readonly Row[] }
  | { readonly id: number; readonly kind: 'query'; readonly query: Query }
  | { readonly id: number; readonly kind: 'audit'; readonly window: AuditWindow }
  | { readonly id: number; readonly kind: 'close' };

export interface StoredRow {
  readonly sequence: number;
  readonly at: number;
  readonly orderId: string;
  readonly body: string;
}

export type Reply =
  | {
      readonly id: number;
      readonly ok: true;
      readonly rows?: readonly StoredRow[];
      readonly audit?: AuditSummary;
    }
  | { readonly id: number; readonly ok: false; readonly message: string };

export interface WorkerSetup {
  readonly role: 'journal';
  readonly path: string;
}
