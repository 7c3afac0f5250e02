import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, loadAll } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { dashboardQueries } from '../../alerts/dashboard.ts';
import { ruleGroups } from '../../alerts/rules/groups.ts';
import { cardSlo, figures } from '../../alerts/rules/slo.ts';
import { readme, values } from '../../charts/generate.ts';
import { RELEASE_ANNOTATION } from '../../crds/generate.ts';
import { definitions } from '../../crds/schema/definition.ts';
import { TradingExecutorSpec } from '../../crds/trading-executor.ts';
import { Metrics } from '../../executor/metrics.ts';
import { operatorMetrics } from '../../operator/metrics.ts';
import { WorkQueue } from '../../operator/queue/work-queue.ts';
import { ManualClock } from '../support/manual-clock.ts';

const root = join(import.meta.dirname, '../..');
const chart = join(root, 'charts/trading-executor-operator');
const text = (path: string): string => readFileSync(join(chart, path), 'utf8');

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean;
}
interface About {
  readonly version: string;
  readonly appVersion: string;
  readonly annotations: Readonly<Record<string, string>>;
}
const about = load(text('Chart.yaml')) as About;
const listed = (name: string) => load(about.annotations[`artifacthub.io/${name}`] ?? '') as never[];

describe('values.schema.json', () => {
  const schema = JSON.parse(text('values.schema.json')) as Schema;

  it('knows every value, and every value it knows is in values.yaml with a default', () => {
    const known = (of: Schema, name: string): readonly string[] =>
      of.properties === undefined || name === 'resources'
        ? [name]
        : Object.entries(of.properties).flatMap(([key, inner]) =>
            known(inner, name === '' ? key : `${name}.${key}`),
          );
    const names = known(schema, '').filter((name) => name !== 'global'); // Helm's own
    expect([...names].sort()).toEqual(
      values()
        .map(({ name }) => name)
        .sort(),
    );
  });

  it('says of every value what it means', () => {
    expect(
      values()
        .filter(({ meaning }) => !meaning)
        .map(({ name }) => name),
    ).toEqual([]);
  });

  it('lets no misspelt value pass, at any depth', () => {
    const lax = (of: Schema, path: string): readonly string[] => [
      ...(of.properties !== undefined && of.additionalProperties !== false ? [path] : []),
      ...Object.entries(of.properties ?? {}).flatMap(([key, inner]) =>
        lax(inner, `${path}/${key}`),
      ),
    ];
    expect(lax(schema, '')).toEqual([]);
  });
});

describe('the chart’s README', () => {
  it('has the table that values.yaml and the schema make', () => {
    expect(text('README.md')).toBe(readme());
  });

  it('explains every check that an annotation turns off', () => {
    const templates = readdirSync(join(chart, 'templates'), { recursive: true, encoding: 'utf8' });
    const off = templates
      .filter((name) => /\.(yaml|tpl)$/.test(name))
      .flatMap((name) => [
        ...text(join('templates', name)).matchAll(/(?:ignore: |\}\},)([a-z,-]{8,})/g),
      ])
      .flatMap(([, names = '']) => names.split(','));
    expect(off).toContain('pod-networkpolicy');
    for (const name of off) expect(text('README.md')).toContain(`\`${name}\``);
  });
});

describe('Chart.yaml', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

  it('is of the project’s version, and so are the CRDs', () => {
    expect([about.version, about.appVersion]).toEqual([version, version]);
    for (const name of ['trading-executor', 'trading-incident']) {
      const crd = load(text(`crds/${name}.yaml`)) as { metadata: { annotations: object } };
      expect(crd.metadata.annotations).toEqual({ [RELEASE_ANNOTATION]: version });
    }
  });

  it('lists the CRDs and images there are, and examples that are valid', () => {
    const names = Object.values(definitions()).map(
      (crd) => (crd as { metadata: { name: string } }).metadata.name,
    );
    expect(listed('crds').map(({ name }: { name: string }) => name)).toEqual(names);
    const examples: readonly { readonly spec: unknown }[] = listed('crdsExamples');
    expect(examples.length).toBeGreaterThan(0);
    for (const { spec } of examples) TradingExecutorSpec.parse(spec);
    const { image, executorImage } = load(text('values.yaml')) as {
      image: { repository: string };
      executorImage: { repository: string };
    };
    expect(listed('images').map(({ image: name }: { image: string }) => name)).toEqual(
      [image, executorImage].map(({ repository }) => `${repository}:${version}`),
    );
  });

  it('begins each CRD as a document of its own, so that helm show crds can be applied', () => {
    const files = ['trading-executor', 'trading-incident'].map((name) => text(`crds/${name}.yaml`));
    expect(loadAll(files.join('')).filter((one) => one !== null)).toHaveLength(files.length);
  });
});

describe('the dashboard', () => {
  it('shows only metrics that an executor or the operator exports', async () => {
    const readings = {
      ...{ driftMs: undefined, controlAgeMs: null, killed: false, mode: 'paper' as const },
      ...{ unknown: 0, open: 0, shut: [], calendarEnd: undefined, watchMissed: 0 },
      ...{ diskFree: undefined, leaseLeftMs: undefined, health: undefined },
      ...{ fingerprint: undefined, secret: undefined },
    };
    const operator = operatorMetrics({
      ...{
        elapsed: () => 0,
        expected: () => [],
        rollouts: () => [],
        queue: () => new WorkQueue({ clock: new ManualClock(), random: () => 0 }),
        kills: () => [],
        watches: () => new Map(),
        isLeader: () => false,
      },
    });
    const registries = [new Metrics(() => readings).registry, operator.registry];
    const known = (await Promise.all(registries.map((one) => one.getMetricsAsJSON()))).flat();
    const names = new Set(known.map(({ name }) => name));
    const recorded = ruleGroups(figures(cardSlo)).flatMap(({ rules }) =>
      rules.flatMap((rule) => ('record' in rule ? [rule.record] : [])),
    );
    const SERIES =
      /\bexecutor:\w+:\w+|\b(?:spark|trading_operator|controller_runtime)_\w+|\bALERTS\b/g;
    const used = dashboardQueries().flatMap((expr) => expr.match(SERIES) ?? []);
    for (const name of [...recorded, 'ALERTS']) names.add(name);
    expect(used.length).toBeGreaterThan(dashboardQueries().length - 1);
    const bare = used.map((name) => name.replace(/_(bucket|count)$/, ''));
    expect(bare.filter((name) => !names.has(name))).toEqual([]);
  });
});
