import type { ControlReport } from '../../crds/control.ts';
import { type ExecutorKey, trustName } from '../../crds/names.ts';
import { mayRun } from '../reconcile/pod.ts';
import type { World } from '../reconcile/world.ts';
import type { ControlClient } from './ask.ts';

/** The control reports of the pods that answer now; none where this replica does not see pods. */
export function reports(world: World, control: ControlClient) {
  return async (key: ExecutorKey): Promise<readonly ControlReport[]> => {
    const trust = { namespace: key.namespace, name: trustName(key.name) };
    const data = world.child('ConfigMap', trust)?.data as Record<string, string> | undefined;
    const asked = world
      .pods(key)
      .filter(mayRun)
      .map((pod) =>
        control.ask({
          key,
          pod: pod.metadata.name,
          podIP: pod.status?.podIP,
          ca: data?.['ca.crt'],
        }),
      );
    return (await Promise.all(asked)).flatMap((said) => ('report' in said ? [said.report] : []));
  };
}
