import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { attempt, run, which } from '../setup/command.ts';
import { binary } from '../toolchain/binaries.ts';

export const chart = join(import.meta.dirname, '../../charts/trading-executor-operator');

/** A rendered object; its tests know the kind they look at. */
// biome-ignore lint/suspicious/noExplicitAny: an object of any kind
export type Manifest = Readonly<Record<string, any>>;

export interface Render {
  readonly namespace?: string;
  /** Values by path, as JSON: `{'slo.latencySeconds': 0.5}`. */
  readonly values?: Readonly<Record<string, unknown>>;
  readonly apiVersions?: readonly string[];
}

export const MONITORING_APIS = ['monitoring.coreos.com/v1', 'monitoring.coreos.com/v1alpha1'];

/** helm: HELM, else the test platform's, else the one on PATH. */
export async function findHelm(): Promise<string | undefined> {
  const named = process.env.HELM;
  if (named !== undefined && existsSync(named)) return named;
  return existsSync(binary('helm')) ? binary('helm') : which('helm');
}

/** The objects that `helm template` makes, CRDs not among them. */
export async function rendered(helm: string, options: Render = {}): Promise<readonly Manifest[]> {
  const text = await run(argv(helm, options));
  return loadAll(text).filter(
    (object): object is Manifest => typeof object === 'object' && object !== null,
  );
}

/** What `helm template` says when it refuses. */
export async function refusal(helm: string, options: Render): Promise<string> {
  const { code, stderr } = await attempt(argv(helm, options));
  if (code === 0) throw new Error('helm template was expected to refuse these values');
  return stderr;
}

/** The only object of a kind that belongs to the operator, or to the evidence server. */
export function only(
  objects: readonly Manifest[],
  kind: string,
  of: 'operator' | 'evidence' = 'operator',
): Manifest {
  const isEvidence = ({ metadata }: Manifest): boolean =>
    metadata.labels?.['app.kubernetes.io/name']?.endsWith('-evidence') === true;
  const own = objects.filter((object) => isEvidence(object) === (of === 'evidence'));
  const found = own.filter((object) => object.kind === kind);
  const [one] = found;
  if (one === undefined || found.length > 1)
    throw new Error(`${found.length} objects of kind ${kind}, not 1`);
  return one;
}

function argv(helm: string, options: Render): string[] {
  const { namespace = 'trading', values = {}, apiVersions = [] } = options;
  return [
    ...[helm, 'template', 'desk', chart, '--namespace', namespace],
    ...apiVersions.flatMap((api) => ['--api-versions', api]),
    ...Object.entries(values).flatMap(([path, value]) => [
      '--set-json',
      `${path}=${JSON.stringify(value)}`,
    ]),
  ];
}
