// What is killed by a mounted file, or by being replaced: it says when its file changes.
import { readFileSync } from 'node:fs';

export interface ReplicaLine {
  /** What the file says now. */
  readonly file: string;
  readonly at: number;
}

const LOOK_EVERY_MS = 20;
const path = process.argv[2] ?? '';
let before = '';

function look(): void {
  const file = readFileSync(path, 'utf8').trim();
  if (file === before) return;
  before = file;
  console.log(JSON.stringify({ file, at: Date.now() } satisfies ReplicaLine));
}

process.on('SIGTERM', () => process.exit(0));
look();
setInterval(look, LOOK_EVERY_MS);
