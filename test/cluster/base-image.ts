import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Progress } from '../setup/steps.ts';
import { artefact, cached } from '../toolchain/cache.ts';
import { rootFileSystem } from '../toolchain/debian.ts';
import { recipes } from '../toolchain/versions.ts';
import type { ImageSource } from './cluster.ts';
import { type Docker, imageId } from './docker.ts';

/** What the Dockerfiles of both programs start from unless told otherwise. */
const PUBLISHED_BASE = 'gcr.io/distroless/nodejs24-debian12:nonroot';

const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const NODE = join(REPOSITORY, 'node_modules', 'node', 'bin', 'node');
const ROOT_PACKAGES =
  'libc6,libstdc++6,libgcc-s1,ca-certificates,tzdata,base-files,base-passwd,netbase';

/** What the camera's Dockerfile starts from unless told otherwise: it fetches its Chromium with apt-get. */
const PUBLISHED_BROWSER = 'debian:bookworm-slim';
const BROWSER_PACKAGES = 'dash,coreutils,chromium-headless-shell,fonts-inter,fonts-dejavu-core';

/** Debian with a shell and Chromium, or one that can fetch it. */
export async function browserImage(
  images: ImageSource,
  docker: Docker,
  progress: Progress,
): Promise<string> {
  if (images !== 'built') return PUBLISHED_BROWSER;
  const ref = `teo-browser:bookworm-r${recipes.images}`;
  if ((await imageId(docker, ref)) !== undefined) return ref;
  const packages = `${ROOT_PACKAGES},${BROWSER_PACKAGES}`.split(',');
  const tar = await artefact(cached('images', `browser-r${recipes.images}.tar`), (temporary) =>
    rootFileSystem(temporary, 'extract', packages, progress),
  );
  await docker.run(['import', tar, ref]);
  return ref;
}

/** Debian without shell or package manager, 28 MB: what a distroless image is made of. */
export async function builtRoot(docker: Docker, progress: Progress): Promise<string> {
  const ref = `teo-root:bookworm-r${recipes.images}`;
  if ((await imageId(docker, ref)) !== undefined) return ref;
  const tar = await artefact(cached('images', `root-r${recipes.images}.tar`), (temporary) =>
    rootFileSystem(temporary, 'extract', ROOT_PACKAGES.split(','), progress),
  );
  await docker.run(['import', tar, ref]);
  return ref;
}

/** What our images start from: the published base, or its stand-in. */
export function baseImage(
  images: ImageSource,
  docker: Docker,
  progress: Progress,
): Promise<string> {
  return images === 'built' ? builtBase(docker, progress) : Promise.resolve(PUBLISHED_BASE);
}

/**
 * The stand-in for `PUBLISHED_BASE`: same Node path, entrypoint, user and folder, so one Dockerfile
 * serves both. Node is the binary that the tests run on.
 */
async function builtBase(docker: Docker, progress: Progress): Promise<string> {
  const ref = `teo-base:node${process.versions.node}-r${recipes.images}`;
  if ((await imageId(docker, ref)) !== undefined) return ref;
  const root = await builtRoot(docker, progress);
  const context = await mkdtemp(join(tmpdir(), 'base-'));
  try {
    await mkdir(join(context, 'nodejs/bin'), { recursive: true });
    await cp(NODE, join(context, 'nodejs/bin/node'), { dereference: true });
    await mkdir(join(context, 'home/nonroot'), { recursive: true });
    await writeFile(join(context, 'Dockerfile'), dockerfile(root));
    await docker.run(['build', '-t', ref, context]);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
  return ref;
}

const dockerfile = (root: string): string => `FROM ${root}
COPY nodejs/ /nodejs/
COPY --chown=65532:65532 home/nonroot /home/nonroot
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 65532
WORKDIR /home/nonroot
ENTRYPOINT ["/nodejs/bin/node"]
`;
