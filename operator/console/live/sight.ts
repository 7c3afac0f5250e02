import type { ExecutorKey } from '../../../crds/names.ts';
import { Refusal } from '../../http/refusal.ts';
import type { People, Person } from '../session/people.ts';

/** What of the cluster a person may see: the rights that kubectl needs for the same. */
export class Sight {
  readonly #people: People;

  constructor(people: People) {
    this.#people = people;
  }

  /** Those of the namespaces whose executors (incidents) this person may list. */
  async namespaces(
    person: Person,
    namespaces: Iterable<string>,
    of: 'executors' | 'incidents' = 'executors',
  ): Promise<ReadonlySet<string>> {
    const may = (where: Partial<ExecutorKey>) =>
      of === 'executors'
        ? this.#people.mayWithExecutors(person, 'list', where)
        : this.#people.mayWithIncidents(person, 'list', where);
    const all = [...new Set(namespaces)];
    if (all.length > 1 && (await may({}))) return new Set(all);
    const answers = await Promise.all(all.map((namespace) => may({ namespace })));
    return new Set(all.filter((_, index) => answers[index]));
  }

  /** Refuses with 403 who may not get this executor. */
  async executor(person: Person, key: ExecutorKey): Promise<void> {
    const { namespace, name } = key;
    if (await this.#people.mayWithExecutors(person, 'get', { namespace, name })) return;
    throw missing(person, 'get tradingexecutors.spark.trading', namespace);
  }

  /** Refuses with 403 who may not get this incident. */
  async incident(person: Person, { namespace, name }: ExecutorKey): Promise<void> {
    if (await this.#people.mayWithIncidents(person, 'get', { namespace, name })) return;
    throw missing(person, 'get tradingincidents.spark.trading', namespace);
  }
}

export const missing = (person: Person, right: string, namespace: string): Refusal =>
  new Refusal(
    403,
    'FORBIDDEN',
    `${person.username} may not ${right} in namespace ${namespace}; ask for a RoleBinding`,
  );

export const absent = ({ namespace, name }: ExecutorKey): Refusal =>
  new Refusal(404, 'NOT_FOUND', `there is no executor ${namespace}/${name}`);
