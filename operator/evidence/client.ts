import type { Logger } from 'pino';
import type { Clock } from '../../crds/clock.ts';
import type { CollectedPack, EvidencePort, PackRequest } from '../rollback/evidence-desk.ts';
import { ORDER_PATH, type PackOrder } from './order.ts';
import { type EvidenceAddress, post } from './post.ts';

export interface EvidenceClientOptions extends EvidenceAddress {
  /** This pod, for its log; undefined outside a cluster. */
  readonly self: { readonly namespace: string; readonly name: string } | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A pack takes seconds; one whose executor does not answer a minute or two. */
const ANSWER_MS_MAX = 180_000;
const WAITS_MS = [250, 1_000, 3_000, 10_000] as const;
/** Answers that another try would meet again. */
const FINAL = [400, 404, 413, 422, 507];

/**
 * Has packs collected by the evidence server. A server that is away, or ends in the middle, is asked
 * again until it answers: there, an incident is collected once however often it is asked for.
 * Throws what it refuses for good, and when `signal` aborts.
 */
export const evidenceServer = (options: EvidenceClientOptions): EvidencePort => ({
  async collect(request, signal) {
    for (let attempt = 0; ; attempt++) {
      const answer = await ask(options, request, signal).catch((cause: unknown) => ({ cause }));
      signal.throwIfAborted();
      if ('link' in answer) return answer;
      if ('refusal' in answer) throw new Error(answer.refusal);
      const { name: incident } = request.incident.metadata;
      const about = { incident, err: answer.cause };
      options.log.warn(about, 'the evidence server has not answered; it is asked again');
      const waitMs = WAITS_MS[Math.min(attempt, WAITS_MS.length - 1)] ?? 0;
      await options.clock.after(waitMs, signal);
    }
  },
});

async function ask(
  options: EvidenceClientOptions,
  { incident, before }: PackRequest,
  signal: AbortSignal,
): Promise<CollectedPack | { readonly refusal: string }> {
  const { self } = options;
  const { namespace, name } = incident.metadata;
  const body: PackOrder = {
    ...{ namespace, incident: name },
    ...(before && { before }),
    ...(self && { operator: self }),
  };
  const what = { path: ORDER_PATH, body, timeoutMs: ANSWER_MS_MAX, signal };
  const { status, text } = await post(options, what);
  if (status === 200) return JSON.parse(text) as CollectedPack;
  const refusal = `the evidence server answered HTTP ${status}: ${text.slice(0, 300)}`;
  if (FINAL.includes(status)) return { refusal };
  throw new Error(refusal);
}
