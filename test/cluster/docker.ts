import { existsSync } from 'node:fs';
import { attempt, type CommandOptions, type Finished, run } from '../setup/command.ts';

/** A docker daemon that can be talked to, wherever it lives. */
export interface Docker {
  /** What a process needs in its environment to reach this daemon; empty for the normal one. */
  readonly env: Readonly<Record<string, string>>;
  /** `docker ARGS`, which must succeed; returns its standard output without the last line break. */
  run(args: readonly string[], options?: CommandOptions): Promise<string>;
  /** `docker ARGS`, which may fail. */
  attempt(args: readonly string[], options?: CommandOptions): Promise<Finished>;
}

/** The daemon behind `host` (a DOCKER_HOST value), or the one a plain `docker` reaches. */
export function dockerAt(host?: string): Docker {
  // the legacy builder is what every daemon has; it needs no plug-in and no registry
  const env: Record<string, string> =
    host === undefined ? {} : { DOCKER_HOST: host, DOCKER_BUILDKIT: '0' };
  const merged = (options: CommandOptions = {}): CommandOptions => ({
    ...options,
    env: { ...env, ...options.env },
  });
  return {
    env,
    run: async (args, options) => (await run([client(host), ...args], merged(options))).trimEnd(),
    attempt: (args, options) => attempt([client(host), ...args], merged(options)),
  };
}

/** With a daemon of our own, its own client: another on PATH may be too new for it. */
function client(host: string | undefined): string {
  return host !== undefined && existsSync('/usr/bin/docker') ? '/usr/bin/docker' : 'docker';
}

/** The id of an image in the daemon, or undefined. */
export async function imageId(docker: Docker, ref: string): Promise<string | undefined> {
  const { code, stdout } = await docker.attempt(['image', 'inspect', '--format', '{{.Id}}', ref]);
  return code === 0 ? stdout.trim() : undefined;
}
