import { setTimeout as sleep } from 'node:timers/promises';
import { Crowd } from './crowd.ts';
import { settleMs } from './executors.ts';
import { NatsLine, type NatsServer } from './nats-line.ts';
import type { SubscriberSetup } from './subscriber-process.ts';
import type { Contender, Reading } from './terms.ts';

/** For reference: a bus made for this. It keeps nothing: who is not connected is not killed. */
export class Nats implements Contender {
  readonly name = 'nats';
  readonly #line: NatsLine;
  readonly #crowd: Crowd;
  readonly #subjects: readonly string[];
  #sent = 0;

  private constructor(line: NatsLine, crowd: Crowd, subjects: readonly string[]) {
    this.#line = line;
    this.#crowd = crowd;
    this.#subjects = subjects;
  }

  static async start(server: NatsServer, names: readonly string[]): Promise<Nats> {
    const subjects = names.map((name) => `kill.${name}`);
    const setups = subjects.map((subject): SubscriberSetup => ({ server, subject }));
    return new Nats(await NatsLine.open(server), await Crowd.start('subscriber', setups), subjects);
  }

  async kill(): Promise<readonly Reading[]> {
    const id = String(++this.#sent);
    const sent = await Promise.all(
      this.#subjects.map(async (subject) => {
        const sentAt = Date.now();
        await this.#line.publish(subject, JSON.stringify({ id, killSwitch: true }));
        return { sentAt, answeredAt: Date.now() };
      }),
    );
    await sleep(settleMs(sent.length)); // as long as executors are left alone
    const gated = await this.#crowd.stamps(sent.map(() => id));
    return sent.map((one, at) => ({ ...one, gatedAt: gated[at] ?? Number.NaN }));
  }

  async lift(): Promise<void> {
    // There is no state to lift.
  }

  async stop(): Promise<void> {
    await this.#crowd.stop();
    this.#line.close();
  }
}
