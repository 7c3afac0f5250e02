/** A promise of the design does not hold: the schedule that led here is the finding. */
export class PromiseBroken extends Error {
  override readonly name = 'PromiseBroken';
}

export function promise(holds: boolean, says: string): void {
  if (!holds) throw new PromiseBroken(says);
}
