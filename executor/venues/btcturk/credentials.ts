import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../../crds/clock.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Credentials } from './signature.ts';

/** The kubelet swaps mounted files within a minute or so; a look this often costs nothing. */
const REREAD_MS = 1_000;

/**
 * The key pair from mounted files, read again when they change. Absent or empty files are no
 * fault: the gate stays shut until they appear. The content is in no log and no error.
 */
export class CredentialFiles {
  readonly #folder: string;
  readonly #clock: Clock;
  #readAt = Number.NEGATIVE_INFINITY;
  #version = '';
  #current: Credentials | undefined;

  constructor(folder: string, clock: Clock) {
    this.#folder = folder;
    this.#clock = clock;
  }

  current(): Credentials | undefined {
    const now = this.#clock.elapsed();
    if (now - this.#readAt < REREAD_MS) return this.#current;
    this.#readAt = now;
    const version = this.#versions();
    if (version === this.#version) return this.#current;
    this.#version = version;
    const publicKey = this.#read('publicKey');
    const privateKey = this.#read('privateKey');
    const isWhole = publicKey !== undefined && privateKey !== undefined;
    this.#current = isWhole ? { publicKey, privateKey } : undefined;
    return this.#current;
  }

  fingerprint(): string | undefined {
    const key = this.current();
    return key && fingerprintOf(key);
  }

  #versions(): string {
    return ['publicKey', 'privateKey']
      .map((name) => statSync(join(this.#folder, name), { throwIfNoEntry: false }))
      .map((stat) => (stat === undefined ? '-' : `${stat.ino}:${stat.mtimeMs}:${stat.size}`))
      .join(' ');
  }

  #read(name: string): string | undefined {
    try {
      return readFileSync(join(this.#folder, name), 'utf8').trim() || undefined;
    } catch {
      return undefined; // absent: the gate says CredentialsMissing
    }
  }
}
