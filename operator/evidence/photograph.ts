import { type Gathering, keyOf } from './gather.ts';
import { absent } from './shelf.ts';

export interface Pictures {
  /** When the executor's has come, or cannot: the incident's, with all that is on record by then. */
  ofTheEnd(): Promise<void>;
}

/**
 * Begins with the executor's page as it is at this moment. A camera that hangs costs its own time and
 * no more: the second picture is not tried after a first that failed. Without one there are none, and
 * the README says so.
 */
export function photograph({ options: { camera }, shelf, asked }: Gathering): Pictures {
  if (camera === undefined) return { ofTheEnd: async () => undefined };
  const first = shelf.put('executor.png', () => camera('executor', keyOf(asked.incident)));
  return {
    async ofTheEnd() {
      await first;
      const why = shelf.missing.find(({ name }) => name === 'executor.png')?.why;
      const { namespace, name } = asked.incident.metadata;
      await shelf.put('incident.png', () =>
        why === undefined ? camera('incident', { namespace, name }) : absent(why),
      );
    },
  };
}
