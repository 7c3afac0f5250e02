import { type Answer, type Call, call, KubeUnreachable } from '../../crds/kube/call.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import { executorsPath } from '../../crds/kube/paths.ts';
import { EXECUTORS, GROUP } from '../../crds/names.ts';

export interface UninstallCheck {
  readonly connection: KubeConnection;
  /** Where executors may live; undefined: everywhere. */
  readonly namespaces: readonly string[] | undefined;
  /** How the release is called, for the words. */
  readonly release: {
    readonly name: string;
    readonly namespace: string;
    readonly revision: string;
  };
  readonly say: (line: string) => void;
}

interface Listed {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly {
    readonly metadata: {
      readonly namespace: string;
      readonly name: string;
      readonly deletionTimestamp?: string;
    };
  }[];
}

const PAGE = 500;
/** More lines than these nobody reads; the commands delete them all. */
const NAMED_MAX = 20;

type Found =
  | { readonly kind: 'found'; readonly names: readonly string[] }
  | { readonly kind: 'unknown'; readonly why: string };

/**
 * What `helm uninstall` asks before it removes anything: are there executors? True: it may go on. With
 * the operator gone nobody would follow a kill or let a deleted executor go. What cannot be told is no.
 */
export async function uninstallCheck(check: UninstallCheck): Promise<boolean> {
  const { say, release } = check;
  const found = await executors(check).catch((error: unknown) => unknown(error));
  if (found.kind === 'found' && found.names.length === 0) {
    say('there is no TradingExecutor; the operator can go');
    return true;
  }
  for (const line of found.kind === 'found' ? remain(found.names) : cannotTell(found.why))
    say(line);
  for (const line of waysOut(release)) say(line);
  return false;
}

async function executors({ connection, namespaces }: UninstallCheck): Promise<Found> {
  const names: string[] = [];
  for (const namespace of namespaces ?? [undefined]) {
    let page: string | undefined = '';
    while (page !== undefined) {
      const query: Call['query'] = { limit: PAGE, ...(page === '' ? {} : { continue: page }) };
      const path = executorsPath(namespace);
      const answer: Answer<Listed> = await call<Listed>(connection, { method: 'GET', path, query });
      if (!answer.ok && answer.status === 404) break; // without the kind there is none of it
      if (!answer.ok) return { kind: 'unknown', why: `HTTP ${answer.status}: ${answer.message}` };
      names.push(...answer.body.items.map(nameOf));
      page = answer.body.metadata.continue || undefined;
    }
  }
  return { kind: 'found', names };
}

function nameOf({ metadata }: Listed['items'][number]): string {
  const going = metadata.deletionTimestamp === undefined ? '' : ' (being deleted)';
  return `${metadata.namespace}/${metadata.name}${going}`;
}

function unknown(error: unknown): Found {
  if (error instanceof KubeUnreachable) return { kind: 'unknown', why: error.message };
  throw error;
}

function remain(names: readonly string[]): readonly string[] {
  const more = names.length - NAMED_MAX;
  const namespaces = [...new Set(names.map((name) => name.split('/')[0]))];
  return [
    `REFUSED: ${names.length} TradingExecutor${names.length === 1 ? ' is' : 's are'} still there:`,
    ...names.slice(0, NAMED_MAX).map((name) => `  ${name}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    'Delete them first; each stops trading, cancels its orders and then goes:',
    ...namespaces.slice(0, NAMED_MAX).map((name) => `  kubectl delete tex --all -n ${name}`),
  ];
}

const cannotTell = (why: string): readonly string[] => [
  `REFUSED: whether there are TradingExecutors cannot be told: ${why}`,
  `It needs the right to list ${EXECUTORS}.${GROUP} wherever executors may live, and an API server that answers.`,
];

const waysOut = ({ name, namespace, revision }: UninstallCheck['release']): readonly string[] => [
  'To keep the release, which Helm has marked as uninstalling:',
  `  helm rollback ${name} ${revision} -n ${namespace}`,
  'To uninstall all the same, leaving what there is without an operator:',
  `  helm uninstall ${name} -n ${namespace} --no-hooks`,
  'Then nobody follows a kill or takes an alert in, and a deleted executor stays until you run',
  `  kubectl patch tex NAME -n NAMESPACE --type=merge -p '{"metadata":{"finalizers":null}}'`,
];
