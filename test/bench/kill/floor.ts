import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient } from './api-client.ts';
import { Crowd } from './crowd.ts';
import { settleMs } from './executors.ts';
import type { FloorSetup } from './floor-process.ts';
import type { Api, Contender, Reading } from './terms.ts';
import { floorPath } from './twin.ts';

/** The least a kill through the API server can take: as many processes that only watch. */
export class Floor implements Contender {
  readonly name = 'floor';
  readonly #api: ApiClient;
  readonly #path: string;
  readonly #names: readonly string[];
  readonly #crowd: Crowd;

  private constructor(parts: { api: Api; path: string; names: readonly string[]; crowd: Crowd }) {
    this.#api = new ApiClient(parts.api);
    this.#path = parts.path;
    this.#names = parts.names;
    this.#crowd = parts.crowd;
  }

  static async start(api: Api, namespace: string, names: readonly string[]): Promise<Floor> {
    const path = floorPath(namespace);
    const setups = names.map((object): FloorSetup => ({ api, path, object }));
    return new Floor({ api, path, names, crowd: await Crowd.start('floor', setups) });
  }

  async kill(): Promise<readonly Reading[]> {
    const sent = await this.#turn(true);
    await sleep(settleMs(sent.length)); // as long as executors are left alone
    const versions = sent.map(({ body }) => body.metadata.resourceVersion as string);
    const gated = await this.#crowd.stamps(versions);
    return sent.map(({ sentAt, answeredAt }, at) => {
      return { sentAt, answeredAt, gatedAt: gated[at] ?? Number.NaN };
    });
  }

  async lift(): Promise<void> {
    const sent = await this.#turn(false);
    await this.#crowd.stamps(sent.map(({ body }) => body.metadata.resourceVersion));
  }

  async stop(): Promise<void> {
    await this.#crowd.stop();
    this.#api.close();
  }

  #turn(killSwitch: boolean) {
    const path = this.#path;
    return Promise.all(
      this.#names.map((name) => this.#api.patch(`${path}/${name}`, { spec: { killSwitch } })),
    );
  }
}
