import { describe, expect, it } from 'vitest';
import { KubeUnreachable } from '../../../crds/kube/call.ts';
import { REMEDY_REASONS, remedyOf, remedyOfThrown } from '../../../operator/apply/remedy.ts';
import { ApiRefused, type Refusal } from '../../../operator/cluster.ts';

const refusal = (status: number, message: string, more: Partial<Refusal> = {}): Refusal => ({
  ...{ ok: false, status, reason: '', message },
  ...more,
});

/** Messages as an API server of 1.34 writes them. */
const ROLES = 'roles.rbac.authorization.k8s.io "a" is forbidden: User "system:serviceaccount:s:o"';
const CASES: readonly [string, number, string, 'retry' | 'wait' | 'stalled', string][] = [
  ['somebody else wrote', 409, 'the object has been modified', 'retry', 'Conflict'],
  ['it is too much at once', 429, 'too many requests', 'retry', 'TooManyRequests'],
  ['the token was rotated', 401, 'Unauthorized', 'retry', 'Unauthorized'],
  ['it broke', 500, 'etcdserver: request timed out', 'retry', 'ApiServerError'],
  ['it is away', 503, 'service unavailable', 'retry', 'ApiServerError'],
  ['it timed out', 504, 'Timeout: request did not complete', 'retry', 'ApiServerError'],
  [
    ...(['a webhook is away', 500] as const),
    'Internal error occurred: failed calling webhook "x": connection refused',
    ...(['wait', 'WebhookUnavailable'] as const),
  ],
  [
    ...(['a right is missing', 403] as const),
    `${ROLES} cannot patch resource "roles" in API group "rbac.authorization.k8s.io" in the namespace "d"`,
    ...(['wait', 'NotPermitted'] as const),
  ],
  [
    ...(['it may not grant what it has not', 403] as const),
    `roles.rbac.authorization.k8s.io "a" is forbidden: user "o" is attempting to grant RBAC permissions not currently held`,
    ...(['wait', 'NotPermitted'] as const),
  ],
  [
    ...(['the quota is used up', 403] as const),
    'statefulsets.apps "a" is forbidden: exceeded quota: q, requested: count/statefulsets.apps=1, used: 1, limited: 1',
    ...(['wait', 'QuotaExceeded'] as const),
  ],
  [
    ...(['the namespace is going', 403] as const),
    'services "a" is forbidden: unable to create new content in namespace d because it is being terminated',
    ...(['wait', 'NamespaceTerminating'] as const),
  ],
  [
    ...(['a policy says no', 403] as const),
    'services "a" is forbidden: ValidatingAdmissionPolicy "p" denied request: no',
    ...(['stalled', 'AdmissionDenied'] as const),
  ],
  ['the namespace is gone', 404, 'namespaces "d" not found', 'wait', 'NamespaceMissing'],
  [
    ...(['the kind is gone', 404] as const),
    'the server could not find the requested resource',
    ...(['wait', 'ApiMissing'] as const),
  ],
  ['it is invalid', 422, 'Service "a" is invalid: spec.ports: required', 'stalled', 'Invalid'],
  ['it is malformed', 400, 'strict decoding error: unknown field', 'stalled', 'Invalid'],
];

describe('what helps against a refusal', () => {
  it.each(CASES)('%s: HTTP %i %s is %s, %s', (_, status, message, kind, reason) => {
    const found = remedyOf('apply Role a', refusal(status, message));
    expect(found).toMatchObject({ kind, reason });
    expect(found.message).toContain(`apply Role a: `);
    expect(found.message).toContain(message);
    expect(REMEDY_REASONS).toContain(reason);
    if (kind !== 'retry') expect(found.afterMs).toBeGreaterThanOrEqual(30_000);
  });

  it('that has a date is not tried before it', () => {
    for (const status of [429, 503]) {
      const answer = refusal(status, 'later', { retryAfterMs: 7_000 });
      expect(remedyOf('apply Role a', answer)).toMatchObject({ kind: 'retry', afterMs: 7_000 });
    }
  });

  it('is told with what to do about it', () => {
    const told = (message: string) => remedyOf('apply Role a', refusal(403, message)).message;
    expect(told('exceeded quota: q')).toContain('raise the ResourceQuota');
    expect(told(`${ROLES} cannot patch resource "roles"`)).toContain('the rules of its chart');
  });

  it('is the same when it was thrown, and no answer is tried again', () => {
    const thrown = new ApiRefused('status of d/a', refusal(409, 'modified'));
    expect(remedyOfThrown(thrown)).toMatchObject({ kind: 'retry', reason: 'Conflict' });
    const silent = new KubeUnreachable('no answer within 10000 ms');
    expect(remedyOfThrown(silent)).toMatchObject({ kind: 'retry', reason: 'ApiServerUnreachable' });
    const defect = remedyOfThrown(new TypeError('x is undefined'));
    expect(defect).toMatchObject({ kind: 'retry', reason: 'Unexpected' });
    expect(defect.message).toContain('remedy.test.ts'); // where
  });
});
