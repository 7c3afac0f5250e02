import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { dump } from 'js-yaml';
import { cacheRoot } from './cache.ts';

/** The newest Prometheus in the cache, or none. */
export function findPrometheus(): string | undefined {
  const [newest] = globSync('bin/**/prometheus', { cwd: cacheRoot() }).sort().reverse();
  return newest === undefined ? undefined : join(cacheRoot(), newest);
}

export interface Prometheus {
  readonly url: string;
  stop(): Promise<void>;
}

/** Runs a Prometheus with this configuration and what is in `folder/data`. */
export async function startPrometheus(
  program: string,
  folder: string,
  config: object,
): Promise<Prometheus> {
  const file = join(folder, 'prometheus.yaml');
  writeFileSync(file, dump(config));
  const flags = {
    'config.file': file,
    'storage.tsdb.path': join(folder, 'data'),
    'storage.tsdb.retention.time': '60d',
    'web.listen-address': '127.0.0.1:0',
  };
  const argv = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const child = spawn(program, argv, { stdio: ['ignore', 'ignore', 'pipe'] });
  const url = await addressOf(child);
  return {
    url,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Where it listens, once it is ready to be asked. */
async function addressOf(child: ChildProcess): Promise<string> {
  const said: string[] = [];
  let url: string | undefined;
  if (child.stderr === null) throw new Error('Prometheus has no stderr');
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    url ??= /Listening on.*address=(\S+)/.exec(line)?.[1];
    if (url !== undefined && line.includes('ready to receive web requests')) {
      child.stderr.resume();
      return `http://${url}`;
    }
  }
  throw new Error(`Prometheus ended before it listened:\n${said.join('\n')}`);
}

/** Series in OpenMetrics as blocks of a Prometheus that has not started; needs promtool. */
export function backfill(promtool: string, folder: string, lines: readonly string[]): void {
  if (!existsSync(promtool)) throw new Error(`there is no ${promtool}`);
  const file = join(folder, 'series.om');
  writeFileSync(file, `${lines.join('\n')}\n# EOF\n`);
  const way = ['tsdb', 'create-blocks-from', 'openmetrics', '--max-block-duration=1440h'];
  execFileSync(promtool, [...way, file, join(folder, 'data')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
