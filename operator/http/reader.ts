import { call } from '../../crds/kube/call.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import { Refusal } from './refusal.ts';

/** Who shows a Kubernetes token, as the API server knows them. */
export interface Reader {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What a reader wants to do: with an object, or with a path that is none. */
export type Wish =
  | { readonly resourceAttributes: Readonly<Record<string, string>> }
  | { readonly nonResourceAttributes: { readonly verb: string; readonly path: string } };

const ASK_MS_MAX = 5_000;

/** The token in an Authorization header. Refuses with 401 when there is none. */
export function bearerOf(authorization: string | undefined): string {
  const [, token] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
  if (token === undefined) throw new Refusal(401, 'UNAUTHORIZED', HINT);
  return token;
}

const HINT =
  'send a Kubernetes token: Authorization: Bearer $(kubectl create token SERVICEACCOUNT)';

/**
 * The reader behind an Authorization header, by TokenReview. Refuses with 401 when there is none.
 * `audience`: whom the token was made for; the API server itself unless named.
 */
export async function readerOf(
  connection: KubeConnection,
  authorization: string | undefined,
  audience?: string,
): Promise<Reader> {
  interface Review {
    readonly status?: {
      readonly authenticated?: boolean;
      readonly user?: Reader;
      readonly audiences?: readonly string[];
    };
  }
  const { status } = await asked<Review>(
    connection,
    '/apis/authentication.k8s.io/v1/tokenreviews',
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: {
        token: bearerOf(authorization),
        ...(audience !== undefined && { audiences: [audience] }),
      },
    },
  );
  // An API server that knows no audiences answers without them: such an answer proves nothing.
  const isMeant = audience === undefined || status?.audiences?.includes(audience) === true;
  if (status?.authenticated !== true || status.user === undefined || !isMeant) {
    throw new Refusal(401, 'UNAUTHORIZED', `the token is not valid; ${HINT}`);
  }
  return status.user;
}

/** Whether the cluster's rules let a reader do this, by SubjectAccessReview. */
export async function isAllowed(
  connection: KubeConnection,
  reader: Reader,
  wish: Wish,
): Promise<boolean> {
  const { username: user, ...rest } = reader;
  const { status } = await asked<{ status?: { allowed?: boolean } }>(
    connection,
    '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user, ...rest, ...wish },
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
