import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Docker, imageId } from '../cluster/docker.ts';
import type { Progress } from '../setup/steps.ts';
import { artefact, cached } from '../toolchain/cache.ts';
import { rootFileSystem } from '../toolchain/debian.ts';
import { recipes } from '../toolchain/versions.ts';

/** What a desk would take; ours is Debian's version of the same thing. */
export const PUBLISHED_POSTGRES = 'postgres:17-alpine';

/** PostgreSQL from Debian's package, for a daemon that can pull nothing. */
export async function builtPostgres(docker: Docker, progress: Progress): Promise<string> {
  const ref = `teo-postgres:bookworm-r${recipes.postgres}`;
  if ((await imageId(docker, ref)) !== undefined) return ref;
  const tar = await artefact(
    cached('images', `postgres-root-r${recipes.postgres}.tar`),
    (temporary) => rootFileSystem(temporary, 'apt', ['postgresql'], progress),
  );
  const root = `${ref}-root`;
  progress('building the image of PostgreSQL');
  await docker.run(['import', tar, root]);
  const context = await mkdtemp(join(tmpdir(), 'postgres-'));
  try {
    await writeFile(join(context, 'start.sh'), START);
    await writeFile(join(context, 'Dockerfile'), dockerfile(root));
    await docker.run(['build', '-t', ref, context]);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
  return ref;
}

const dockerfile = (root: string): string => `FROM ${root}
COPY start.sh /start.sh
USER postgres
ENTRYPOINT ["/bin/sh", "/start.sh"]
`;

/** The published image's contract: the superuser postgres, with the password in the environment. */
const START = `set -e
umask 077
PATH=$(echo /usr/lib/postgresql/*/bin):/usr/bin:/bin
printf %s "$POSTGRES_PASSWORD" > /tmp/password
initdb --pgdata=/tmp/data --username=postgres --pwfile=/tmp/password --encoding=UTF8 \\
  --auth-local=reject --auth-host=scram-sha-256 --no-sync
rm /tmp/password
echo 'host all all all scram-sha-256' >> /tmp/data/pg_hba.conf
exec postgres -D /tmp/data -c listen_addresses='*' -c unix_socket_directories=/tmp
`;
