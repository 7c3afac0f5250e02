import { describe, expect, it } from 'vitest';
import { holds } from '../../../operator/apply/holds.ts';

const LABELS = { app: 'executor' };
const wanted = {
  kind: 'Anything',
  metadata: { labels: LABELS },
  spec: {
    selector: LABELS,
    containers: [{ name: 'executor', env: [{ name: 'A', value: '' }], args: ['one'] }],
    limits: { cpu: '2000m' },
    hostNetwork: false,
  },
  subjects: [{ kind: 'ServiceAccount', name: 'own' }],
};
const spec = (more: object) => ({ ...wanted, spec: { ...wanted.spec, ...more } });
const [container] = wanted.spec.containers;

describe('an object holds what is wanted of it', () => {
  it.each<[string, object]>([
    ['somebody added a label', { ...wanted, metadata: { labels: { ...LABELS, theirs: 'yes' } } }],
    ['somebody added a container', spec({ containers: [{ name: 'theirs' }, container] })],
    [
      'somebody added a variable',
      spec({ containers: [{ ...container, env: [...(container?.env ?? []), { name: 'B' }] }] }),
    ],
    ['the API server filled in a default', spec({ dnsPolicy: 'ClusterFirst' })],
    ['the API server left out what is zero', spec({ hostNetwork: undefined })],
    ['a quantity is written another way', spec({ limits: { cpu: '2' } })],
  ])('though %s', (_, live) => {
    expect(holds(live, wanted)).toBe(true);
  });

  // Each of these changes what the whole means: a Service that selects nothing, a Role for two.
  it.each<[string, object]>([
    ['a selector has got one label more', spec({ selector: { ...LABELS, theirs: 'yes' } })],
    ['there is one subject more', { ...wanted, subjects: [...wanted.subjects, { name: 'b' }] }],
    ['there is one argument more', spec({ containers: [{ ...container, args: ['one', 'two'] }] })],
    ['a container is gone', spec({ containers: [] })],
    ['a flag was set', spec({ hostNetwork: true })],
    ['a label has another value', { ...wanted, metadata: { labels: { app: 'other' } } }],
    ['a limit is another', spec({ limits: { cpu: '3' } })],
  ])('but not when %s', (_, live) => {
    expect(holds(live, wanted)).toBe(false);
  });
});
