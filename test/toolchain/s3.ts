import type { GoBuild } from './go.ts';
import { S3_MAIN } from './go-mains.ts';
import { versions } from './versions.ts';

/** The bucket that evidence is tested on. */
export const s3Build = {
  ...{ module: 'github.com/rclone/gofakes3', version: versions.s3Server },
  packages: { 's3-server': '.' },
  main: S3_MAIN,
} as const satisfies GoBuild;
