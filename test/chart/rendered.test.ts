import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { dashboard } from '../../alerts/dashboard.ts';
import { latencyRollback } from '../../alerts/rules/place-ack-latency.ts';
import { cardSlo, figures } from '../../alerts/rules/slo.ts';
import { parseConfig } from '../../operator/config.ts';
import { parseEvidenceConfig } from '../../operator/evidence/config.ts';
import { chart, findHelm, MONITORING_APIS, only, refusal, rendered } from '../alerts/helm.ts';

const found = await findHelm();
const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1' };
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

  it('sends alerts to operators and questions about evidence to the evidence server only', async () => {
    const objects = await rendered(helm);
    for (const of of ['operator', 'evidence'] as const) {
      const { selector } = only(objects, 'Service', of).spec;
      const pods = (one: typeof of) =>
        only(objects, 'Deployment', one).spec.template.metadata.labels;
      expect(pods(of)).toMatchObject(selector);
      expect(pods(of === 'operator' ? 'evidence' : 'operator')).not.toMatchObject(selector);
    }
  });

  it('starts the evidence server with flags that it understands, where the operator asks', async () => {
    const values = {
      prometheusUrl: 'http://prometheus.monitoring:9090',
      'evidence.retention.packs': 7,
      'slo.latencySeconds': 0.5,
    };
    const objects = await rendered(helm, { values });
    const [{ args }] = only(objects, 'Deployment', 'evidence').spec.template.spec.containers;
    const host = 'desk-trading-executor-operator-evidence.trading.svc';
    expect(parseEvidenceConfig(args, env)).toMatchObject({
      ok: true,
      config: {
        operatorServiceAccount: 'trading/desk-trading-executor-operator',
        publicUrl: `https://${host}:9443`,
        prometheusUrl: values.prometheusUrl,
        retention: { packs: 7, bytes: 768 * 1_048_576, ms: 8_760 * 3_600_000 },
        sloLatencySeconds: 0.5,
      },
    });
    const [operator] = only(objects, 'Deployment').spec.template.spec.containers;
    expect(parseConfig(operator.args, env)).toMatchObject({
      ok: true,
      config: { evidenceUrl: `https://${host}:9443` },
    });
    const pem = Buffer.from(only(objects, 'Secret', 'evidence').data['tls.crt'], 'base64');
    expect(new X509Certificate(pem).checkHost(host)).toBe(host);
  });

  it.each([
    [1, 0.05, 0.05],
    [0.25, 0.01, 0.2],
  ])('has rules and operator go by the same SLO: %s s, %s, %s', async (seconds, slow, critical) => {
    const slo = {
      latencySeconds: seconds,
      latencySlowShare: slow,
      latencyCriticalShare: critical,
    };
    const budgets = { feedSlowShare: 0.04, errorShare: 0.02, downShare: 0.003 };
    const values = { 'monitoring.enabled': true, slo: { ...slo, ...budgets } };
    const objects = await rendered(helm, { values, apiVersions });
    const [{ args }] = only(objects, 'Deployment').spec.template.spec.containers;
    expect(parseConfig(args, env)).toMatchObject({
      ok: true,
      config: {
        settings: { slo },
        sloBudgets: { placeAck: slow, feedDb: 0.04, errorRate: 0.02, uptime: 0.003 },
      },
    });
    const rules = JSON.stringify(only(objects, 'PrometheusRule').spec);
    const { expr } = latencyRollback(figures({ ...cardSlo, ...slo }));
    expect(rules).toContain(JSON.stringify(expr));
  });

  it('serves the console with a session key that both replicas mount, unless told not to', async () => {
    const objects = await rendered(helm);
    const { template } = only(objects, 'Deployment').spec;
    const [{ args, volumeMounts }] = template.spec.containers;
    const parsed = parseConfig(args, env);
    const file = '/etc/trading-operator/console/keys';
    expect(parsed).toMatchObject({ ok: true, config: { console: 'on', consoleKeyFile: file } });
    expect(volumeMounts).toContainEqual(expect.objectContaining({ name: 'console' }));
    const name = 'desk-trading-executor-operator-console';
    const secret = objects.find((one) => one.kind === 'Secret' && one.metadata.name === name);
    expect(Buffer.from(secret?.data.keys, 'base64').toString()).toMatch(/^[A-Za-z0-9]{48}$/);
    const off = await rendered(helm, { values: { 'console.enabled': false } });
    expect(JSON.stringify(off)).not.toContain('/etc/trading-operator/console');
    expect(off.some((one) => one.metadata.name === name)).toBe(false);
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

  it('tells the operator of executors’ NetworkPolicies in words that it knows, and of none unasked', async () => {
    const values = {
      'networkPolicy.enabled': true,
      'networkPolicy.metricsNamespaces': ['monitoring'],
    };
    const [{ args }] = (await deployment(values)).template.spec.containers;
    const networkPolicy = { metricsNamespaces: ['monitoring'] };
    expect(parseConfig(args, env)).toMatchObject({ config: { settings: { networkPolicy } } });
    const [{ args: plain }] = (await deployment()).template.spec.containers;
    expect(parseConfig(plain, env)).toMatchObject({
      config: { settings: { networkPolicy: undefined } },
    });
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
    [{ 'evidence.storage.type': 's3' }, 's3.bucket is empty: name the bucket'],
    [{ 'evidence.storage': { type: 's3', s3: { bucket: 'desk' } } }, 'name the Secret with access'],
    [{ 'evidence.storage.type': 's3', 'evidence.persistence.enabled': true }, 'needs no volume'],
    [
      { 'evidence.screenshots.enabled': true, 'console.enabled': false },
      'nothing to take pictures',
    ],
    [{ 'evidence.storage.s3.bucket': 'Desk' }, '/evidence/storage/s3/bucket'],
    [{ replicas: 0 }, '/replicas'],
    [{ 'image.digest': 'sha256:abc' }, '/image/digest'],
    [{ 'executorImage.pullSecrets': ['Registry_1'] }, '/executorImage/pullSecrets/0'],
    [{ watchNamespaces: ['desk.a'] }, '/watchNamespaces/0'],
    [{ 'metrics.protect': true }, "'protect' not allowed"],
    [{ 'resources.limits.memory': 'lots' }, '/resources/limits/memory'],
    [
      { 'slo.latencySeconds': 0.3 },
      "/slo/latencySeconds': value must be one of 0.1, 0.25, 0.5, 1, 2.5, 5",
    ],
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
