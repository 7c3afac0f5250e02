import { isPackName } from '../folder.ts';
import { MANIFEST } from '../manifest.ts';
import type { PackStore } from '../store.ts';
import { S3Client, type S3Options } from './client.ts';

/** Packs as objects `PREFIXincidents/PACK/FILE` of a bucket. */
export function s3Store(options: S3Options): PackStore {
  const client = new S3Client(options);
  const parent = `${options.place.prefix}incidents/`;
  return {
    open: (pack) => ({
      write: (name, bytes) => client.put(`${parent}${pack}/${name}`, bytes),
      read: (name) => client.get(`${parent}${pack}/${name}`),
    }),
    async list() {
      const packs = new Map<string, number>();
      for (const { key, bytes } of await client.list(parent)) {
        const [pack = '', file] = key.slice(parent.length).split('/');
        if (file !== undefined && isPackName(pack)) packs.set(pack, (packs.get(pack) ?? 0) + bytes);
      }
      const held = [...packs].map(([name, bytes]) => ({ name, bytes }));
      return held.sort((a, b) => (a.name < b.name ? 1 : -1));
    },
    async remove(pack) {
      await client.remove(`${parent}${pack}/${MANIFEST}`);
      for (const { key } of await client.list(`${parent}${pack}/`)) await client.remove(key);
    },
    free: async () => Number.POSITIVE_INFINITY,
    close: () => client.close(),
  };
}
