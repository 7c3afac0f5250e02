// Kills executors, floor and subscribers from within the cluster, as a pod beside theirs. Prints a line for each kill.
import { readFileSync } from 'node:fs';
import {
  childName,
  EXECUTOR_LABEL,
  EXECUTOR_TLS_PORT,
  serviceHost,
  TOKEN_AUDIENCE,
  trustName,
} from '../../../crds/names.ts';
import { ApiClient } from './api-client.ts';
import { Executors } from './executors.ts';
import { Floor } from './floor.ts';
import { Nats } from './nats.ts';
import type { NatsServer } from './nats-line.ts';
import { measureRounds } from './rounds.ts';
import type { Api, Contender, Reading, Target } from './terms.ts';
import { copyOf } from './twin.ts';

export interface DriverSetup {
  readonly namespace: string;
  /** The executors to kill. */
  readonly names: readonly string[];
  /** Whose token the 403s are asked with. */
  readonly account: string;
  readonly nats: NatsServer;
  readonly rounds: number;
}

/** A line of its output. */
export interface KillLine {
  readonly killed: string;
  readonly readings: readonly Reading[];
}

const MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const setup = JSON.parse(process.argv[2] ?? '{}') as DriverSetup;
const { namespace, names } = setup;
const core = `/api/v1/namespaces/${namespace}`;
const api = mounted();
const client = new ApiClient(api);
const targets = await Promise.all(names.map(targetOf));
const contenders = await start();
await measureRounds(contenders, setup.rounds, (killed, readings) => {
  console.log(JSON.stringify({ killed, readings } satisfies KillLine));
});
for (const contender of contenders) await contender.stop();
client.close();

function mounted(): Api {
  const read = (name: string) => readFileSync(`${MOUNT}/${name}`, 'utf8').trim();
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  return { origin: `https://${host}:${port}`, ca: read('ca.crt'), token: read('token') };
}

async function start(): Promise<readonly Contender[]> {
  const ours = new Executors(api, await callerToken(), targets);
  await ours.open();
  await Promise.all(targets.map((target) => copyOf(client, target)));
  return [ours, await Floor.start(api, namespace, names), await Nats.start(setup.nats, names)];
}

async function targetOf(name: string): Promise<Target> {
  const trust = await client.must({ method: 'GET', path: `${core}/configmaps/${trustName(name)}` });
  const path = `${core}/pods?labelSelector=${encodeURIComponent(`${EXECUTOR_LABEL}=${name}`)}`;
  const { body } = await client.must({ method: 'GET', path });
  const host = body.items[0]?.status?.podIP;
  if (host === undefined) throw new Error(`${childName(name)} has no pod with an address`);
  const servername = serviceHost({ namespace, name });
  const ca = trust.body.data['ca.crt'];
  return { namespace, name, host, port: EXECUTOR_TLS_PORT, trust: { servername, ca } };
}

async function callerToken(): Promise<string> {
  const path = `${core}/serviceaccounts/${setup.account}/token`;
  const spec = { audiences: [TOKEN_AUDIENCE], expirationSeconds: 6 * 3_600 };
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
  return (await client.must({ method: 'POST', path, body })).body.status.token;
}
