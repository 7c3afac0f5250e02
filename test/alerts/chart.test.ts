import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { ruleFiles, ruleGroups } from '../../alerts/rules/groups.ts';
import { cardSlo, figures } from '../../alerts/rules/slo.ts';
import { parseConfig } from '../../operator/config.ts';
import { attempt } from '../setup/command.ts';
import {
  chart,
  findHelm,
  type Manifest,
  MONITORING_APIS,
  only,
  refusal,
  rendered,
} from './helm.ts';

const found = await findHelm();
const monitored = { 'monitoring.enabled': true };

/** Made by `helm test` and gone after it; see test/api-server/release-test.test.ts. */
const isOfTest = ({ annotations = {} }: Manifest) => annotations['helm.sh/hook'] === 'test';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}
const rulesOf = (objects: readonly Manifest[]): readonly Rule[] =>
  objects
    .filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role')
    .flatMap(({ rules }) => rules);

/** The AlertmanagerConfig that sends to a receiver. */
const routeTo = (objects: readonly Manifest[], receiver: string): Manifest => {
  const of = objects.filter((one) => one.spec?.route?.receiver === receiver);
  return only(of, 'AlertmanagerConfig').spec;
};

describe.skipIf(found === undefined)('chart', () => {
  const helm = found ?? '';

  it('passes helm lint --strict', async () => {
    const { code, stdout } = await attempt([helm, 'lint', '--strict', chart]);
    expect(code, stdout).toBe(0);
  });

  it('renders by default the very rules of the plain rule files', async () => {
    const objects = await rendered(helm, { values: monitored, apiVersions: MONITORING_APIS });
    const plain = Object.keys(ruleFiles).flatMap((name) => {
      const text = readFileSync(join(chart, `../../alerts/${name}.rules.yaml`), 'utf8');
      return (load(text) as { groups: readonly object[] }).groups;
    });
    expect(only(objects, 'PrometheusRule').spec).toEqual({ groups: plain });
  });

  it('renders the rules that other numbers ask for', async () => {
    const slo = {
      latencySeconds: 0.5,
      latencyWarningShare: 0.07,
      latencyCriticalShare: 0.125,
      nonceErrorsPerSecond: 1,
      rateLimitedPerSecond: 0.2,
      executorDownFor: '90s',
      feedLatencySeconds: 0.5,
      feedSlowShare: 0.02,
      feedStaleSeconds: 60,
      latencySlowShare: 0.025,
      errorShare: 0.0025,
      downShare: 0.005,
      notAckedShare: 0.15,
      clockDriftSeconds: 0.75,
    };
    const objects = await rendered(helm, {
      values: {
        ...monitored,
        slo,
        'monitoring.prometheusRule.evaluationInterval': '5s',
        'monitoring.prometheusRule.runbookBaseUrl': 'https://desk.test/runbooks/',
      },
      apiVersions: MONITORING_APIS,
    });
    const wanted = figures({
      ...slo,
      evaluationInterval: '5s',
      runbookBaseUrl: 'https://desk.test/runbooks',
    });
    expect(only(objects, 'PrometheusRule').spec).toEqual({ groups: ruleGroups(wanted) });
  });

  it('has the release card’s numbers as its default values', () => {
    const values = load(readFileSync(join(chart, 'values.yaml'), 'utf8')) as Manifest;
    const { evaluationInterval, runbookBaseUrl } = values.monitoring.prometheusRule;
    expect({ ...values.slo, evaluationInterval, runbookBaseUrl }).toEqual(cardSlo);
  });

  it('gives no wildcard and no Secret to anybody', async () => {
    for (const rule of rulesOf(await rendered(helm))) {
      const named = [...rule.apiGroups, ...rule.resources, ...rule.verbs];
      expect(named).not.toContain('*');
      expect(rule.resources).not.toContain('secrets');
    }
  });

  it('lets only acknowledger and risk officer acknowledge, in no aggregated role', async () => {
    const objects = await rendered(helm);
    const may = objects.filter((object) =>
      rulesOf([object]).some(({ verbs }) => verbs.includes('acknowledge')),
    );
    expect(may.map(({ metadata }) => metadata.name)).toEqual([
      'trading-incident-acknowledger',
      'trading-console-risk-officer',
    ]);
    const labels = may.flatMap(({ metadata }) => Object.keys(metadata.labels));
    expect(labels.filter((label) => label.includes('aggregate'))).toEqual([]);
  });

  it('with watchNamespaces has no rights outside them but reviews of tokens', async () => {
    const values = { watchNamespaces: ['desk-a', 'desk-b'], 'rbac.userRoles': false };
    const objects = await rendered(helm, { values });
    const clusterWide = rulesOf(objects.filter(({ kind }) => kind === 'ClusterRole'));
    expect(clusterWide.flatMap(({ resources }) => resources)).toEqual([
      'tokenreviews',
      'subjectaccessreviews',
    ]);
    const places = objects
      .filter(({ kind, metadata }) => kind === 'RoleBinding' && !isOfTest(metadata))
      .map(({ metadata }) => metadata.namespace);
    expect([...new Set(places)]).toEqual(['desk-a', 'desk-b', 'trading']);
    expect(only(objects, 'Deployment').spec.template.spec.containers[0].args).toContain(
      '--watch-namespaces=desk-a,desk-b',
    );
  });

  it('runs a pod that the restricted Pod Security level accepts', async () => {
    const { securityContext, containers } = only(await rendered(helm), 'Deployment').spec.template
      .spec;
    expect(securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('starts the operator with flags that it understands', async () => {
    const values = {
      watchNamespaces: ['desk-a'],
      prometheusUrl: 'http://prometheus.monitoring:9090',
      alertmanagerUrl: 'http://alertmanager.monitoring:9093',
    };
    const [container] = only(await rendered(helm, { values }), 'Deployment').spec.template.spec
      .containers;
    const parsed = parseConfig(container.args, { KUBERNETES_SERVICE_HOST: '10.96.0.1' });
    expect(parsed).toMatchObject({
      ok: true,
      config: { namespaces: ['desk-a'], prometheusUrl: values.prometheusUrl },
    });
    const mounts: readonly { mountPath: string }[] = container.volumeMounts;
    const isMounted = (path: string) => mounts.some(({ mountPath }) => path.startsWith(mountPath));
    if (!parsed.ok) return;
    const { evidenceDir, tlsDir, webhookTokenFile, executorTokenFile } = parsed.config;
    for (const path of [evidenceDir, tlsDir, webhookTokenFile, executorTokenFile]) {
      expect(path).toSatisfy(isMounted);
    }
  });

  it('names an image by its digest when there is one', async () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const objects = await rendered(helm, { values: { 'image.digest': digest } });
    const [container] = only(objects, 'Deployment').spec.template.spec.containers;
    expect(container.image).toBe(`trading-executor-operator@${digest}`);
  });

  it('routes rollback alerts at once, with the token and the authority of its own Secrets', async () => {
    const objects = await rendered(helm, { values: monitored, apiVersions: MONITORING_APIS });
    const { route, receivers } = routeTo(objects, 'rollback');
    expect(route).toMatchObject({
      ...{ groupWait: '0s', groupInterval: '10s', repeatInterval: '1m', continue: true },
      groupBy: ['namespace', 'executor'],
    });
    expect(route.matchers).toEqual([
      { name: 'spark_trading_rollback', matchType: '=', value: 'true' },
    ]);
    const [webhook] = receivers[0].webhookConfigs;
    const host = 'desk-trading-executor-operator.trading.svc';
    expect(webhook).toMatchObject({ url: `https://${host}:9443/alertmanager`, sendResolved: true });
    const secrets = objects.filter(({ kind }) => kind === 'Secret');
    const keysOf = (name: string) =>
      Object.keys(secrets.find((one) => one.metadata.name === name)?.data ?? {});
    const { authorization, tlsConfig } = webhook.httpConfig;
    expect(keysOf(authorization.credentials.name)).toContain(authorization.credentials.key);
    expect(keysOf(tlsConfig.ca.secret.name)).toContain(tlsConfig.ca.secret.key);
    expect(tlsConfig.serverName).toBe(host);
  });

  it('routes the watchdog to the operator and to nobody else, every minute, as it routes rollbacks', async () => {
    const objects = await rendered(helm, { values: monitored, apiVersions: MONITORING_APIS });
    const { route, receivers } = routeTo(objects, 'watchdog');
    expect(route).toMatchObject({ groupWait: '0s', repeatInterval: '1m', continue: false });
    expect(route.matchers).toEqual([
      { name: 'spark_trading_watchdog', matchType: '=', value: 'true' },
    ]);
    expect(receivers[0].webhookConfigs).toEqual(
      routeTo(objects, 'rollback').receivers[0].webhookConfigs,
    );
  });

  it('has in the README the same routes for a plain Alertmanager', async () => {
    const objects = await rendered(helm, { values: monitored, apiVersions: MONITORING_APIS });
    const text = readFileSync(join(chart, '../../alerts/README.md'), 'utf8');
    const [, indented = ''] = /needs these routes[^\n]*\n\n((?: {4}.*\n)+)/.exec(text) ?? [];
    const plain = load(indented) as readonly Manifest[];
    const made = ['rollback', 'watchdog'].map((name) => routeTo(objects, name).route);
    expect(plain).toEqual(
      made.map(({ matchers, groupBy, groupWait, groupInterval, repeatInterval, ...rest }) => ({
        receiver: 'trading-executor-operator',
        matchers: matchers.map(
          ({ name, matchType, value }: Manifest) => `${name}${matchType}"${value}"`,
        ),
        group_by: groupBy,
        group_wait: groupWait,
        group_interval: groupInterval,
        repeat_interval: repeatInterval,
        continue: rest.continue,
      })),
    );
  });

  it('says what to do when Prometheus Operator is asked for and not there', async () => {
    expect(await refusal(helm, { values: monitored })).toContain(
      'Install Prometheus Operator first',
    );
  });

  it('refuses a value it does not know', async () => {
    expect(await refusal(helm, { values: { replcas: 2 } })).toContain("'replcas' not allowed");
  });
});
