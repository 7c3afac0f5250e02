import { call } from '../../crds/kube/call.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import { GROUP, INCIDENTS } from '../../crds/names.ts';
import { Refusal } from '../http/refusal.ts';

/** Who shows a Kubernetes token, as the API server knows them. */
export interface Reader {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** May this reader see the incidents of a namespace? The same right that `kubectl get tin` needs. */
export type Access = (reader: Reader, namespace: string) => Promise<boolean>;

const ASK_MS_MAX = 5_000;

/** The reader behind an Authorization header. Refuses with 401 when there is none. */
export async function readerOf(
  connection: KubeConnection,
  authorization: string | undefined,
): Promise<Reader> {
  const [, token] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
  const hint = 'send a Kubernetes token: Authorization: Bearer $(kubectl create token NAME)';
  if (token === undefined) throw new Refusal(401, 'UNAUTHORIZED', hint);
  interface Review {
    readonly status?: { readonly authenticated?: boolean; readonly user?: Reader };
  }
  const { status } = await asked<Review>(
    connection,
    '/apis/authentication.k8s.io/v1/tokenreviews',
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } },
  );
  if (status?.authenticated !== true || status.user === undefined) {
    throw new Refusal(401, 'UNAUTHORIZED', `the token is not valid; ${hint}`);
  }
  return status.user;
}

/** Asks the API server once per namespace and request. */
export function accessBy(connection: KubeConnection): Access {
  const answers = new Map<string, Promise<boolean>>();
  return (reader, namespace) => {
    const known = answers.get(namespace) ?? review(connection, reader, namespace);
    answers.set(namespace, known);
    return known;
  };
}

async function review(connection: KubeConnection, reader: Reader, namespace: string) {
  const { username: user, ...rest } = reader;
  const resourceAttributes = { group: GROUP, resource: INCIDENTS, verb: 'get', namespace };
  const { status } = await asked<{ status?: { allowed?: boolean } }>(
    connection,
    '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user, ...rest, resourceAttributes },
    },
  );
  return status?.allowed === true;
}

async function asked<T>(connection: KubeConnection, path: string, body: object): Promise<T> {
  const answer = await call<T>(connection, { method: 'POST', path, body, timeoutMs: ASK_MS_MAX });
  if (answer.ok) return answer.body;
  const why = `the API server did not judge the token: HTTP ${answer.status} ${answer.message}`;
  throw new Refusal(503, 'UNAVAILABLE', why);
}
