/**
 * Bounds in seconds of spark_place_ack_duration_seconds, and of what GET /control and the audit count
 * by. A limit of the Place→ACK SLO is one of these, or nobody could count what is slower.
 */
export const ACK_BUCKETS_S: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
