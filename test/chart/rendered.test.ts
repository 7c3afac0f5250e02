import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { dashboard } from '../../alerts/dashboard.ts';
import { parseConfig } from '../../operator/config.ts';
import { chart, findHelm, MONITORING_APIS, only, refusal, rendered } from '../alerts/helm.ts';

const found = await findHelm();
const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1' };
const VOLUME = { 'evidence.persistence.enabled': true };
const apiVersions = MONITORING_APIS;

describe.skipIf(found === undefined)('the rendered chart', () => {
  const helm = found ?? '';
  const deployment = async (values: Readonly<Record<string, unknown>> = {}) =>
    only(await rendered(helm, { values }), 'Deployment').spec;

  it('has two operators that are apart, and never fewer of them in an upgrade', async () => {
    const { replicas, strategy, template } = await deployment();
    expect([replicas, strategy.rollingUpdate]).toEqual([2, { maxSurge: 1, maxUnavailable: 0 }]);
    expect(Object.keys(template.spec.affinity)).toEqual(['podAntiAffinity']);
  });

  it('keeps those together that share a volume of one node', async () => {
    const { strategy, template } = await deployment(VOLUME);
    expect(strategy.type).toBe('RollingUpdate');
    const [{ labelSelector }] =
      template.spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution;
    // not with pods from before there was a volume, which are on any node
    expect(template.metadata.labels).toMatchObject(labelSelector.matchLabels);
    const before = (await deployment()).template.metadata.labels;
    expect(before).not.toMatchObject(labelSelector.matchLabels);
  });

  it('lets them be apart on a volume of many nodes', async () => {
    const values = { ...VOLUME, 'evidence.persistence.accessMode': 'ReadWriteMany' };
    expect(Object.keys((await deployment(values)).template.spec.affinity)).toEqual([
      'podAntiAffinity',
    ]);
    const claim = only(await rendered(helm, { values }), 'PersistentVolumeClaim');
    expect(claim.spec.accessModes).toEqual(['ReadWriteMany']);
  });

  it('stops the old operators first where an affinity of somebody else decides', async () => {
    const affinity = { nodeAffinity: {} };
    expect((await deployment({ ...VOLUME, affinity })).strategy).toEqual({ type: 'Recreate' });
    expect((await deployment({ affinity })).strategy.type).toBe('RollingUpdate');
  });

  it('tells the operator of protected metrics and pull secrets in words that it knows', async () => {
    const values = { 'metrics.protected': true, 'executorImage.pullSecrets': ['a', 'b'] };
    const [{ args }] = (await deployment(values)).template.spec.containers;
    expect(parseConfig(args, env)).toMatchObject({
      ok: true,
      config: { metrics: 'protected', settings: { executorPullSecrets: ['a', 'b'] } },
    });
    const [{ args: plain }] = (await deployment()).template.spec.containers;
    expect(parseConfig(plain, env)).toMatchObject({ ok: true, config: { metrics: 'open' } });
  });

  it('scrapes protected metrics over TLS, with the token of Prometheus', async () => {
    const values = { 'metrics.protected': true, 'monitoring.enabled': true };
    const objects = await rendered(helm, { values, apiVersions });
    const [endpoint] = only(objects, 'ServiceMonitor').spec.endpoints;
    const host = 'desk-trading-executor-operator.trading.svc';
    expect(endpoint).toMatchObject({ port: 'https', scheme: 'https', path: '/metrics' });
    expect(endpoint.tlsConfig.serverName).toBe(host);
    const [plain] = only(
      await rendered(helm, { values: { 'monitoring.enabled': true }, apiVersions }),
      'ServiceMonitor',
    ).spec.endpoints;
    expect(plain).toMatchObject({ port: 'metrics', path: '/metrics', honorLabels: true });
    expect(plain.bearerTokenFile).toBeUndefined();
  });

  it('pulls every image of its own with the Secrets and the digest that were named', async () => {
    const digest = `sha256:${'b'.repeat(64)}`;
    const imagePullSecrets = [{ name: 'registry' }];
    const values = { imagePullSecrets, 'image.digest': digest, 'image.tag': 'v9' };
    const objects = await rendered(helm, { values });
    for (const spec of [
      only(objects, 'Deployment').spec.template.spec,
      only(objects, 'Pod').spec,
    ]) {
      expect(spec.imagePullSecrets).toEqual(imagePullSecrets);
      expect(spec.containers[0].image).toBe(`trading-executor-operator@${digest}`);
    }
    const executorImage = (await deployment({ 'executorImage.digest': digest })).template.spec
      .containers[0].args[0];
    expect(executorImage).toBe(`--executor-image=trading-executor@${digest}`);
  });

  it('tests itself where executors may live, under a name that an executor may have', async () => {
    const values = { watchNamespaces: ['desk-a', 'desk-b'] };
    const { args, command } = only(await rendered(helm, { values }), 'Pod').spec.containers[0];
    expect(command).toEqual(['/nodejs/bin/node', '/app/release-test.mjs']);
    expect(args).toContain('--namespace=desk-a');
    expect(args).toContain('--name=test-desk');
    const own = { watchNamespaces: ['desk-a', 'trading'] };
    const pod = only(await rendered(helm, { values: own }), 'Pod');
    expect(pod.spec.containers[0].args).toContain('--namespace=trading');
  });

  it('has the dashboard that the sources make, braces and all, when asked for', async () => {
    const objects = await rendered(helm, { values: { 'dashboard.enabled': true } });
    const { metadata, data } = only(objects, 'ConfigMap');
    expect(metadata.labels).toMatchObject({ grafana_dashboard: '1' });
    expect(JSON.parse(data['trading-executor.json'])).toEqual(dashboard());
    expect((await rendered(helm)).some(({ kind }) => kind === 'ConfigMap')).toBe(false);
  });

  it.each([
    [{ 'serviceAccount.create': false }, 'name the account'],
    [{ 'evidence.persistence.existingClaim': 'mine' }, 'set it to true, or leave the claim out'],
    [{ replicas: 0 }, '/replicas'],
    [{ 'image.digest': 'sha256:abc' }, '/image/digest'],
    [{ 'executorImage.pullSecrets': ['Registry_1'] }, '/executorImage/pullSecrets/0'],
    [{ watchNamespaces: ['desk.a'] }, '/watchNamespaces/0'],
    [{ 'metrics.protect': true }, "'protect' not allowed"],
    [{ 'resources.limits.memory': 'lots' }, '/resources/limits/memory'],
    [{ 'slo.latencySeconds': 0.3 }, '/slo/latencySeconds'],
  ])('refuses %j and names what is wrong', async (values, words) => {
    expect(await refusal(helm, { values })).toContain(words);
  });

  it('runs on the Kubernetes that it says, and on no older one', async () => {
    const { kubeVersion } = load(readFileSync(join(chart, 'Chart.yaml'), 'utf8')) as {
      kubeVersion: string;
    };
    expect(kubeVersion).toBe('>=1.30.0-0');
  });
});
