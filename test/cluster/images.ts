import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildFacts, bundle, contentKey, type Program, REPOSITORY } from './bundle.ts';
import { type Docker, imageId } from './docker.ts';

export const PROGRAMS = {
  operator: {
    name: 'operator',
    entry: 'operator/main.ts',
    beside: {
      evidence: 'operator/evidence/main.ts', // the evidence server
      'release-test': 'operator/release-test/main.ts', // helm test
      'uninstall-check': 'operator/uninstall-check/main.ts', // helm uninstall
    },
    page: 'operator/console/page',
    dockerfile: 'operator/Dockerfile',
    image: 'trading-executor-operator:dev',
  },
  executor: {
    name: 'executor',
    entry: 'executor/main.ts',
    dockerfile: 'executor/Dockerfile',
    image: 'trading-executor:dev',
  },
  camera: {
    name: 'camera',
    entry: 'operator/camera/main.ts',
    whole: ['playwright-core'],
    dockerfile: 'operator/camera/Dockerfile',
    image: 'trading-console-camera:dev',
  },
  venue: {
    name: 'venue',
    entry: 'test/venue/main.ts',
    dockerfile: 'test/venue/Dockerfile',
    image: 'trading-venue-simulator:dev',
  },
} as const satisfies Record<string, Program & { readonly image: string }>;

export type ProgramName = keyof typeof PROGRAMS;

/** The release tag that test images report unless a test wants another. */
export const TEST_TAG = 'v1.2-ramp';
export const IMAGE_BYTES_MAX = 200 * 1_000 * 1_000;
/** Chromium, and what Debian says it needs: 117 MB of LLVM for drivers that are never used. */
const BROWSER_BYTES_MAX = 900 * 1_000 * 1_000;
const KEY_LABEL = 'spark.trading/content';

export interface BuiltImage {
  readonly ref: string;
  /** Changes when anything in the image does; fit for a pod annotation that rolls. */
  readonly key: string;
  readonly bytes: number;
  /** False when the daemon had it already. */
  readonly rebuilt: boolean;
}

export interface ImageOptions {
  readonly docker: Docker;
  /** The image the Dockerfiles start from. */
  readonly base: string;
  /** What the camera's starts from instead; Node comes from `base`. */
  readonly browser?: string;
  /** Compiled in as the release tag. Default `TEST_TAG`. */
  readonly tag?: string;
  /** Image name; default the program's `:dev` name. */
  readonly ref?: string;
}

/** Bundles a program and builds its image, unless the daemon has one with the same content. */
export async function programImage(name: ProgramName, options: ImageOptions): Promise<BuiltImage> {
  const program = PROGRAMS[name];
  const { docker, base } = options;
  const ref = options.ref ?? program.image;
  const folder = await bundle(program, await buildFacts(options.tag ?? TEST_TAG));
  const dockerfile = join(REPOSITORY, program.dockerfile);
  const from =
    options.browser === undefined ? { BASE: base } : { BASE: options.browser, NODE: base };
  const ids = await Promise.all(
    Object.values(from).map(async (one) => (await imageId(docker, one)) ?? one),
  );
  const key = contentKey(folder, [readFileSync(dockerfile, 'utf8'), ...ids]);
  const rebuilt = (await keyOf(docker, ref)) !== key;
  if (rebuilt) {
    const labels = ['--label', `${KEY_LABEL}=${key}`];
    await docker.run([
      'build',
      '-t',
      ref,
      '-f',
      dockerfile,
      ...Object.entries(from).flatMap(([name, ref]) => ['--build-arg', `${name}=${ref}`]),
      ...labels,
      folder,
    ]);
  }
  const bytes = Number(await docker.run(['image', 'inspect', '--format', '{{.Size}}', ref]));
  const bytesMax = options.browser === undefined ? IMAGE_BYTES_MAX : BROWSER_BYTES_MAX;
  if (bytes > bytesMax) {
    throw new Error(`${ref} is ${megabytes(bytes)}, over the ${megabytes(bytesMax)} allowed.`);
  }
  return { ref, key, bytes, rebuilt };
}

/** `153.2 MB` */
export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

async function keyOf(docker: Docker, ref: string): Promise<string | undefined> {
  const format = `{{index .Config.Labels "${KEY_LABEL}"}}`;
  const { code, stdout } = await docker.attempt(['image', 'inspect', '--format', format, ref]);
  return code === 0 ? stdout.trim() : undefined;
}
