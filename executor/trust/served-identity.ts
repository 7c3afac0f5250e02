import type { Server } from 'node:http';
import type { Clock } from '../../crds/clock.ts';
import { type Identity, identity, needsRenewal } from './certificate.ts';

export interface ServedIdentityParts {
  readonly folder: string;
  /** Names and addresses in it. */
  readonly hosts: readonly string[];
  readonly clock: Clock;
}

const CHECK_MS = 12 * 3_600_000;

/** The certificate this executor shows, made anew before it ends. */
export class ServedIdentity {
  readonly #parts: ServedIdentityParts;
  #current: Identity;

  private constructor(parts: ServedIdentityParts, current: Identity) {
    this.#parts = parts;
    this.#current = current;
  }

  static async open(parts: ServedIdentityParts): Promise<ServedIdentity> {
    const { folder, hosts, clock } = parts;
    return new ServedIdentity(parts, await identity(folder, hosts, clock.wall()));
  }

  get tls(): { readonly cert: string; readonly key: string } {
    return { cert: this.#current.certificate, key: this.#current.privateKey };
  }

  /** Keeps `server` showing one that is valid; until aborted. */
  async keep(server: Server, signal: AbortSignal): Promise<void> {
    const { folder, hosts, clock } = this.#parts;
    while (!signal.aborted) {
      await clock.after(CHECK_MS, signal).catch(() => undefined);
      if (signal.aborted || !needsRenewal(this.#current, clock.wall())) continue;
      this.#current = await identity(folder, hosts, clock.wall());
      (server as { setSecureContext?: (tls: object) => void }).setSecureContext?.(this.tls);
    }
  }
}
