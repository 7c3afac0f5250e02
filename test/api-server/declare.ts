import { executorPath, executorsPath } from '../../crds/kube/paths.ts';
import { TOKEN_AUDIENCE } from '../../crds/names.ts';
import type { Mode } from '../../crds/trading-executor.ts';
import { childPath } from '../../operator/apply/perform.ts';
import { role, roleBinding, serviceAccount } from '../../operator/desired/access.ts';
import { anExecutor, NAMESPACE } from '../executor/an-executor.ts';
import type { ApiServer } from './api-server.ts';

type Server = Pick<ApiServer, 'request'>;

export interface Declared {
  readonly name: string;
  readonly mode: Mode;
  /** The Secret whose Lease its Role opens. */
  readonly secret?: string;
  readonly spec: NonNullable<Parameters<typeof anExecutor>[1]>;
}

export async function post(server: Server, path: string, body: object) {
  const made = await server.request('POST', path, body);
  if (made.status > 201) throw new Error(`POST ${path}: ${JSON.stringify(made.body)}`);
  return made.body;
}

/** The namespace of `anExecutor`, with the account that trades in it. Returns a trader's token. */
export async function openNamespace(server: Server): Promise<string> {
  await post(server, '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  const accounts = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`;
  await post(server, accounts, { metadata: { name: 'trader' } });
  return accountToken(server, 'trader', [TOKEN_AUDIENCE]);
}

export async function accountToken(
  server: Server,
  account: string,
  audiences?: readonly string[],
): Promise<string> {
  const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${account}/token`;
  const body = {
    ...{ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' },
    spec: { audiences, expirationSeconds: 6 * 3_600 },
  };
  return (await post(server, path, body)).status.token;
}

/** An executor with object, status, account and Role as the operator makes them; its own token. */
export async function declareExecutor(server: Server, declared: Declared): Promise<string> {
  const { name, mode, secret } = declared;
  const { spec, status, ...rest } = anExecutor(mode, declared.spec);
  const made = await post(server, executorsPath(NAMESPACE), { ...rest, metadata: { name }, spec });
  const own = { ...status, rollback: { uid: made.metadata.uid, pending: [], latched: false } };
  const path = executorPath({ namespace: NAMESPACE, name }, 'status');
  const merge = { contentType: 'application/merge-patch+json' };
  const said = await server.request('PATCH', path, { status: own }, merge);
  if (said.status !== 200) throw new Error(`status of ${name}: ${JSON.stringify(said.body)}`);
  const apply = { contentType: 'application/apply-patch+yaml' };
  for (const child of [serviceAccount(made), role(made, secret), roleBinding(made)]) {
    const to = `${childPath(child)}?fieldManager=test&force=true`;
    const applied = await server.request('PATCH', to, child, apply);
    if (applied.status > 201) throw new Error(`${to}: ${JSON.stringify(applied.body)}`);
  }
  return accountToken(server, `${name}-executor`);
}

/** Turns the switch; resolves with the answered object once the API server has accepted it. */
export async function turnKillSwitch(server: Server, name: string, on: boolean) {
  const path = executorPath({ namespace: NAMESPACE, name });
  const merge = { contentType: 'application/merge-patch+json' };
  const patched = await server.request('PATCH', path, { spec: { killSwitch: on } }, merge);
  if (patched.status !== 200) throw new Error(`kill of ${name}: ${JSON.stringify(patched.body)}`);
  return patched.body;
}
