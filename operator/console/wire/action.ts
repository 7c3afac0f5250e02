/** `unkill` and `stepUp` loosen, as does acknowledging: `typedName` must be the target's name. */
export type Action = 'kill' | 'unkill' | 'stepDown' | 'stepUp';

export interface ActionRequest {
  /** Absent when acknowledging. */
  readonly action?: Action;
  /** Recorded with who and when. What loosens needs 3 to 256 characters; what tightens, none. */
  readonly why?: string;
  readonly typedName?: string;
  /** The uid and resourceVersion-independent state the person saw: another object of that name is refused (409). */
  readonly uid?: string;
}

export interface ActionResult {
  /** One a target: a namespace has many, and one refusal hides no other. */
  readonly targets: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly done: boolean;
    readonly message: string;
  }[];
}
