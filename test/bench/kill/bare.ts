import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiServer, startApiServer } from '../../api-server/api-server.ts';
import { freePorts } from '../../api-server/child.ts';
import { declareExecutor, openNamespace } from '../../api-server/declare.ts';
import { installCrds } from '../../api-server/installed-crds.ts';
import { NAMESPACE } from '../../executor/an-executor.ts';
import type { Progress } from '../../setup/steps.ts';
import { binary, ensureBinaries } from '../../toolchain/binaries.ts';
import { Child } from '../child.ts';
import { newFolder } from '../rig.ts';
import { startVenue, type VenueProcess } from '../venue-process.ts';
import { ApiClient } from './api-client.ts';
import { Executors } from './executors.ts';
import { Floor } from './floor.ts';
import { floorDefinition } from './floor-definition.ts';
import { Nats } from './nats.ts';
import type { NatsServer } from './nats-line.ts';
import type { Api, Contender, Target } from './terms.ts';
import { copyOf } from './twin.ts';

interface Running {
  readonly child: Child;
  readonly folder: string;
  readonly target: Target;
}

/** Everything on this machine's loopback: a bare API server, executors and the others as processes. */
export class Bare {
  readonly #server: ApiServer;
  readonly #venue: VenueProcess;
  readonly #caller: string;
  readonly #nats: { readonly server: NatsServer; readonly child: ChildProcess };
  readonly #executors: Running[] = [];

  private constructor(parts: {
    server: ApiServer;
    venue: VenueProcess;
    caller: string;
    nats: { server: NatsServer; child: ChildProcess };
  }) {
    this.#server = parts.server;
    this.#venue = parts.venue;
    this.#caller = parts.caller;
    this.#nats = parts.nats;
  }

  static async start(progress: Progress): Promise<Bare> {
    await ensureBinaries(['nats-server'], progress);
    const server = await startApiServer({ controllers: false });
    await installCrds(server);
    await installCrds(server, [floorDefinition()]);
    const caller = await openNamespace(server);
    return new Bare({ server, venue: await startVenue(), caller, nats: await startNats() });
  }

  /** Adds executors until there are `size`; then everybody who is measured with as many. */
  async contenders(size: number, progress: Progress): Promise<readonly Contender[]> {
    while (this.#executors.length < size) {
      progress(`${this.#executors.length + 1} of ${size} executors`);
      this.#executors.push(await this.#startExecutor(this.#executors.length + 1));
    }
    const targets = this.#executors.map(({ target }) => target);
    const api = this.#api();
    const ours = new Executors(api, this.#caller, targets);
    await ours.open();
    const client = new ApiClient(api);
    await Promise.all(targets.map((target) => copyOf(client, target)));
    client.close();
    const names = targets.map(({ name }) => name);
    const floor = await Floor.start(api, NAMESPACE, names);
    return [ours, floor, await Nats.start(this.#nats.server, names)];
  }

  async stop(): Promise<void> {
    for (const { child, folder } of this.#executors) {
      await child.stop();
      rmSync(folder, { recursive: true, force: true });
    }
    this.#nats.child.kill();
    await this.#venue.stop();
    await this.#server.stop();
  }

  #api(): Api {
    const { origin, caPem: ca, adminToken: token } = this.#server;
    return { origin, ca, token };
  }

  async #startExecutor(number: number): Promise<Running> {
    const name = `k${number}`;
    const token = await declareExecutor(this.#server, {
      ...{ name, mode: 'paper' },
      spec: { venue: { baseUrl: this.#venue.url } },
    });
    const { origin, caPem: ca } = this.#server;
    const folder = newFolder();
    const module = new URL('../executor-process.ts', import.meta.url);
    const setup = { folder: join(folder), clusterOrigin: origin, token, ca, name };
    const child = await Child.start(module, { setup });
    const { httpsPort: port } = child.ports;
    return { child, folder, target: { namespace: NAMESPACE, name, host: '127.0.0.1', port } };
  }
}

async function startNats(): Promise<{ server: NatsServer; child: ChildProcess }> {
  const [port = 0] = await freePorts(1);
  const child = spawn(binary('nats-server'), ['-a', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
  });
  process.once('exit', () => child.kill());
  const server = { host: '127.0.0.1', port };
  for (let tries = 0; !(await listens(server)); tries += 1) {
    if (tries === 200) throw new Error('nats-server does not listen');
    await sleep(50);
  }
  return { server, child };
}

const listens = ({ host, port }: NatsServer): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
