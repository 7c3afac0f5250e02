/** etcd holds at most 1.5 MB an object; an event beyond this is not one. */
const LINE_BYTES_MAX = 16 * 1024 * 1024;
const NEWLINE = 0x0a;

/** Cuts a byte stream into lines of JSON. A line that came in one chunk is decoded without a copy. */
export class EventLines {
  #parts: Buffer[] = [];
  #bytes = 0;

  /** Whether a line has begun and not ended. */
  get pending(): boolean {
    return this.#bytes > 0;
  }

  /**
   * Hands over each complete line until `take` returns false. Returns what is wrong with the
   * stream, if anything; what `take` throws is a line that is not JSON.
   */
  push(chunk: Buffer, take: (line: string) => boolean): string | undefined {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end === -1) break;
      const line = this.#line(chunk, start, end);
      start = end + 1;
      if (line !== '' && !take(line)) return undefined;
    }
    if (start === chunk.length) return undefined;
    this.#parts.push(chunk.subarray(start));
    this.#bytes += chunk.length - start;
    return this.#bytes > LINE_BYTES_MAX
      ? `the watch sent an event larger than ${LINE_BYTES_MAX} bytes`
      : undefined;
  }

  #line(chunk: Buffer, start: number, end: number): string {
    if (this.#bytes === 0) return chunk.toString('utf8', start, end);
    const parts = [...this.#parts, chunk.subarray(start, end)];
    this.#parts = [];
    this.#bytes = 0;
    return Buffer.concat(parts).toString('utf8');
  }
}
