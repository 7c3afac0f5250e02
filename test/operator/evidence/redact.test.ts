import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { redact } from '../../../operator/evidence/redact.ts';
import { PLANTED, SHAPES } from './planted.ts';

describe('a secret is taken out, whatever shape it has', () => {
  it.each(Object.entries(SHAPES))('%s', (_shape, text) => {
    const { text: clean, count } = redact(text);
    for (const secret of PLANTED) expect(clean).not.toContain(secret);
    expect(count).toBeGreaterThan(0);
  });

  it.each(Object.entries(SHAPES))('%s, as a message inside JSON inside JSON', (_shape, text) => {
    const line = JSON.stringify({ level: 30, msg: text });
    const nested = JSON.stringify({ log: line });
    for (const wrapped of [line, nested]) {
      for (const secret of PLANTED) expect(redact(wrapped).text).not.toContain(secret);
    }
  });

  it.each([
    '{"secret":"hunter2","holder":"desk"}',
    '{"secret":"hunter2"},{"holder":true}',
    '{"secret":"Hunter2","holder":true}',
    '{"apiKey":"hunter2","holder":true}',
    '{"secret":"hunter2","leftMs":1,"holder":true}',
  ])('that looks like a report of a lease, and is none: %s', (text) => {
    expect(redact(text).text).not.toMatch(/hunter2/i);
  });

  it('keeps the name, so that a reader sees what was taken out', () => {
    expect(redact('{"X-PCK":"11111111-2222","stamp":1}').text).toBe(
      '{"X-PCK":"[redacted]","stamp":1}',
    );
    expect(redact('a=1 privateKey=abc b=2').text).toBe('a=1 privateKey=[redacted] b=2');
  });

  it.each(['base64', 'base64url'] as const)('any random key in %s, without a name', (encoding) => {
    for (let key = 0; key < 500; key++) {
      for (const algorithm of ['sha256', 'sha512']) {
        const text = createHash(algorithm).update(String(key)).digest(encoding);
        const line = JSON.stringify({ level: 50, time: 1_763_866_800_000, msg: `got ${text}` });
        expect(redact(line).text).not.toContain(text);
      }
    }
  });
});

it('no text makes it slow: the operator has a rollback to look after', () => {
  const runs = ['\\\\', ' ', '\n', 'a', 'name: ', 'token', '"', "'", 'secret: |\n\n'];
  for (const run of runs) {
    const text = `token: "name: ${run.repeat(200_000 / run.length)}`;
    const began = performance.now();
    redact(text);
    expect(performance.now() - began, JSON.stringify(run)).toBeLessThan(2_000);
  }
});

describe('what is no secret stays as it is', () => {
  const SHA256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
  it.each([
    'spark_place_ack_duration_seconds_bucket{le="1",mode="live",outcome="acked"} 1234567',
    'workqueue_depth{name="tradingexecutor"} 0 1763866800000',
    '{"level":30,"time":1763866800000,"orderId":"9876543210123456789","price":"1000000.12"}',
    '{"idempotencyKey":"0b0e7f1c-8f57-4a55-9c3b-1f6f9a3a2b11","id":"01JD9ZK5T7Q2W8X4Y6V3N1M0PA"}',
    `sha256: ${SHA256}`,
    'digest 5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
    `image: registry.example/executor@sha256:${SHA256}`,
    '"fingerprint": "0c1f9a7b3e5d2468"',
    'resourceVersion: "123456"\nuid: 3b1e7c0a-5a1f-4a52-bb6a-9f3c1f2d4e5f',
    'credentialsSecretRef:\n  name: btcturk-key',
    '"credentials": "present"',
    JSON.stringify({ lease: { secret: 'desk-keys', holder: true, leftMs: 39_000, heldBy: null } }),
    JSON.stringify({ secret: 'desk-keys.v2', holder: false, leftMs: null }, null, 2),
    JSON.stringify({ level: 30, secretName: 'desk-keys', msg: 'lease' }),
    'spark_credential_info{fingerprint="0c1f9a7b3e5d",secret_name="desk-keys"} 1',
    '2026-11-23T03-10-00Z-btc-executor-0-previous',
    'GET /api/v1/namespaces/desk/pods/btc-executor-0/log?limitBytes=4194304&timestamps=true',
    'KillSwitchConfirmed=Unknown reason=RollbackLatched',
    'spark.trading/acknowledge-rollback=btc-20261123031000',
    '-----BEGIN CERTIFICATE-----',
  ])('%s', (text) => {
    expect(redact(text)).toEqual({ text, count: 0 });
  });
});
