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
  | 'CredentialInUseTwice'
  | 'BreakerOpen'
  | 'ExchangeInfoStale'
  | 'OrdersRefused'
  | 'CalendarEnds'
  | 'ControlLost'
  | 'KillNotGated'
  | 'KillNotFlat'
  | 'LastGoodPutBack'
  | 'DeletedWithoutFlat'
  | 'EvidenceServerDown'
  | 'ClockDriftHigh'
  | 'OrderErrorsHigh'
  | 'AuditShareHigh'
  | 'PlaceAckLatencyBudgetBurn'
  | 'FeedDbLatencyBudgetBurn'
  | 'ErrorRateBudgetBurn'
  | 'UptimeBudgetBurn'
  | 'UptimeBudgetSpent'
  | 'OperatorDown'
  | 'AlertingPipelineDead'
  | 'TradingWatchdog';

/** A series that alerts and dashboard read in place of what executors export: `level:metric:operations`. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

export type Rule = AlertRule | RecordingRule;

export const isAlert = (rule: Rule): rule is AlertRule => 'alert' in rule;

/** One alerting rule as Prometheus reads it, both in a rule file and in a PrometheusRule. */
export interface AlertRule {
  readonly alert: AlertName;
  readonly expr: string;
  /** Absent: fires at the first evaluation that finds something. */
  readonly for?: string;
  readonly labels: {
    /** `none`: fires always, and nobody is told. */
    readonly severity: 'critical' | 'warning' | 'none';
    /** Drives the rollback; a receiver must match on this label, never on the alert's name. */
    readonly spark_trading_rollback?: 'true';
    /** Tells two rules of the same alert apart. */
    readonly reason?: string;
    /** The long window of a burn rate. */
    readonly window?: string;
    /** Routed to the operator, which tells when it no longer hears it. */
    readonly spark_trading_watchdog?: 'true';
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
  readonly rules: readonly Rule[];
}
