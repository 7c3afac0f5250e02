import type { ShutReason } from '../gate/gate.ts';
import { type Denial, type DenialCode, denial } from './denial.ts';
import type { Guard } from './guard.ts';

/** Every reason there is for a shut gate, each with what a caller is told. */
export const codes: Readonly<Record<ShutReason, DenialCode>> = {
  Deleting: 'KILL_SWITCH_ACTIVE',
  Gone: 'KILL_SWITCH_ACTIVE',
  RollbackLatched: 'KILL_SWITCH_ACTIVE',
  KillSwitch: 'KILL_SWITCH_ACTIVE',
  Starting: 'STARTING',
  Unreadable: 'EXECUTOR_CLOSED',
  ForeignStatus: 'EXECUTOR_CLOSED',
  StatusAbsent: 'EXECUTOR_CLOSED',
  Blind: 'CONTROL_BLIND',
  CredentialsMissing: 'CREDENTIALS_MISSING',
  CredentialInUse: 'CREDENTIAL_IN_USE',
  LeaseWaiting: 'LEASE_WAITING',
  LeaseLost: 'LEASE_LOST',
  JournalUnread: 'RECONCILING',
  Reconciling: 'RECONCILING',
  Draining: 'DRAINING',
};

const advice: Readonly<Partial<Record<DenialCode, string>>> = {
  KILL_SWITCH_ACTIVE: 'the executor is killed and sends no new order; cancels still pass',
  STARTING: 'the executor has not seen yet what it may do; try again in a moment',
  EXECUTOR_CLOSED: 'the TradingExecutor carries no status of its own yet; is the operator running?',
  CONTROL_BLIND:
    'the executor has lost sight of its TradingExecutor (alone: of its kill file) and stays closed until it is back',
  CREDENTIALS_MISSING:
    'the venue credentials are not there; create the Secret named in the spec (alone: the files in CREDENTIALS_DIR)',
  CREDENTIAL_IN_USE:
    'another process holds the lease of these credentials; /control says which. It is taken over when given back, or when not renewed for as long as it lasts',
  LEASE_WAITING:
    'the lease of these credentials was not handed over; what its last holder sent is waited out',
  LEASE_LOST:
    'the lease of these credentials is not held or could not be renewed; can the API server be reached?',
  RECONCILING:
    'the journal is being read and compared with the venue; try again in a moment. If it lasts the log says what is missing; POST /orders/cancel-all?scope=account passes meanwhile',
  DRAINING: 'the executor is shutting down; try again in a moment',
};

/** The gate, most drastic reason first. */
export const shut: Guard = (_proposal, desk) => denialOf(desk.gate.reasons);

export function denialOf(reasons: readonly ShutReason[]): Denial | undefined {
  const [first] = reasons;
  if (first === undefined) return undefined;
  const code = codes[first];
  return denial(code, advice[code] ?? code, { details: { reasons } });
}
