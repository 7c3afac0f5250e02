import type { EvidenceStore } from '../store.ts';
import { S3Client, type S3Options } from './client.ts';

/** Evidence as objects of a bucket: a path after the place's prefix is a key. */
export function s3Store(options: S3Options): EvidenceStore {
  const client = new S3Client(options);
  const { prefix } = options.place;
  return {
    write: (path, bytes) => client.put(`${prefix}${path}`, bytes),
    read: (path) => client.get(`${prefix}${path}`),
    async list(folder) {
      const parent = `${prefix}${folder}/`;
      const found = await client.list(parent);
      return found.map(({ key, bytes }) => ({ path: key.slice(parent.length), bytes }));
    },
    async remove(path) {
      await client.remove(`${prefix}${path}`);
      for (const { key } of await client.list(`${prefix}${path}/`)) await client.remove(key);
    },
    free: async () => Number.POSITIVE_INFINITY,
    close: () => client.close(),
  };
}
