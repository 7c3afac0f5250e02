import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TradingExecutorSpec } from '../../crds/trading-executor.ts';
import { Gate } from '../../executor/gate/gate.ts';
import { executorLog } from '../../executor/log.ts';
import { StandaloneControl } from '../../executor/standalone/control.ts';
import { foundKill } from '../../executor/standalone/kill-file.ts';
import { ManualClock } from '../support/manual-clock.ts';

const spec = TradingExecutorSpec.parse({
  mode: 'live',
  venue: { name: 'btcturk', credentialsSecretRef: { name: 'key' } },
});
const order = (killSwitch: boolean) => ({ killSwitch, reason: 'a drill', by: 'risk' });

let folder: string;
let killFile: string;
let clock: ManualClock;
let gate: Gate;
let control: StandaloneControl;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'standalone-control-'));
  killFile = join(folder, 'kill-switch.json');
  await foundKill(killFile, '2026-01-01T00:00:00Z');
  clock = new ManualClock();
  gate = new Gate({
    clock,
    holds: () => ({
      credentials: 'present',
      lease: 'not-needed',
      journalRead: true,
      reconciled: true,
      draining: false,
    }),
    onChange: () => undefined,
  });
  const key = { namespace: 'standalone', name: 'executor' };
  const log = executorLog({}, { write: () => undefined });
  control = new StandaloneControl({ key, spec, killFile, clock, gate, log });
  control.start();
  await expect.poll(() => gate.view().open).toBe(true);
});
afterEach(async () => {
  await control.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Seconds pass, each with time for the disk, until the gate shows what is waited for. */
const passUntil = (seen: () => unknown) =>
  expect.poll(
    async () => {
      await clock.advance(1_000);
      return seen();
    },
    { interval: 5, timeout: 10_000 },
  );

it('the kill file of a data folder is never founded anew', async () => {
  await control.set(order(true));
  await foundKill(killFile, '2026-01-01T00:00:00Z');
  expect(JSON.parse(readFileSync(killFile, 'utf8')).killSwitch).toBe(true);
});

describe('the gate of an executor that runs alone', () => {
  it('is in trickle for a minute before live, and again after a kill', async () => {
    expect(gate.view().mode).toBe('trickle');
    const begun = clock.elapsed();
    await passUntil(() => gate.view().mode).toBe('live');
    expect(clock.elapsed() - begun).toBeGreaterThan(60_000);
    await control.set(order(true));
    await control.set(order(false));
    expect(gate.view()).toMatchObject({ open: true, mode: 'trickle' });
  });

  it('is blind when its disk does not answer, and still shut by a kill in the same turn', async () => {
    rmSync(killFile);
    execFileSync('mkfifo', [killFile]); // a read of it waits for somebody to write
    await passUntil(() => gate.view().reasons).toEqual(['Blind']);
    const killing = control.set(order(true));
    expect(gate.view()).toMatchObject({ open: false, killed: true });
    writeFileSync(killFile, '{}');
    expect(await killing).toEqual({ kind: 'done' });
    // An answer that took long proves the moment at which it was asked for, no later one.
    expect(gate.ageMs()).toBeGreaterThan(10_000);
    expect(JSON.parse(readFileSync(killFile, 'utf8')).killSwitch).toBe(true);
  });

  it('ends with what was asked last, whatever the disk is doing', async () => {
    const lifting = control.set(order(false));
    const killing = control.set(order(true));
    await lifting;
    expect(gate.view().killed).toBe(true);
    await killing;
    expect([gate.view().killed, control.state().killSwitch]).toEqual([true, true]);
    await Promise.all([control.set(order(true)), control.set(order(false))]);
    expect([gate.view().killed, control.state().killSwitch]).toEqual([false, false]);
    expect(JSON.parse(readFileSync(killFile, 'utf8')).killSwitch).toBe(false);
  });
});
