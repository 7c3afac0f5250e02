import { existsSync } from 'node:fs';
import { attempt, run, which } from '../setup/command.ts';
import type { Progress } from '../setup/steps.ts';

/** Debian release that base images are made of; the same as the published ones. */
export const SUITE = 'bookworm';

/** Makes sure of Debian packages on this machine; says what to install where it may not do so. */
export async function ensurePackages(names: readonly string[], progress: Progress): Promise<void> {
  const missing = [];
  for (const name of names) if (!(await isInstalled(name))) missing.push(name);
  if (missing.length === 0) return;
  const remedy = `Install them and try again: apt-get install ${missing.join(' ')}`;
  if ((await which('apt-get')) === undefined || process.getuid?.() !== 0) {
    throw new Error(`These packages are missing: ${missing.join(', ')}. ${remedy}`);
  }
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  progress('apt-get update');
  await run(['apt-get', 'update', '-qq'], { env });
  progress(`apt-get install ${missing.join(' ')}`);
  const install = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...missing];
  await run(install, { env, onLine: (line) => progress(line) });
}

async function isInstalled(name: string): Promise<boolean> {
  const program = PROGRAMS[name];
  if (program !== undefined && existsSync(program)) return true;
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholder
  const { stdout } = await attempt(['dpkg-query', '-W', '-f', '${db:Status-Status}', name]);
  return stdout === 'installed';
}

/** Packages recognised by a program, so that the same thing from elsewhere counts too. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'docker.io': '/usr/bin/dockerd',
  containerd: '/usr/bin/containerd',
  mmdebstrap: '/usr/bin/mmdebstrap',
};

/** Makes a Debian root file system as a tar file. `extract` has no shell and no package manager. */
export async function rootFileSystem(
  tar: string,
  variant: 'extract' | 'apt' | 'custom',
  packages: readonly string[],
  progress: Progress,
): Promise<void> {
  await ensurePackages(['mmdebstrap', 'debian-archive-keyring'], progress);
  const argv = ['mmdebstrap', '--mode=root', `--variant=${variant}`, '--format=tar'];
  argv.push('--skip=cleanup/reproducible', `--include=${packages.join(',')}`, SUITE, tar);
  await run(argv, { onLine: (line) => progress(line), env: { SOURCE_DATE_EPOCH: '0' } });
}
