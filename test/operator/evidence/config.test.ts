import { describe, expect, it } from 'vitest';
import { parseEvidenceConfig } from '../../../operator/evidence/config.ts';

const parsed = (...flags: readonly string[]) =>
  parseEvidenceConfig(['--operator-service-account=system/operator', ...flags], {
    KUBERNETES_SERVICE_HOST: '10.96.0.1',
  });
const storage = (...flags: readonly string[]) => {
  const result = parsed(...flags);
  return result.ok ? result.config.storage : result.faults;
};
const BUCKET = ['--storage=s3', '--s3-bucket=desk'];

describe('where evidence is kept', () => {
  it('is a volume unless something else is said', () => {
    const evidenceDir = '/var/lib/trading-operator/evidence';
    expect(storage()).toEqual({ type: 'volume', evidenceDir });
  });

  it('is, for a bucket that says no more, AWS and the whole bucket', () => {
    expect(storage(...BUCKET, '--s3-region=eu-central-1')).toEqual({
      type: 's3',
      place: {
        endpoint: 'https://s3.eu-central-1.amazonaws.com',
        ...{ region: 'eu-central-1', bucket: 'desk', prefix: '' },
        ...{ credentialsDir: '/etc/trading-operator/s3', caFile: undefined },
      },
    });
  });

  it.each(['trading/desk', 'trading/desk/'])('is below the prefix %s', (prefix) => {
    expect(storage(...BUCKET, `--s3-prefix=${prefix}`)).toMatchObject({
      place: { prefix: 'trading/desk/' },
    });
  });

  it.each([
    [['--storage=s3'], '--s3-bucket is required with --storage=s3'],
    [['--storage=nfs'], '--storage invalid option'],
    [[...BUCKET, '--s3-bucket=Desk'], '--s3-bucket must be the name of a bucket'],
    [[...BUCKET, '--s3-prefix=/a'], '--s3-prefix must be names with slashes between'],
    [[...BUCKET, '--s3-prefix=a/../b'], '--s3-prefix must be names with slashes between'],
    [[...BUCKET, '--s3-endpoint=minio'], '--s3-endpoint must be a URL'],
    [[...BUCKET, '--s3-region=eu central'], '--s3-region must be a region'],
    [[...BUCKET, '--s3-ca-file=ca.crt'], '--s3-ca-file must be an absolute path'],
  ])('refuses %j', (flags, words) => {
    expect(storage(...flags)).toEqual([expect.stringContaining(words)]);
  });
});
