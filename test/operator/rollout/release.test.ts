import { describe, expect, it } from 'vitest';
import { statefulSet } from '../../../operator/desired/stateful-set.ts';
import { releaseInForce } from '../../../operator/rollout/release.ts';
import { SETTINGS } from '../reconcile/fake-shell.ts';
import { anExecutor } from '../rollback/builders.ts';

const failed = { image: 'executor:1', at: '2026-01-01T00:00:00Z', reason: 'Error', message: 'no' };
const rollout = { lastGood: { image: 'executor:0' }, failed };
const withStatus = (uid: string) => ({
  ...anExecutor(),
  status: { rollback: { uid, pending: [], latched: false }, rollout },
});

describe('the image of the pod', () => {
  it('is the last good one in the place of what failed', () => {
    expect(releaseInForce(withStatus('uid-1'), SETTINGS).image).toBe('executor:0');
    const set = JSON.stringify(statefulSet(withStatus('uid-1'), SETTINGS, undefined));
    expect(set).toContain('"image":"executor:0"');
  });

  it('is what the spec says when the status speaks of another object', () => {
    expect(releaseInForce(withStatus('uid-of-a-backup'), SETTINGS).image).toBe('executor:1');
  });
});
