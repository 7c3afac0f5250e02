import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { binary } from '../toolchain/binaries.ts';

export const BUCKET = 'desk-bucket';
export const KEYS = {
  accessKeyId: 'AKIDEVIDENCE',
  secretAccessKey: 'planted+secret/of-the-bucket-that-never-leaves',
} as const;

export interface S3Server {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  stop(): void;
}

/** A bucket of its own, empty, for whoever signs with KEYS. It cannot outlive this process. */
export async function startS3(): Promise<S3Server> {
  const program = binary('s3-server');
  if (!existsSync(program)) throw new Error(`${program} is missing; npm test -- store makes it`);
  const env = { ACCESS_KEY_ID: KEYS.accessKeyId, SECRET_ACCESS_KEY: KEYS.secretAccessKey };
  const server = spawn(program, [BUCKET], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  for await (const address of createInterface(server.stdout)) {
    return { origin: `http://${address}`, stop: () => void server.kill() };
  }
  throw new Error(`${program} ended at once`);
}
