import { describe, expect, it } from 'vitest';
import { parseEvidenceConfig } from '../../operator/evidence/config.ts';
import { findHelm, type Manifest, only, rendered } from '../alerts/helm.ts';

const found = await findHelm();
const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1' };

describe.skipIf(found === undefined)('the rendered evidence server', () => {
  const helm = found ?? '';

  it('is one, which no other replica of it ever writes beside', async () => {
    const objects = await rendered(helm, { values: { 'evidence.persistence.enabled': true } });
    const { replicas, strategy, template } = only(objects, 'Deployment', 'evidence').spec;
    expect([replicas, strategy]).toEqual([1, { type: 'Recreate' }]);
    const claim = only(objects, 'PersistentVolumeClaim', 'evidence');
    expect(template.spec.volumes).toContainEqual({
      name: 'evidence',
      persistentVolumeClaim: { claimName: claim.metadata.name },
    });
    expect(template.spec.serviceAccountName).toBe(
      only(objects, 'ServiceAccount', 'evidence').metadata.name,
    );
  });

  it('keeps evidence in a bucket without a volume, with keys and authority as files', async () => {
    const s3 = { bucket: 'desk', endpoint: 'https://minio:9000', prefix: 'a/b', region: 'eu-1' };
    const named = { credentialsSecret: 'keys', caConfigMap: 'authority' };
    const values = { 'evidence.storage': { type: 's3', s3: { ...s3, ...named } } };
    const objects = await rendered(helm, { values });
    expect(objects.some(({ kind }) => kind === 'PersistentVolumeClaim')).toBe(false);
    const { volumes, containers } = only(objects, 'Deployment', 'evidence').spec.template.spec;
    const [{ args, volumeMounts }] = containers;
    expect(volumes.map(({ name, emptyDir }: Manifest) => [name, emptyDir])).toEqual(
      ['tls', 's3', 's3-ca'].map((name) => [name, undefined]),
    );
    expect(volumes[1].secret.secretName).toBe('keys');
    expect(volumes[2].configMap.name).toBe('authority');
    const mounts = volumeMounts.map(({ mountPath }: Manifest) => mountPath);
    const credentialsDir = '/etc/trading-operator/s3';
    expect(mounts).toContain(credentialsDir);
    expect(parseEvidenceConfig(args, env)).toMatchObject({
      config: { storage: { type: 's3', place: { ...s3, prefix: 'a/b/', credentialsDir } } },
    });
    expect(mounts).toContain('/etc/trading-operator/s3-ca');
    const rules = (of: readonly Manifest[]) => only(of, 'ClusterRole', 'evidence').rules;
    expect(rules(objects)).toEqual(rules(await rendered(helm)));
  });

  it('takes pictures in a container that has no token, no key and no port', async () => {
    const values = { 'evidence.screenshots.enabled': true };
    const objects = await rendered(helm, { values });
    const { containers } = only(objects, 'Deployment', 'evidence').spec.template.spec;
    const [evidence, camera] = containers;
    const host = 'desk-trading-executor-operator.trading.svc';
    expect(parseEvidenceConfig(evidence.args, env)).toMatchObject({
      ok: true,
      config: { camera: { socket: '/run/camera/socket', console: `https://${host}:9443` } },
    });
    expect(camera.args).toContain(`--console=https://${host}:9443`);
    expect(camera.ports).toBeUndefined();
    expect(camera.securityContext).toEqual(evidence.securityContext);
    const mounted = camera.volumeMounts.map(({ name }: { name: string }) => name);
    expect(mounted.sort()).toEqual(['browser', 'camera', 'no-token']);
    // Kubernetes mounts the pod's token nowhere where something is mounted already.
    const { mountPath } = camera.volumeMounts.find(
      (one: { name: string }) => one.name === 'no-token',
    );
    expect(mountPath).toBe('/var/run/secrets/kubernetes.io/serviceaccount');
    const off = await rendered(helm);
    const rights = (all: readonly Manifest[]) =>
      JSON.stringify(only(all, 'ClusterRole', 'evidence').rules);
    expect([rights(objects).includes('"watch"'), rights(off).includes('"watch"')]).toEqual([
      true,
      false,
    ]);
    expect(only(off, 'Deployment', 'evidence').spec.template.spec.containers).toHaveLength(1);
    expect(JSON.stringify(off)).not.toContain('camera');
  });
});
