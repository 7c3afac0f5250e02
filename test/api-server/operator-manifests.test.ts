import { beforeAll, describe, expect, it } from 'vitest';
import { executorPath } from '../../crds/kube/paths.ts';
import { STOP_FINALIZER } from '../../crds/names.ts';
import { until } from '../operator/support/desk.ts';
import { run } from '../setup/command.ts';
import { binary, ensureBinaries } from '../toolchain/binaries.ts';
import { CHILDREN, child, desk, exists, NS, openOperatorDesk } from './operator-desk.ts';

openOperatorDesk();
beforeAll(() => ensureBinaries(['kubectl'], () => undefined));

/** As people have it in Git: no finalizer in it. */
const manifest = (name: string, orders = 30) => `
apiVersion: spark.trading/v1alpha1
kind: TradingExecutor
metadata: { name: ${name}, namespace: ${NS} }
spec:
  venue: { name: btcturk }
  limits: { maxOrdersPerMinute: ${orders} }
`;
const kubectl = (input: string, ...words: string[]) =>
  run([binary('kubectl'), '--kubeconfig', desk.server.kubeconfigPath, ...words, '-f', '-'], {
    input,
  });
const guarded = (name: string) =>
  until(`${name} has its finalizer`, async () => {
    const { metadata, spec } = await desk.get(NS, name);
    return metadata.finalizers?.includes(STOP_FINALIZER) ? { metadata, spec } : undefined;
  });

/** One declared by `words`, guarded, then declared again with other limits by the same words. */
async function twice(name: string, ...words: string[]) {
  await kubectl(manifest(name), ...words);
  const before = await guarded(name);
  await kubectl(manifest(name, 29), ...words);
  const after = await desk.get(NS, name);
  expect(after.spec.limits.maxOrdersPerMinute).toBe(29);
  return { before: before.metadata, after: after.metadata };
}

describe('a manifest without the finalizer', () => {
  it.each([
    ['kubectl apply', 'applied', ['apply']],
    ['kubectl apply --server-side', 'merged', ['apply', '--server-side']],
    ['a sync by force', 'forced', ['apply', '--server-side', '--force-conflicts']],
  ])('does not take it away by %s', async (_, name, words) => {
    const { before, after } = await twice(name, ...words);
    expect(after.finalizers).toEqual([STOP_FINALIZER]);
    expect(after.uid).toBe(before.uid);
  });

  it('takes it away by kubectl replace, and the operator puts it back', async () => {
    await kubectl(manifest('replaced'), 'create');
    const { metadata } = await guarded('replaced');
    // status is written all the while at first, and replace meets a conflict then
    const replace = () => kubectl(manifest('replaced', 29), 'replace');
    await until('it is replaced', () => replace().catch(() => undefined));
    const again = await guarded('replaced');
    expect(again.spec.limits.maxOrdersPerMinute).toBe(29);
    expect(again.metadata.uid).toBe(metadata.uid);
  });

  it('replaces by force only after the old one was let go', async () => {
    await kubectl(manifest('anew'), 'create');
    const old = await guarded('anew');
    await kubectl(manifest('anew', 29), 'replace', '--force', '--timeout=30s');
    const fresh = await guarded('anew');
    expect(fresh.metadata.uid).not.toBe(old.metadata.uid);
    expect(fresh.metadata.deletionTimestamp).toBeUndefined();
  });
});

describe('a manifest with a finalizer of somebody else', () => {
  it('keeps that one, and is let go of ours alone', async () => {
    const name = 'shared';
    const theirs = `finalizers: [example.com/theirs]`;
    await kubectl(manifest(name).replace('metadata: {', `metadata: { ${theirs},`), 'create');
    const { metadata } = await guarded(name);
    expect(metadata.finalizers).toEqual(['example.com/theirs', STOP_FINALIZER]);
    await exists(child(name, CHILDREN[5]));
    await desk.server.request('DELETE', executorPath({ namespace: NS, name }));
    await until('only theirs is left', async () => {
      const now = await desk.get(NS, name);
      return now.metadata.finalizers?.join() === 'example.com/theirs';
    });
    await desk.patch(NS, name, { metadata: { finalizers: null } });
  });
});
