import type { Answer } from '../../../crds/kube/call.ts';

/** The body of an answer that has to be a success: anything else makes the figures worthless. */
export function must<T>(answer: Answer<T>): T {
  if (answer.ok) return answer.body;
  throw new Error(
    `the API server refused: HTTP ${answer.status} ${answer.reason}: ${answer.message}`,
  );
}
