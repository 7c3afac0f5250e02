import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { Agent } from 'undici';
import type { Clock } from '../../crds/clock.ts';
import type { CollectedPack, EvidencePort, PackRequest } from '../rollback/evidence-desk.ts';
import { ORDER_PATH, type PackOrder } from './order.ts';

export interface EvidenceClientOptions {
  /** Origin of the evidence server. */
  readonly url: string;
  /** PEM of who signed its certificate; undefined: a public authority. Read anew for each try. */
  readonly caFile: string | undefined;
  /** This pod, for its log; undefined outside a cluster. */
  readonly self: { readonly namespace: string; readonly name: string } | undefined;
  readonly executorToken: () => Promise<string>;
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
  { url, caFile, self, executorToken }: EvidenceClientOptions,
  { incident, before }: PackRequest,
  signal: AbortSignal,
): Promise<CollectedPack | { readonly refusal: string }> {
  const ca = caFile === undefined ? {} : { ca: await readFile(caFile, 'utf8') };
  const limits = { headersTimeout: ANSWER_MS_MAX, bodyTimeout: ANSWER_MS_MAX };
  const agent = new Agent({ ...limits, allowH2: false, connect: ca });
  const { namespace, name } = incident.metadata;
  const order: PackOrder = {
    ...{ namespace, incident: name },
    ...(before && { before }),
    ...(self && { operator: self }),
  };
  try {
    const { statusCode, body } = await agent.request({
      origin: url,
      path: ORDER_PATH,
      method: 'POST',
      headers: {
        authorization: `Bearer ${await executorToken()}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(order),
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS_MAX)]),
    });
    const text = await body.text();
    if (statusCode === 200) return JSON.parse(text) as CollectedPack;
    const refusal = `the evidence server answered HTTP ${statusCode}: ${text.slice(0, 300)}`;
    if (FINAL.includes(statusCode)) return { refusal };
    throw new Error(refusal);
  } finally {
    await agent.destroy();
  }
}
