import { childName } from '../../crds/names.ts';
import { kubectl } from '../system/kubectl.ts';

/** `/metrics` of an executor's pod, through the API server. */
export const metricsOf = (namespace: string, name: string): Promise<string> =>
  kubectl(
    'get',
    '--raw',
    `/api/v1/namespaces/${namespace}/pods/${childName(name)}-0:8080/proxy/metrics`,
  );

/** The sum of all samples of `name` whose labels contain each of `labels`, e.g. `code="INVALID_NONCE"`. */
export function sample(text: string, name: string, ...labels: readonly string[]): number {
  const fits = (line: string) =>
    (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) &&
    labels.every((label) => line.includes(label));
  return text
    .split('\n')
    .filter(fits)
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** The smallest bound that at least `share` of the new observations do not exceed, seconds. */
export function quantile(before: string, after: string, name: string, share: number): number {
  const bounds = [...after.matchAll(new RegExp(`${name}_bucket\\{[^}]*le="([^"]+)"`, 'g'))];
  const known = [...new Set(bounds.map(([, le = '']) => le))];
  const grown = (le: string) =>
    sample(after, `${name}_bucket`, `le="${le}"`) - sample(before, `${name}_bucket`, `le="${le}"`);
  const all = grown('+Inf');
  const sorted = known.toSorted((a, b) => seconds(a) - seconds(b));
  return seconds(sorted.find((le) => grown(le) >= share * all) ?? '+Inf');
}

const seconds = (le: string): number => (le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le));
