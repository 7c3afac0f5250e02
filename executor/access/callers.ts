import type { Role } from './roles.ts';
import type { Tokens } from './tokens.ts';

/** Who may ask, and what to tell somebody who may not. */
export interface Callers {
  readonly tokens: Tokens;
  /** Every role a subject holds; empty for a stranger. */
  rolesOf(subject: string): readonly Role[];
  /** What to send, e.g. `a ServiceAccount token with audience trading-executor`. */
  readonly wanted: string;
  /** Where a right is given, e.g. `add it to spec.callers with a fitting role`. */
  readonly remedy: string;
}
