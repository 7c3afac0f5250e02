import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Clock } from '../../crds/clock.ts';
import type { Callers } from '../access/callers.ts';
import type { Role } from '../access/roles.ts';
import type { Tokens, Verified } from '../access/tokens.ts';
import type { Log } from '../log.ts';

const REREAD_MS = 1_000;

const Line = z.tuple(
  [
    z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'a name is letters, digits, ".", "_", "-"'),
    z.enum(['trader', 'risk', 'reader'], 'a role is trader, risk or reader'),
    z.string().regex(/^[\x21-\x7e]{32,512}$/, 'a token has 32 to 512 visible characters'),
  ],
  'write: name role token',
);

interface Entry {
  readonly name: string;
  readonly role: Role;
  readonly digest: Buffer;
}

export type ParsedTokens =
  | { readonly ok: true; readonly entries: readonly Entry[] }
  /** Every fault at once, by line number, without a token. */
  | { readonly ok: false; readonly faults: string };

/** `name role token` a line, `#` begins a comment. A name has one role, and may have two tokens. */
export function parseTokens(text: string): ParsedTokens {
  const faults: string[] = [];
  const entries: Entry[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const words = line.replace(/#.*/, '').trim();
    if (words === '') continue;
    const parsed = Line.safeParse(words.split(/\s+/));
    if (!parsed.success) {
      faults.push(...parsed.error.issues.map(({ message }) => `line ${index + 1}: ${message}`));
      continue;
    }
    const [name, role, token] = parsed.data;
    const digest = digestOf(token);
    if (entries.some((other) => other.name === name && other.role !== role)) {
      faults.push(`line ${index + 1}: ${name} has another role above; give it one`);
    }
    if (entries.some((other) => other.digest.equals(digest))) {
      faults.push(`line ${index + 1}: its token is also in a line above; give each its own`);
    }
    entries.push({ name, role, digest });
  }
  return faults.length === 0 ? { ok: true, entries } : { ok: false, faults: faults.join('\n') };
}

/** A first file with one token for each role; `newToken` brings at least 32 characters. */
export function foundTokens(path: string, newToken: () => string): void {
  const lines = ['trader', 'risk', 'reader'].map((role) => `${role} ${role} ${newToken()}`);
  const head =
    '# name role token; a name is the caller orders are bound to, and may have two tokens';
  writeFileSync(path, `${[head, ...lines].join('\n')}\n`, { flag: 'wx', mode: 0o600 });
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/**
 * Callers of an executor that runs alone, from a file that is read again when it changes. Memory
 * holds digests only. An absent file knows nobody; one with a fault leaves the last good one in
 * force, so that a slip of the pen locks no cancel and no kill out.
 */
export class TokenFile implements Tokens, Callers {
  readonly wanted = 'a token of TOKENS_FILE';
  readonly remedy = 'give it a fitting role in TOKENS_FILE';
  readonly #path: string;
  readonly #clock: Clock;
  readonly #log: Log;
  #readAt = Number.NEGATIVE_INFINITY;
  #version = '';
  #entries: readonly Entry[] = [];

  constructor(path: string, clock: Clock, log: Log) {
    this.#path = path;
    this.#clock = clock;
    this.#log = log;
  }

  get tokens(): Tokens {
    return this;
  }

  async verify(token: string): Promise<Verified> {
    this.#refresh();
    const digest = digestOf(token);
    // Every line is compared, in constant time each: how long it took tells nothing.
    const found = this.#entries.filter((entry) => timingSafeEqual(entry.digest, digest));
    const [entry] = found;
    if (entry === undefined) return { kind: 'invalid', why: 'it is not in TOKENS_FILE' };
    return { kind: 'known', subject: entry.name };
  }

  rolesOf(subject: string): readonly Role[] {
    const entry = this.#entries.find(({ name }) => name === subject);
    return entry === undefined ? [] : [entry.role];
  }

  #refresh(): void {
    const now = this.#clock.elapsed();
    if (now - this.#readAt < REREAD_MS) return;
    this.#readAt = now;
    const stat = statSync(this.#path, { throwIfNoEntry: false });
    const version = stat === undefined ? '-' : `${stat.ino}:${stat.mtimeMs}:${stat.size}`;
    if (version === this.#version) return;
    this.#version = version;
    const parsed = stat === undefined ? parseTokens('') : this.#read();
    if (parsed.ok) this.#entries = parsed.entries;
    else {
      const { faults } = parsed;
      this.#log.error({ faults, path: this.#path }, 'the token file is wrong; the last one holds');
    }
  }

  #read(): ParsedTokens {
    try {
      return parseTokens(readFileSync(this.#path, 'utf8'));
    } catch (fault) {
      return { ok: false, faults: (fault as Error).message };
    }
  }
}
