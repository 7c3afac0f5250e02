import { Gauge, type Registry } from 'prom-client';

export interface MountedKey {
  /** Of the mounted key; undefined without one. */
  readonly fingerprint: string | undefined;
  /** The Secret it is from; undefined outside Kubernetes. */
  readonly secret: string | undefined;
}

/** Which key is mounted, so that an alert can see one key in two Secrets. */
export function registerCredential(registry: Registry, mounted: () => MountedKey): void {
  new Gauge({
    name: 'spark_credential_info',
    help: '1 for the mounted key, by a digest of it: two that are alike are one key.',
    // not `secret`: evidence takes out the value of whatever is called so
    labelNames: ['fingerprint', 'secret_name'],
    registers: [registry],
    collect() {
      const { fingerprint, secret } = mounted();
      this.reset(); // a rotated key is another one
      this.set({ fingerprint: fingerprint ?? '', secret_name: secret ?? '' }, fingerprint ? 1 : 0);
    },
  });
}
