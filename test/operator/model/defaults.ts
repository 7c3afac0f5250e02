import { isObject, type Json, type JsonObject } from './merge.ts';

/** What the API server fills in, wherever a field of that name is an object or a list of objects. */
const DEFAULTS: Readonly<Record<string, JsonObject>> = {
  containers: {
    ...{ imagePullPolicy: 'IfNotPresent', terminationMessagePath: '/dev/termination-log' },
    terminationMessagePolicy: 'File',
  },
  secret: { defaultMode: 420 },
  configMap: { defaultMode: 420 },
  fieldRef: { apiVersion: 'v1' },
  startupProbe: { successThreshold: 1 },
  livenessProbe: { successThreshold: 1 },
  readinessProbe: { successThreshold: 1 },
  updateStrategy: { rollingUpdate: { partition: 0 } },
  volumeClaimTemplates: {
    ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', status: { phase: 'Pending' } },
  },
};
const POD: JsonObject = { restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', schedulerName: 's' };
const SERVICE: JsonObject = {
  ...{ type: 'ClusterIP', sessionAffinity: 'None', clusterIP: '10.0.0.1' },
  internalTrafficPolicy: 'Cluster',
};
const SPELLING: Readonly<Record<string, string>> = {
  ...{ '0.5': '500m', '1000m': '1', '2000m': '2', '1024Mi': '1Gi', '0.25Gi': '256Mi' },
};

/** The object as the API server keeps it: defaults filled in, quantities spelled its own way. */
export function defaulted(object: JsonObject): JsonObject {
  const filled = filledIn('', object) as JsonObject;
  const { kind, spec } = filled;
  if (!isObject(spec)) return filled;
  if (kind === 'Service') return { ...filled, spec: { ...SERVICE, ...spec } };
  const { template } = spec;
  if (kind !== 'StatefulSet' || !isObject(template)) return filled;
  const pod = isObject(template.spec) ? template.spec : {};
  return { ...filled, spec: { ...spec, template: { ...template, spec: { ...POD, ...pod } } } };
}

function filledIn(field: string, value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map((one) => filledIn(field, one) as Json);
  if (!isObject(value)) return value;
  const isQuantities = field === 'requests' || field === 'limits';
  const inside = Object.entries({ ...DEFAULTS[field], ...value }).map(([name, inner]) => {
    const spelled = isQuantities && typeof inner === 'string' ? SPELLING[inner] : undefined;
    return [name, spelled ?? filledIn(name, inner)];
  });
  return Object.fromEntries(inside);
}
