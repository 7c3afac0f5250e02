import type { Child, ChildKind } from '../desired/child.ts';

/** A write a plan asks for. `uid` is a precondition: the object meant, not one that took its name. */
export type Action =
  | { readonly kind: 'create'; readonly child: Child }
  | { readonly kind: 'update'; readonly child: Child; readonly uid: string }
  | {
      readonly kind: 'delete-pod';
      readonly namespace: string;
      readonly name: string;
      readonly uid: string;
      /** Reason code: condition, Event, metric and log say the same word. */
      readonly reason: string;
    };

/** A note for people, `kubectl describe` shows it. */
export interface Note {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export const describeAction = (action: Action): string =>
  action.kind === 'delete-pod'
    ? `delete Pod ${action.name}`
    : `${action.kind} ${action.child.kind satisfies ChildKind} ${action.child.metadata.name}`;
