import type { KubeConnection } from '../../crds/kube/connection.ts';
import { GROUP, INCIDENTS } from '../../crds/names.ts';
import { isAllowed, type Reader } from '../http/reader.ts';

/** May this reader see the incidents of a namespace? The same right that `kubectl get tin` needs. */
export type Access = (reader: Reader, namespace: string) => Promise<boolean>;

/** Asks the API server once per namespace and request. */
export function accessBy(connection: KubeConnection): Access {
  const answers = new Map<string, Promise<boolean>>();
  return (reader, namespace) => {
    const resourceAttributes = { group: GROUP, resource: INCIDENTS, verb: 'get', namespace };
    const known = answers.get(namespace) ?? isAllowed(connection, reader, { resourceAttributes });
    answers.set(namespace, known);
    return known;
  };
}
