import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../executor/config.ts';
import { denialCodes, httpStatus } from '../../executor/guards/denial.ts';
import { Metrics } from '../../executor/metrics.ts';

const env = {
  EXECUTOR_NAMESPACE: 'desk',
  EXECUTOR_NAME: 'alpha',
  POD_NAME: 'alpha-executor-0',
  KUBERNETES_SERVICE_HOST: '10.96.0.1',
  KUBERNETES_SERVICE_PORT: '443',
};

describe('the environment', () => {
  it('names all its faults at once', () => {
    const parsed = parseConfig({ ...env, EXECUTOR_NAME: 'No!', POD_NAME: undefined, POD_IP: 'x' });
    const faults = parsed.ok ? '' : parsed.faults;
    for (const name of ['EXECUTOR_NAME', 'POD_NAME', 'POD_IP']) expect(faults).toContain(name);
  });

  it('can loosen nothing: the card’s variables change no value', () => {
    const loose = {
      ...{ TRADING_MODE: 'live', KILL_SWITCH: '0', MAX_OPM: '9999', WHITELIST: 'DOGETRY' },
      ...{ MAX_NOTIONAL_TRY_S: '1000000', CLOCK_DRIFT_MS: '60000', NODE_ENV: 'development' },
    };
    expect(parseConfig({ ...env, ...loose })).toEqual(parseConfig(env));
  });
});

describe('metrics', () => {
  it('show every known label set at 0 before the first event', async () => {
    const metrics = new Metrics(() => ({
      ...{ driftMs: 1_500, controlAgeMs: null, killed: true, mode: 'trickle', unknown: 0, open: 0 },
      ...{
        shut: [],
        calendarEnd: undefined,
        watchMissed: 0,
        leaseLeftMs: undefined,
        fingerprint: '0a1b2c3d4e5f',
        secret: 'key',
        health: undefined,
      },
      diskFree: 0.25,
    }));
    const text = await metrics.registry.metrics();
    for (const line of [
      'spark_exchange_errors_total{code="INVALID_NONCE"} 0',
      'spark_http_requests_total{route="/api/v1/order",method="POST",status="429"} 0',
      'spark_http_requests_total{route="/api/v1/order",method="POST",status="error"} 0',
      'spark_place_ack_duration_seconds_count{outcome="acked",mode="live"} 0',
      'spark_place_ack_duration_seconds_bucket{le="1",outcome="unknown",mode="trickle"} 0',
      'spark_orders_total{status="unknown",error_class="timeout",mode="live"} 0',
      'spark_guard_denials_total{reason="KILL_SWITCH_ACTIVE"} 0',
      'spark_clock_drift_seconds 1.5',
      'spark_kill_switch 1',
      'spark_disk_free_ratio 0.25',
      'spark_mode{mode="trickle"} 1',
      'spark_mode{mode="live"} 0',
      'spark_credential_lease_seconds Nan',
      'spark_credential_info{fingerprint="0a1b2c3d4e5f",secret_name="key"} 1',
      'spark_unknown_orders 0',
      'spark_exchange_info_age_seconds Nan',
      'spark_breaker_state{lane="orders",state="closed"} 1',
      'spark_breaker_state{lane="cancels",state="half-open"} 0',
      'spark_guard_denials_total{reason="VENUE_BREAKER_OPEN"} 0',
      'spark_http_requests_total{route="/api/v2/server/exchangeinfo",method="GET",status="200"} 0',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
  });

  it('count an unanswered order above every finite bucket', async () => {
    const metrics = new Metrics(() => {
      throw new Error('not scraped');
    });
    metrics.acknowledged('unknown', 'live', Number.POSITIVE_INFINITY);
    const name = 'spark_place_ack_duration_seconds';
    const text = await metrics.registry.getSingleMetricAsString(name);
    expect(text).toContain(`${name}_bucket{le="10",outcome="unknown",mode="live"} 0`);
    expect(text).toContain(`${name}_bucket{le="+Inf",outcome="unknown",mode="live"} 1`);
    expect(text).not.toContain('sum{outcome="unknown",mode="live"} Infinity');
  });
});

it('kill, mode, whitelist and session are 403; rates are 429; an order too large is 422', () => {
  const of = (status: number) => denialCodes.filter((code) => httpStatus[code] === status);
  expect(of(403)).toEqual([
    'KILL_SWITCH_ACTIVE',
    'SYMBOL_NOT_ALLOWED',
    'MODE_NOT_SUPPORTED',
    'OUT_OF_SESSION',
  ]);
  expect(of(429)).toContain('ORDERS_PER_MINUTE');
  expect(of(422)).toContain('NOTIONAL_PER_ORDER');
});
