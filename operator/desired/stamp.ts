import { GROUP } from '../../crds/names.ts';
import type { Child } from './child.ts';
import { digest } from './digest.ts';

/** Digest of what a child was last applied as. */
export const APPLIED_ANNOTATION = `${GROUP}/applied`;

/**
 * The child with a digest of itself. Comparing fields sees what somebody changed; only this sees
 * that we want less than before: the API server drops a field of ours when it is applied without it.
 */
export function stamped(child: Child): Child {
  const annotations = { ...child.metadata.annotations, [APPLIED_ANNOTATION]: digestOf(child) };
  return { ...child, metadata: { ...child.metadata, annotations } };
}

const digestOf = (child: Child): string => digest(JSON.stringify(child));
