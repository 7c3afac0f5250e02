import type { Child, ChildKind } from '../desired/child.ts';

export interface ChildName {
  readonly kind: ChildKind;
  readonly metadata: { readonly name: string; readonly namespace: string };
}

/** A write a plan asks for. `uid` is a precondition: the object meant, not one that took its name. */
export type Action =
  | { readonly kind: 'create'; readonly child: Child }
  | { readonly kind: 'update'; readonly child: Child; readonly uid: string }
  /** Of a child that is not wanted any more. */
  | { readonly kind: 'delete'; readonly child: ChildName; readonly uid: string }
  /** Nobody holds it yet. It has no owner: it must outlive every executor that held it. */
  | { readonly kind: 'create-lease'; readonly namespace: string; readonly name: string }
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

export function describeAction(action: Action): string {
  if (action.kind === 'delete-pod') return `delete Pod ${action.name}`;
  if (action.kind === 'create-lease') return `create Lease ${action.name}`;
  return `${action.kind} ${action.child.kind satisfies ChildKind} ${action.child.metadata.name}`;
}
