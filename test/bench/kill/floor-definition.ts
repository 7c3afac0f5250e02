import { definitions } from '../../../crds/schema/definition.ts';
import { FLOOR_GROUP } from './twin.ts';

interface Definition {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string; readonly [word: string]: unknown };
  };
}

/** The CRD of executors under the floor's own group. */
export function floorDefinition(): Definition {
  const executor = definitions()['trading-executor.yaml'] as Definition;
  const { shortNames: _, categories: __, ...names } = executor.spec.names;
  const spec = { ...executor.spec, group: FLOOR_GROUP, names };
  return { ...executor, metadata: { name: `${names.plural}.${FLOOR_GROUP}` }, spec };
}
