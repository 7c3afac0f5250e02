/**
 * `npm run evidence`: takes the pack of a release from the running system behind $KUBECONFIG.
 * `npm run evidence -- --verify DIR`: compares a pack, of an incident or a release, with its hashes.
 */
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { collectRelease } from './release/collect.ts';
import { GOALS, verdict } from './release/readme.ts';
import { verify } from './verify.ts';

const OPTIONS = {
  verify: { type: 'string' },
  tag: { type: 'string', default: 'v1.2-ramp' },
  namespace: { type: 'string' },
  prometheus: { type: 'string', default: 'monitoring/prometheus-operated:9090' },
} as const;
const USE = `npm run evidence -- [--tag TAG] [--namespace NAMESPACE] [--prometheus NAMESPACE/SERVICE:PORT]
npm run evidence -- --verify DIR`;

const releases = join(import.meta.dirname, 'releases');

function told(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (cause) {
    throw new Error(`${cause instanceof Error ? cause.message : cause}\n${USE}`, { cause });
  }
}

async function verified(folder: string): Promise<number> {
  const { files, missing, faults } = await verify(folder);
  for (const { name, why } of missing) console.log(`was not there at the time: ${name}: ${why}`);
  for (const fault of faults) console.error(`CHANGED  ${fault}`);
  if (faults.length > 0) return 1;
  console.log(`${folder}: ${files} files as they were written`);
  return 0;
}

async function main(args: readonly string[]): Promise<number> {
  const { verify: folder, tag, namespace, prometheus } = told(args);
  if (folder !== undefined) return verified(folder);
  if (!/^[A-Za-z0-9][\w.-]*$/.test(tag)) throw new Error(`--tag ${tag} is no release tag\n${USE}`);
  const at = new Date().toISOString();
  const pack = await collectRelease({ tag, namespace, prometheus, releases, at });
  for (const facts of pack.executors) {
    const { passed, failed } = facts.smoke;
    console.log(`${facts.namespace}/${facts.executor}: smoke ${passed} passed, ${failed} failed`);
    for (const goal of GOALS) {
      console.log(`  ${goal.name} ${goal.words}: ${verdict(goal, facts).replaceAll('*', '')}`);
    }
  }
  for (const { name, why } of pack.missing) console.log(`missing: ${name}: ${why}`);
  console.log(`written: ${relative(process.cwd(), pack.folder)}`);
  return pack.executors.every(({ smoke }) => smoke.failed === 0) ? 0 : 1;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  },
);
