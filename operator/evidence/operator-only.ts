import type { KubeConnection } from '../../crds/kube/connection.ts';
import { TOKEN_AUDIENCE } from '../../crds/names.ts';
import { bearerOf, readerOf } from '../http/reader.ts';
import { Refusal } from '../http/refusal.ts';

/** The token in an Authorization header when it is the operator's; refuses whoever else asks. */
export type OperatorOnly = (authorization: string | undefined) => Promise<string>;

/** @param account `namespace/name` of the operator; its token is the one it shows to executors */
export function operatorOnly(connection: KubeConnection, account: string): OperatorOnly {
  const [namespace, name] = account.split('/');
  const operator = `system:serviceaccount:${namespace}:${name}`;
  return async (authorization) => {
    const token = bearerOf(authorization);
    const { username } = await readerOf(connection, authorization, TOKEN_AUDIENCE);
    if (username === operator) return token;
    throw new Refusal(403, 'FORBIDDEN', `${username} may not have evidence collected`);
  };
}
