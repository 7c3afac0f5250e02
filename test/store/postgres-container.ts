import { randomBytes } from 'node:crypto';
import { REGISTRY } from '../cluster/choose.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { type Docker, dockerAt } from '../cluster/docker.ts';
import { inNamespace, SOCKET, startPrivateDocker } from '../cluster/private-docker.ts';
import { attempt } from '../setup/command.ts';
import type { Progress } from '../setup/steps.ts';
import { reachable } from '../toolchain/reachable.ts';
import { builtPostgres, PUBLISHED_POSTGRES } from './postgres-image.ts';

/** One at a time: a leftover of a run that was killed is found by it. */
const NAME = 'trading-executor-postgres';
const PORT = 5432;
const START_MS_MAX = 120_000;

/** A PostgreSQL server, and how to start a process that reaches it. */
export interface StartedPostgres extends Pick<Cluster, 'command' | 'env'> {
  readonly reason: string;
  stop(): Promise<void>;
}

/** `TEO_POSTGRES_URL`, the published image where it can be pulled, else one built from packages. */
export async function startPostgres(
  progress: Progress,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<StartedPostgres> {
  if (env.TEO_POSTGRES_URL !== undefined && env.TEO_POSTGRES_URL !== '') {
    const reason = 'TEO_POSTGRES_URL is set';
    return { reason, env: {}, command: (argv) => [...argv], stop: async () => undefined };
  }
  const hasDocker = (await attempt(['docker', 'version'], { timeoutMs: 10_000 })).code === 0;
  if (hasDocker && (await reachable(REGISTRY))) {
    const started = await container(dockerAt(), { image: PUBLISHED_POSTGRES, readyLines: 2 });
    const reason = `${PUBLISHED_POSTGRES}: Docker and a registry answer`;
    return { ...started, reason, command: (argv) => [...argv] };
  }
  const docker = await startPrivateDocker(progress);
  const image = await builtPostgres(docker, progress);
  progress(`starting ${image}`);
  const started = await container(docker, { image, readyLines: 1, host: `unix://${SOCKET}` });
  return { ...started, reason: `${image}: no image registry can be reached`, command: inNamespace };
}

interface Wanted {
  readonly image: string;
  /** How often it says that it is ready: the published one starts once more after its set-up. */
  readonly readyLines: number;
  readonly host?: string;
}

async function container(docker: Docker, { image, readyLines, host }: Wanted) {
  await docker.attempt(['rm', '--force', '--volumes', NAME]);
  const password = randomBytes(18).toString('base64url');
  const { GenericContainer, Wait } = await import('testcontainers');
  const started = await withEnv(
    // Its clean-up container is an image that would have to be pulled; we stop what we start.
    {
      TESTCONTAINERS_RYUK_DISABLED: 'true',
      TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1',
      ...(host === undefined ? {} : { DOCKER_HOST: host }),
    },
    () =>
      new GenericContainer(image)
        .withName(NAME)
        .withEnvironment({ POSTGRES_PASSWORD: password })
        .withExposedPorts(PORT)
        .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, readyLines))
        .withStartupTimeout(START_MS_MAX)
        .start(),
  );
  const url = `postgresql://postgres:${password}@127.0.0.1:${started.getMappedPort(PORT)}/postgres`;
  return {
    env: { TEO_POSTGRES_URL: url },
    stop: async () => void (await started.stop({ removeVolumes: true })),
  };
}

/** testcontainers reads its settings from the environment of this process. */
async function withEnv<T>(
  values: Readonly<Record<string, string>>,
  work: () => Promise<T>,
): Promise<T> {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, values);
  try {
    return await work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
