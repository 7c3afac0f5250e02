import { writeHeapSnapshot } from 'node:v8';
import { listenToMarks, type MarkedOrder } from './marks.ts';
import { type LoopDelay, loopProbe, type Usage, usage } from './probe.ts';

/** What a measured process tells its parent, by the name of the question. */
export interface Answers {
  readonly marks: readonly MarkedOrder[];
  readonly 'loop-reset': null;
  readonly loop: LoopDelay;
  readonly usage: Usage;
  /** After a full collection, so that what is left is held by something. */
  readonly 'usage-collected': Usage;
  readonly snapshot: null;
  readonly stop: null;
}
export type Question = keyof Answers;

export interface Asked {
  readonly id: number;
  readonly question: Question;
  /** Path of the file, for a snapshot. */
  readonly path?: string;
}

/** Answers the parent's questions over the channel of `fork`, until told to stop. */
export function answerQuestions(ports: object, stop: () => Promise<void>): void {
  let marks: ReturnType<typeof listenToMarks> | undefined;
  const loop = loopProbe();
  const answers: { [name in Question]: (asked: Asked) => Answers[name] | Promise<Answers[name]> } =
    {
      // From the first question on: what nobody fetches would only fill the memory.
      marks: () => {
        marks ??= listenToMarks();
        return marks.drain();
      },
      'loop-reset': () => {
        loop.reset();
        return null;
      },
      loop: () => loop.read(),
      usage,
      'usage-collected': () => {
        globalThis.gc?.();
        return usage();
      },
      snapshot: ({ path }) => {
        writeHeapSnapshot(path);
        return null;
      },
      stop: async () => {
        await stop();
        return null;
      },
    };
  process.on('message', async (asked: Asked) => {
    const answer = await answers[asked.question](asked);
    process.send?.({ id: asked.id, answer });
    if (asked.question === 'stop') process.disconnect();
  });
  process.on('disconnect', () => process.exit(0)); // the parent is gone: so is the reason to live
  process.send?.({ ready: ports });
}
