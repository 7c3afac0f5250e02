import type { TradingExecutorSpec } from '../../crds/trading-executor.ts';

export type Right = 'place' | 'cancel' | 'read' | 'control' | 'audit' | 'kill' | 'lift-kill';
/** `reader` exists alone only, `operator` under Kubernetes only. */
export type Role = 'trader' | 'risk' | 'operator' | 'reader';

const looking: readonly Right[] = ['read', 'control', 'audit'];

/**
 * Whoever trades may pull the brake; only who does not trade may release it, so that no strategy
 * lifts a kill that risk has put on it.
 */
const rights: Readonly<Record<Role, readonly Right[]>> = {
  trader: ['place', 'cancel', 'kill', ...looking],
  risk: ['cancel', 'kill', 'lift-kill', ...looking],
  // It verifies and collects evidence; it never trades.
  operator: looking,
  reader: looking,
};

/** Who is who: the operator by its own account, everybody else by spec.callers. */
export interface Known {
  readonly callers: TradingExecutorSpec['callers'];
  /** `system:serviceaccount:<namespace>:<name>` */
  readonly operator: string | undefined;
}

export const subjectOf = (account: { readonly namespace: string; readonly name: string }): string =>
  `system:serviceaccount:${account.namespace}:${account.name}`;

/** Every role a subject holds; empty for a stranger. */
export function rolesOf(subject: string, known: Known): readonly Role[] {
  const named = (known.callers ?? [])
    .filter(({ serviceAccount }) => subjectOf(serviceAccount) === subject)
    .map(({ role }): Role => role);
  return subject === known.operator ? ['operator', ...named] : named;
}

export const may = (roles: readonly Role[], right: Right): boolean =>
  roles.some((role) => rights[role].includes(right));
