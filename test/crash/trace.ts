/** One thing that the kernel was seen to finish (a sync, a read) or to begin (a write). */
export interface Call {
  readonly name: 'sync' | 'read' | 'write';
  /** What the descriptor is: a path, or `local->remote` of a TCP connection. */
  readonly on: string;
  readonly text: string;
  readonly line: string;
}

const STARTED = /^(\d+) +[\d.]+ (fsync|fdatasync|read|write|writev)\(\d+<(.*?)>[,) ]/;
const ENDED = /^(\d+) +[\d.]+ <\.\.\. (?:fsync|fdatasync|read) resumed>/;
const names: Readonly<Record<string, Call['name']>> = {
  fsync: 'sync',
  fdatasync: 'sync',
  read: 'read',
  write: 'write',
  writev: 'write',
};

/** The calls of `strace -f -ttt -yy`, in the order in which they count. Pure. */
export function calls(output: string): readonly Call[] {
  const found: Call[] = [];
  const unfinished = new Map<string, Omit<Call, 'line'>>();
  for (const line of output.split('\n')) {
    const [, thread = '', called = '', on = ''] = STARTED.exec(line) ?? [];
    const name = names[called];
    if (name !== undefined) {
      const call = { name, on, text: line };
      // A write counts when it begins: from then on the bytes may be out. The others when they return.
      if (call.name === 'write' || !line.includes('<unfinished')) found.push({ ...call, line });
      else unfinished.set(thread, call);
      continue;
    }
    const [, resumed = ''] = ENDED.exec(line) ?? [];
    const begun = unfinished.get(resumed);
    if (begun === undefined) continue;
    unfinished.delete(resumed);
    found.push({ ...begun, text: begun.text + line, line: `${begun.text.trim()} … ${line}` });
  }
  return found;
}

export interface Ports {
  readonly executor: number;
  readonly venue: number;
}

export type Proof =
  | { readonly ok: true; readonly path: readonly Call[] }
  | { readonly ok: false; readonly why: string };

/**
 * Shows that one order was synced to disk after it was asked for and before a byte of it left, and
 * that the venue's answer was synced before the caller heard of it. Pure.
 */
export function proof(seen: readonly Call[], ports: Ports): Proof {
  const venue = (call: Call) => call.on.endsWith(`:${ports.venue}]`);
  const client = (call: Call) => call.on.includes(`:${ports.executor}->`);
  const isSync = (call: Call) => call.name === 'sync' && call.on.includes('journal.sqlite');
  const isSubmit = (call: Call) =>
    call.name === 'write' && call.text.includes('POST /api/v1/order');
  const submitted = seen.findIndex((call) => venue(call) && isSubmit(call));
  if (submitted === -1) return { ok: false, why: 'no order was written to the venue' };
  const asked = seen.findLastIndex((c, at) => at < submitted && client(c) && c.name === 'read');
  const stored = seen.findIndex((call, at) => at > asked && at < submitted && isSync(call));
  if (stored === -1) return { ok: false, why: 'the order left before it was synced' };
  const told = seen.findIndex((c, at) => at > submitted && client(c) && c.name === 'write');
  const replied = seen.findIndex((c, at) => at > submitted && venue(c) && isReply(c));
  if (told === -1 || replied === -1) return { ok: false, why: 'the order was not answered' };
  const kept = seen.findLastIndex((call, at) => at > replied && at < told && isSync(call));
  if (kept === -1) return { ok: false, why: 'the caller was answered before it was synced' };
  const path = [asked, stored, submitted, replied, kept, told].flatMap((at) => seen[at] ?? []);
  return { ok: true, path };
}

const isReply = (call: Call) => call.name === 'read' && call.text.includes('HTTP/1.1 200');
