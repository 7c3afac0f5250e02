import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cardSlo } from '../../../alerts/rules/slo.ts';
import { CALENDAR_FILE } from '../../../crds/names.ts';
import { statefulSet } from '../../../operator/desired/stateful-set.ts';
import { anExecutor } from '../../executor/an-executor.ts';

const settings = {
  executorImage: 'executor:1',
  operatorServiceAccount: 'system/operator',
  slo: cardSlo,
};

function pod(venue: Record<string, unknown>) {
  const made = statefulSet(anExecutor('paper', { venue, whitelist: [] }), settings, undefined);
  // biome-ignore lint/suspicious/noExplicitAny: an object of the API as it would be applied
  return (made as any).spec.template;
}

describe('the pod of a BIST executor', () => {
  it('has the calendar of its ConfigMap where the executor reads it, and starts without it', () => {
    const { spec } = pod({ name: 'bist', calendarConfigMapRef: { name: 'days' } });
    const volume = { name: 'calendar', configMap: { name: 'days', optional: true } };
    expect(spec.volumes).toContainEqual(volume);
    const mountPath = dirname(CALENDAR_FILE);
    const mount = { name: 'calendar', mountPath, readOnly: true };
    expect(spec.containers[0].volumeMounts).toContainEqual(mount);
  });

  it('has none of it when nothing is declared, and is then what it was before', () => {
    const text = JSON.stringify(pod({ name: 'bist' }));
    expect(text).not.toContain('"calendar"');
  });

  it('is rolled when its calendar is another one', () => {
    const digest = (venue: object) =>
      pod({ name: 'bist', ...venue }).metadata.annotations['spark.trading/rolled-by'];
    const file = { calendarUrl: 'file:///days.json' };
    expect(digest(file)).not.toBe(digest({}));
  });
});

it('a pod pulls its image with the Secrets that the operator was told', () => {
  const spec = (executorPullSecrets: readonly string[]) => {
    const made = statefulSet(anExecutor(), { ...settings, executorPullSecrets }, undefined);
    return (made as unknown as { spec: { template: { spec: object } } }).spec.template.spec;
  };
  expect(spec(['registry'])).toMatchObject({ imagePullSecrets: [{ name: 'registry' }] });
  expect(spec([])).not.toHaveProperty('imagePullSecrets');
});

it('a pod is not rolled for what it reads as it runs: how long orders are kept', () => {
  const of = (store: object) =>
    JSON.stringify(statefulSet(anExecutor('paper', { store }), settings, undefined).spec);
  expect(of({ keepFor: '168h' })).toBe(of({}));
  expect(of({ type: 'postgres', secretRef: { name: 'a' } })).not.toBe(of({}));
});
