import type { Gate } from './gate/gate.ts';
import type { Sender } from './gate/sender.ts';
import type { ControlSource } from './gate/source.ts';
import type { Readings } from './metrics.ts';
import type { Store } from './store.ts';
import type { Trading } from './trading.ts';
import type { CredentialFiles } from './venues/btcturk/credentials.ts';

export interface Measured {
  readonly gate: Gate;
  readonly control: ControlSource;
  readonly sender: Sender;
  readonly store: Store | undefined;
  readonly trading: Trading | undefined;
  readonly credentials: CredentialFiles;
}

/** What the gauges show at this moment. */
export function readings(measured: Measured): Readings {
  const { gate, control, sender, store, trading, credentials } = measured;
  const view = gate.view();
  const counts = trading?.book.counts();
  const drift = trading?.desk.drift();
  return {
    health: trading?.market.health,
    driftMs: drift?.kind === 'measured' ? drift.offsetMs : undefined,
    controlAgeMs: gate.ageMs(),
    killed: view.killed,
    mode: view.mode,
    unknown: counts?.unknown ?? 0,
    open: counts?.open ?? 0,
    shut: view.reasons,
    calendarEnd: trading?.market.calendarEnd?.(),
    leaseLeftMs: sender.leftMs(),
    fingerprint: credentials.fingerprint(),
    secret: sender.report()?.secret ?? undefined,
    diskFree: store?.diskFree,
    watchMissed: control.stats().missed,
  };
}
