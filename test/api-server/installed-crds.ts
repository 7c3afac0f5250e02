import { setTimeout as sleep } from 'node:timers/promises';
import { executorsPath, incidentsPath } from '../../crds/kube/paths.ts';
import { definitions } from '../../crds/schema/definition.ts';
import type { ApiServer } from './api-server.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Creates or replaces the CRDs and waits until the API server serves them. */
export async function installCrds(
  server: ApiServer,
  crds: readonly object[] = Object.values(definitions()),
): Promise<void> {
  for (const crd of crds) {
    const { name } = (crd as { metadata: { name: string } }).metadata;
    const { status, body } = await server.request(
      'PATCH',
      `${CRDS}/${name}?fieldManager=test&force=true`,
      crd,
      { contentType: 'application/apply-patch+yaml' },
    );
    if (status > 201) throw new Error(`the API server refuses ${name}: ${body.message}`);
  }
  for (const path of [executorsPath(), incidentsPath()]) {
    while ((await server.request('GET', path)).status !== 200) await sleep(50);
  }
}
