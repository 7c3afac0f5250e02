/** Our own no. The code is the API error, the metric label and the audit word alike. */
export interface Denial {
  readonly code: DenialCode;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /** When the same order could pass. */
  readonly retryAfterMs?: number;
}

/** A code without an HTTP status does not compile. */
export const httpStatus = {
  KILL_SWITCH_ACTIVE: 403,
  SYMBOL_NOT_ALLOWED: 403,
  MODE_NOT_SUPPORTED: 403,
  OUT_OF_SESSION: 403,
  NO_CLOSING_PRICE: 503,
  NOT_CLOSING_PRICE: 422,
  STARTING: 503,
  CONTROL_BLIND: 503,
  EXECUTOR_CLOSED: 503,
  CREDENTIALS_MISSING: 503,
  CREDENTIAL_IN_USE: 503,
  LEASE_WAITING: 503,
  LEASE_LOST: 503,
  RECONCILING: 503,
  DRAINING: 503,
  RESTARTED: 503,
  MODE_LOWERED: 503,
  JOURNAL_UNAVAILABLE: 503,
  DISK_ALMOST_FULL: 503,
  CLOCK_DRIFT: 503,
  CLOCK_UNMEASURED: 503,
  NO_REFERENCE_PRICE: 503,
  NO_TRY_RATE: 503,
  EXCHANGE_INFO_UNKNOWN: 503,
  VENUE_UNREACHABLE: 503,
  VENUE_BREAKER_OPEN: 503,
  QUEUE_FULL: 503,
  ORDER_TOO_OLD: 503,
  CANCELED_BEFORE_SENT: 409,
  UNKNOWN_SYMBOL: 422,
  SYMBOL_NOT_TRADING: 422,
  METHOD_NOT_SUPPORTED: 422,
  PRICE_SCALE: 422,
  TICK_SIZE: 422,
  QUANTITY_SCALE: 422,
  LOT_SIZE: 422,
  MIN_TOTAL: 422,
  PRICE_BAND: 422,
  NOTIONAL_PER_ORDER: 422,
  QUANTITY_PER_ORDER: 422,
  PRICE_COLLAR: 422,
  VENUE_RATE_LIMITED: 429,
  OPEN_ORDERS_LIMIT: 429,
  OPEN_NOTIONAL_LIMIT: 429,
  ORDERS_PER_MINUTE: 429,
  NOTIONAL_PER_SECOND: 429,
  REPEATED_ORDER: 429,
} as const;
export type DenialCode = keyof typeof httpStatus;

export const denialCodes = Object.keys(httpStatus) as readonly DenialCode[];

/** Values as they are shown to callers: never a bigint, never a secret. */
export function denial(
  code: DenialCode,
  message: string,
  rest: Omit<Denial, 'code' | 'message'> = {},
): Denial {
  return { code, message, ...rest };
}
