import { TokenBucket } from './queue/token-bucket.ts';

/** As client-go: more different messages of one kind within ten minutes are told as one Event. */
const SIMILAR_MAX = 10;
const SIMILAR_MS = 600_000;
const COMBINED = '(combined from similar events): ';
/** As client-go: 25 Events of one object, then one every five minutes. */
const SPAM = { perSecond: 1 / 300, burst: 25 } as const;
/** Of each kind of memory; the one that was silent for longest is forgotten. */
const REMEMBERED_MAX = 4_096;

export interface Said {
  /** Of the object it is about. */
  readonly uid: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** What becomes of it: an Event under a name of its own, or one more of a known one. */
export interface Telling {
  readonly id: string;
  /** When it was said first. */
  readonly first: string;
  readonly count: number;
  readonly message: string;
}

interface Similar {
  readonly messages: Set<string>;
  readonly at: number;
}

/**
 * Keeps Events few: the same words are counted on one Event, many alike are combined into one, and
 * an object that will not be quiet is cut short. Instants are on the monotonic scale.
 */
export class EventCorrelation {
  readonly #buckets = new Recent<TokenBucket>();
  readonly #similar = new Recent<Similar>();
  readonly #told = new Recent<{ readonly first: string; readonly count: number }>();

  /** undefined: it is spam, and told to nobody. `at` is the same moment, for people. */
  tell(said: Said, now: number, at: string): Telling | undefined {
    const { uid, type, reason, message } = said;
    const kind = [uid, type, reason].join('\n');
    const isCombined = this.#isOneTooMany(kind, message, now);
    const bucket = this.#buckets.get(uid) ?? new TokenBucket(SPAM);
    this.#buckets.set(uid, bucket);
    if (!bucket.tryTake(now)) return undefined;
    const id = isCombined ? kind : `${kind}\n${message}`;
    const before = this.#told.get(id) ?? { first: at, count: 0 };
    const told = { ...before, count: before.count + 1 };
    this.#told.set(id, told);
    return { id, ...told, message: isCombined ? COMBINED + message : message };
  }

  #isOneTooMany(kind: string, message: string, now: number): boolean {
    const known = this.#similar.get(kind);
    const isFresh = known !== undefined && now - known.at <= SIMILAR_MS;
    const messages = isFresh ? known.messages : new Set<string>();
    this.#similar.set(kind, { messages, at: now });
    if (messages.has(message)) return false;
    if (messages.size >= SIMILAR_MAX) return true;
    messages.add(message);
    return false;
  }
}

/** A map that forgets what was not set for longest. */
class Recent<T> {
  readonly #known = new Map<string, T>();

  get(key: string): T | undefined {
    return this.#known.get(key);
  }

  set(key: string, value: T): void {
    this.#known.delete(key);
    this.#known.set(key, value);
    if (this.#known.size <= REMEMBERED_MAX) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}
