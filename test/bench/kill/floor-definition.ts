import { definitions } from '../../../crds/schema/definition.ts';
import { FLOOR_GROUP } from './twin.ts';

interface Definition {
  readonly metadata: object;
  readonly spec: { readonly names: { readonly plural: string; readonly [word: string]: unknown } };
}

/** The CRD of executors under the floor's own group. */
export function floorDefinition(): object {
  const { 'trading-executor.yaml': executor } = definitions() as unknown as Record<string, Definition>;
  if (executor === undefined) throw new Error('there is no definition of executors');
  const { shortNames: _, categories: __, ...names } = executor.spec.names;
  return {
    ...executor,
    metadata: { name: `${names.plural}.${FLOOR_GROUP}` },
    spec: { ...executor.spec, group: FLOOR_GROUP, names },
  };
}
