/**
 * Server-sent events out of text as it arrives, in pieces cut anywhere: the `data` of each whole
 * event. `rest` is what to put before the next piece. Comments and other fields are nothing to us.
 */
export function eventsIn(text: string): {
  readonly data: readonly string[];
  readonly rest: string;
} {
  const blocks = text.replaceAll('\r\n', '\n').split('\n\n');
  const rest = blocks.pop() ?? '';
  const data = blocks.flatMap((block) => {
    const lines = block
      .split('\n')
      .filter((line) => line.startsWith('data:'))
      .map((line) => line.slice(5).replace(/^ /, ''));
    return lines.length === 0 ? [] : [lines.join('\n')];
  });
  return { data, rest };
}

/** Wait before the nth attempt to connect again: at once, then doubling up to four seconds. */
export const retryAfterMs = (attempt: number): number =>
  attempt === 0 ? 300 : Math.min(4_000, 500 * 2 ** attempt);
