import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';

const PROCESS = new URL('./log-process.ts', import.meta.url);
let child: ChildProcess;
afterEach(() => child.kill('SIGKILL'));

/** Its standard output is a pipe that nobody reads yet. */
async function start(): Promise<void> {
  child = fork(PROCESS, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  await once(child, 'message');
}

/** Resolves when its loop has turned after it logged so many lines. */
async function logged(lines: number): Promise<void> {
  child.send({ lines });
  await once(child, 'message');
}

/** Reads lines until one holds. */
async function readUntil(holds: (line: { msg: string; n?: number; lines?: number }) => boolean) {
  if (child.stdout === null) throw new Error('it has no standard output');
  const read = [];
  for await (const text of createInterface(child.stdout)) {
    const line = JSON.parse(text);
    read.push(line);
    if (holds(line)) break;
  }
  return read;
}

it('a log that nobody reads stops no loop, and is all there when somebody does', async () => {
  await start();
  for (let round = 0; round < 3; round += 1) await logged(1_000);
  let last = 0;
  const lines = await readUntil(({ n }) => {
    last += n === 999 ? 1 : 0;
    return last === 3;
  });
  expect(lines.map(({ n }) => n)).toEqual(
    [1, 2, 3].flatMap(() => Array.from({ length: 1_000 }, (_, n) => n)),
  );
}, 20_000);

it('a log that nobody reads for long loses lines, and says how many', async () => {
  await start();
  await logged(12_000);
  const lines = await readUntil(({ msg }) => msg === 'log lines were lost');
  const kept = lines.length - 1;
  expect(lines.at(-1)).toMatchObject({ level: 40, lines: 12_000 - kept });
  expect(kept).toBeGreaterThan(7_000);
}, 20_000);

it('a process that ends has written its last line', async () => {
  await start();
  await logged(50);
  // What another thread is writing at this moment may come after it: all of that is read first.
  const before = await readUntil(({ n }) => n === 49);
  child.send('crash');
  const lines = [...before, ...(await readUntil(() => false))];
  expect(lines).toHaveLength(51);
  expect(lines.at(-1)).toMatchObject({ level: 60, msg: 'the last line' });
}, 20_000);
