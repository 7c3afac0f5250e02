import { readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { REDACTED, redact } from '../redact.ts';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string;
}

/**
 * The files of a mounted Secret. All of one version: the kubelet renews a Secret by turning one link
 * to a new folder, so that folder is looked up once. Throws when one is absent or has a line in it.
 */
export async function readCredentials(folder: string): Promise<S3Credentials> {
  const version = dirname(await realpath(join(folder, 'accessKeyId')));
  const read = async (name: string) => {
    const value = (await readFile(join(version, name), 'utf8')).trim();
    if (/^[\x21-\x7e]+$/.test(value)) return value;
    throw new Error(`${join(folder, name)} must hold one word of ASCII; write the Secret anew`);
  };
  const [accessKeyId, secretAccessKey, sessionToken] = await Promise.all([
    read('accessKeyId'),
    read('secretAccessKey'),
    read('sessionToken').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    }),
  ]);
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

/** A text without them, however it came by them. */
export function without(credentials: S3Credentials, text: string): string {
  const secrets = Object.values(credentials) as readonly string[];
  return redact(secrets.reduce((clean, one) => clean.replaceAll(one, REDACTED), text)).text;
}
