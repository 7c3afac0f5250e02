import { beforeEach, describe, expect, it } from 'vitest';
import { AlertingHealth } from '../../../operator/rollback/alerting-health.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const MINUTE = 60_000;

describe('what is known of the way alerts take', () => {
  let clock: ManualClock;
  let health: AlertingHealth;
  beforeEach(() => {
    clock = new ManualClock();
    health = new AlertingHealth(clock);
  });
  const said = () => {
    const { status, reason } = health.verdict();
    return `${status}/${reason}`;
  };

  it('is unknown again when nothing was heard for ten minutes', async () => {
    health.accepted();
    await clock.advance(10 * MINUTE - 1);
    expect(said()).toBe('True/Receiving');
    await clock.advance(1);
    expect(said()).toBe('Unknown/NothingHeardLately');
  });

  it('stays good while polls reach Alertmanager', async () => {
    for (let poll = 0; poll < 60; poll++) {
      health.polled(true);
      await clock.advance(20_000);
    }
    expect(said()).toBe('True/Receiving');
  });

  it('is open at the beginning, and from the moment this replica leads', async () => {
    expect(said()).toBe('Unknown/NothingHeard');
    await clock.advance(60 * MINUTE);
    expect(said()).toBe('Unknown/NothingHeardLately');
    health.led();
    expect(said()).toBe('Unknown/NothingHeard');
    await clock.advance(10 * MINUTE);
    expect(said()).toBe('Unknown/NothingHeardLately');
  });

  it('is bad from a refused delivery to the next accepted one, whatever polls say', async () => {
    health.refused();
    for (let poll = 0; poll < 60; poll++) {
      health.polled(true);
      await clock.advance(MINUTE);
    }
    expect(said()).toBe('False/WebhookRefused');
    health.accepted();
    expect(said()).toBe('True/Receiving');
  });

  it('is bad when the watchdog was not listed for two minutes, though Alertmanager answers', async () => {
    health.polled(true);
    health.watchdog(false);
    await clock.advance(2 * MINUTE - 1);
    health.watchdog(false);
    expect(said()).toBe('True/Receiving');
    await clock.advance(1);
    expect(said()).toBe('False/WatchdogMissing');
    health.watchdog(true);
    expect(said()).toBe('True/Receiving');
  });

  it('forgets what another leader did not find', async () => {
    health.watchdog(false);
    await clock.advance(2 * MINUTE);
    health.led();
    health.polled(true);
    expect(said()).toBe('True/Receiving');
  });

  it('is bad when polls have failed for a minute', async () => {
    health.polled(true);
    health.polled(false);
    await clock.advance(MINUTE - 1);
    expect(said()).toBe('True/Receiving');
    await clock.advance(1);
    expect(said()).toBe('False/AlertmanagerUnreachable');
    health.polled(true);
    expect(said()).toBe('True/Receiving');
  });
});
