import type { z } from 'zod';

/**
 * One rule in both tongues: CEL for the API server, a predicate for zod. `holds` is left out only
 * where the rule looks at the state before a change, which a parser never sees.
 */
export interface Rule<T> {
  readonly cel: string;
  /** What is wrong and what to do about it; people read it in the answer to `kubectl apply`. */
  readonly message: string;
  readonly holds?: (value: T) => boolean;
  /** `oldSelf` is then a CEL optional, and the rule runs on create too. */
  readonly optionalOldSelf?: true;
  /** The field to name in the refusal, from here, e.g. `.mode`. */
  readonly fieldPath?: string;
}

export const VALIDATIONS = 'x-kubernetes-validations';

/** The schema, with the rules checked by zod and written into the CRD. */
export function ruled<S extends z.ZodType>(schema: S, rules: readonly Rule<z.output<S>>[]): S {
  let checked = schema;
  for (const { holds, message } of rules) {
    if (holds) checked = checked.refine((value) => holds(value as z.output<S>), { message }) as S;
  }
  const validations = rules.map(({ cel, message, optionalOldSelf, fieldPath }) => ({
    rule: cel,
    message,
    ...(optionalOldSelf ? { optionalOldSelf } : {}),
    ...(fieldPath ? { fieldPath } : {}),
  }));
  return checked.meta({ [VALIDATIONS]: validations }) as S;
}

/** A value that stays as it was created. */
export const immutable = (message: string): Rule<unknown> => ({ cel: 'self == oldSelf', message });
