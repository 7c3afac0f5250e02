/** The alerts that exist. Each has a runbook of the same name and a promtool test that fires it. */
export type AlertName =
  | 'PlaceAckLatencySLOWarning'
  | 'PlaceAckLatencySLOCritical'
  | 'PlaceAckLatencyRollback'
  | 'NonceErrorRateHigh'
  | '429Bursts'
  | 'BTCTurkAckMissing'
  | 'UnknownOrders'
  | 'JournalVenueMismatch'
  | 'FeedStale'
  | 'FeedDbLatencySLOWarning'
  | 'JournalDiskAlmostFull'
  | 'GateShut'
  | 'CredentialInUse'
  | 'BreakerOpen'
  | 'ExchangeInfoStale'
  | 'OrdersRefused'
  | 'CalendarEnds';

/** One alerting rule as Prometheus reads it, both in a rule file and in a PrometheusRule. */
export interface AlertRule {
  readonly alert: AlertName;
  readonly expr: string;
  /** Absent: fires at the first evaluation that finds something. */
  readonly for?: string;
  readonly labels: {
    readonly severity: 'critical' | 'warning';
    /** Drives the rollback; a receiver must match on this label, never on the alert's name. */
    readonly spark_trading_rollback?: 'true';
    /** Tells two rules of the same alert apart. */
    readonly reason?: string;
  };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
  };
}

export interface RuleGroup {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly AlertRule[];
}
