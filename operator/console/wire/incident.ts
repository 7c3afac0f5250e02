import type { TradingIncident } from '../../../crds/trading-incident.ts';
import type { May } from './executor.ts';

export interface IncidentView {
  readonly at: string;
  readonly namespace: string;
  readonly name: string;
  readonly spec: TradingIncident['spec'];
  readonly status: TradingIncident['status'] | null;
  /** Whether it still holds the latch of its executor. */
  readonly open: boolean;
  readonly may: May;
  /** null: the evidence server has no pack of it, or does not answer; `evidenceWhy` says which. */
  readonly pack: string | null;
  readonly evidenceWhy: string | null;
}

export interface EvidencePack {
  readonly pack: string;
  readonly complete: boolean;
  readonly missing: readonly { readonly name: string; readonly why: string }[];
  readonly files: readonly {
    readonly name: string;
    readonly bytes: number;
    readonly sha256: string;
  }[];
}
