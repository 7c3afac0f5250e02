import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Btcturk } from '../venue/btcturk/simulator.ts';
import { attached } from './blow.ts';
import { calls, type Proof, proof } from './trace.ts';
import type { Victim } from './victim.ts';

const TRACED = 'trace=fsync,fdatasync,read,write,writev';

/** Places one order under a system-call trace and says what it proves. */
export async function watchedOrder(victim: Victim, venue: Btcturk): Promise<Proof> {
  const output = join(victim.folder, 'calls.txt');
  const options = ['-f', '-ttt', '-yy', '-s', '120', '-e', TRACED, '-o', output];
  const strace = spawn('strace', [...options, '-p', String(victim.pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await attached(strace);
  await victim.place();
  const ended = once(strace, 'exit');
  strace.kill('SIGINT'); // lets go of the process and writes what is left
  await ended;
  const text = readFileSync(output, 'utf8');
  rmSync(output);
  const ports = {
    executor: Number(new URL(victim.url).port),
    venue: Number(new URL(venue.url).port),
  };
  return proof(calls(text), ports);
}
