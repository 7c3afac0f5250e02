import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { Agent } from 'undici';
import { type Clock, systemClock } from '../clock.ts';
import { agentTo } from './agent.ts';
import type { KubeConnection } from './connection.ts';

/** Where the kubelet mounts the ServiceAccount's token and CA, and keeps both fresh. */
const MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
/** The kubelet replaces a token well before it expires, so a look every few seconds is enough. */
const REREAD_EVERY_MS = 5_000;

/** After an authority was replaced: longer than any call lasts, so only watches are cut off. */
const OLD_SOCKETS_MS = 30_000;

export interface InClusterOptions {
  /** KUBERNETES_SERVICE_HOST */
  readonly host: string;
  /** KUBERNETES_SERVICE_PORT */
  readonly port: string;
  readonly folder?: string;
  readonly clock?: Clock;
}

/**
 * The connection of a pod, from its mounted ServiceAccount. A file that cannot be read later on
 * leaves the last good content in force; at the start it throws. A new token goes with the next
 * request; a new authority judges every new socket, and none of before is left after 30 s.
 */
export function inClusterConnection(options: InClusterOptions): KubeConnection {
  return new InCluster(options);
}

class InCluster implements KubeConnection {
  readonly origin: string;
  readonly #folder: string;
  readonly #clock: Clock;
  #token: string;
  #ca: string;
  #agent: Agent;
  #readAt: number;
  readonly #closing = new AbortController();
  readonly #retired: Promise<void>[] = [];

  constructor({ host, port, folder = MOUNT, clock = systemClock }: InClusterOptions) {
    this.origin = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
    this.#folder = folder;
    this.#clock = clock;
    this.#token = this.#read('token');
    this.#ca = this.#read('ca.crt');
    this.#agent = agentTo({ ca: this.#ca });
    this.#readAt = clock.elapsed();
  }

  get dispatcher(): Agent {
    this.#refresh();
    return this.#agent;
  }

  authorization(): string {
    this.#refresh();
    return `Bearer ${this.#token}`;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([this.#agent.destroy(), ...this.#retired]);
  }

  #refresh(): void {
    const now = this.#clock.elapsed();
    if (now - this.#readAt < REREAD_EVERY_MS) return;
    this.#readAt = now;
    this.#token = this.#reread('token', this.#token);
    const ca = this.#reread('ca.crt', this.#ca);
    if (ca === this.#ca) return;
    this.#ca = ca;
    this.#retired.push(this.#retire(this.#agent));
    this.#agent = agentTo({ ca });
  }

  /** Calls run to their end; a watch, which would go on for minutes, breaks and resumes anew. */
  async #retire(agent: Agent): Promise<void> {
    await this.#clock.after(OLD_SOCKETS_MS, this.#closing.signal).catch(() => undefined);
    await agent.destroy();
  }

  #reread(name: 'token' | 'ca.crt', before: string): string {
    try {
      return this.#read(name);
    } catch {
      return before; // the kubelet swaps a symbolic link; the content from before is still good
    }
  }

  #read(name: 'token' | 'ca.crt'): string {
    const path = join(this.#folder, name);
    let text: string;
    try {
      text = readFileSync(path, 'utf8').trim();
    } catch (cause) {
      throw new Error(
        `cannot read ${path}; mount the pod's ServiceAccount (automountServiceAccountToken), or pass a kubeconfig`,
        { cause },
      );
    }
    if (text === '') throw new Error(`${path} is empty; the ServiceAccount mount is not ready`);
    return text;
  }
}
