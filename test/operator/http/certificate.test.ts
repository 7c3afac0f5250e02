import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { followKeyPair, readKeyPair } from '../../../operator/http/certificate.ts';
import { type OperatorServer, operatorServer } from '../../../operator/http/server.ts';
import { type Certificate, makeAuthority, makeCertificate } from '../../api-server/certificates.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const LOOK_MS = 10_000;
let root: string;
let made: Record<'first' | 'second', Certificate>;
let authority: Certificate;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'serving-'));
  authority = await makeAuthority(root, 'authority');
  const make = (name: string) =>
    makeCertificate(authority, name, `/CN=${name}`, ['DNS:operator.test']);
  made = { first: await make('first'), second: await make('second') };
});
afterAll(() => rm(root, { recursive: true }));

let folder: string;
let server: OperatorServer;
let clock: ManualClock;
let stop: AbortController;
let following: Promise<void>;
let logged: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(root, 'tls-'));
  logged = [];
  clock = new ManualClock();
  stop = new AbortController();
  await mount('tls.crt', made.first.certPath);
  await mount('tls.key', made.first.keyPath);
  server = operatorServer(await readKeyPair(folder), log());
  server.app.get('/x', async () => 'x');
  await server.app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  stop.abort();
  await following;
  await server.app.close();
});

const log = () => pino({}, { write: (line: string) => void logged.push(line) });
const mount = async (name: string, from: string) =>
  writeFile(join(folder, name), await readFile(from));

function follow(): void {
  following = followKeyPair(folder, server.renew, { clock, log: log(), signal: stop.signal });
}

/** Whose certificate a new connection is shown. */
async function shown(): Promise<string> {
  const { port } = server.app.server.address() as AddressInfo;
  const ca = await readFile(authority.certPath);
  const socket = connect({ host: '127.0.0.1', port, ca, servername: 'operator.test' });
  await once(socket, 'secureConnect');
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return String(CN);
}

/** Ten seconds later, files read. */
async function look(): Promise<void> {
  const { length } = logged;
  await clock.advance(LOOK_MS);
  await expect.poll(() => logged.length).toBeGreaterThan(length);
}

it('a renewed certificate is shown to the next connection, without a restart', async () => {
  follow();
  expect(await shown()).toBe('first');
  await mount('tls.crt', made.second.certPath);
  await mount('tls.key', made.second.keyPath);
  await look();
  expect(await shown()).toBe('second');
  expect(logged.join('')).toContain('serving certificate renewed');
});

it('one renewed between the start and the first look is not missed', async () => {
  await mount('tls.crt', made.second.certPath);
  await mount('tls.key', made.second.keyPath);
  follow();
  await expect.poll(shown).toBe('second');
});

it.each<[string, () => Promise<void>]>([
  ['a key without its certificate', () => mount('tls.key', made.second.keyPath)],
  ['a file that is gone', () => rm(join(folder, 'tls.crt'))],
  ['a file that is no certificate', () => writeFile(join(folder, 'tls.crt'), 'half')],
])('%s: the old one stays, the log says so, and the next look heals it', async (_what, spoil) => {
  follow();
  expect(await shown()).toBe('first');
  await spoil();
  await look();
  expect(await shown()).toBe('first');
  expect(logged.join('')).toContain('the old one stays');
  expect(logged.join('')).not.toContain('PRIVATE KEY');
  await mount('tls.crt', made.second.certPath);
  await mount('tls.key', made.second.keyPath);
  await look();
  expect(await shown()).toBe('second');
});

it('files that are not there at the start stop it with what to do', async () => {
  following = Promise.resolve();
  await rm(join(folder, 'tls.key'));
  await expect(readKeyPair(folder)).rejects.toThrow(
    `cannot read tls.crt and tls.key in ${folder}; mount the serving certificate`,
  );
});
