/** Exactly 1 s is a bound: the alerts, the badge, `recent` and the audit all read it. */
export const ACK_BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
