import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, which } from '../setup/command.ts';
import type { Progress } from '../setup/steps.ts';
import { artefact, cached } from './cache.ts';
import { recipes } from './versions.ts';

/** A browser without a desktop around it, and a font that resembles what people's systems draw with. */
const PACKAGES = ['chromium-headless-shell', 'fonts-inter', 'fonts-dejavu-core'];
const INSTALLED = ['chromium', 'chromium-headless-shell', 'google-chrome', 'chromium-browser'];

/**
 * A Chromium that playwright can drive: the one named by TEO_CHROMIUM, an installed one, else Debian's,
 * unpacked into the cache with the libraries that this machine lacks. Nothing is installed.
 */
export async function ensureChromium(progress: Progress): Promise<string> {
  const named = process.env.TEO_CHROMIUM;
  if (named !== undefined && named !== '') return named;
  for (const name of INSTALLED) {
    const found = await which(name);
    if (found !== undefined) return found;
  }
  const folder = cached('chromium', `debian-${recipes.chromium}`);
  await artefact(folder, (temporary) => unpack(temporary, progress));
  return join(folder, 'chromium');
}

async function unpack(folder: string, progress: Progress): Promise<void> {
  if ((await which('apt-get')) === undefined) {
    throw new Error(
      'There is no Chromium here and no apt-get to fetch one with. Install Chromium, or name one: TEO_CHROMIUM=/path/to/chromium',
    );
  }
  const debs = join(folder, 'debs');
  await mkdir(debs, { recursive: true });
  const apt = await ownApt(folder);
  progress('apt-get update, with lists of our own');
  await run(['apt-get', 'update', '-qq', ...apt]);
  progress(`downloading ${PACKAGES.join(', ')} and what they need`);
  await run(
    // what is installed already is not fetched: it is found where it is
    [
      ...['apt-get', 'install', '-y', '-qq', '--no-install-recommends', '--download-only'],
      ...apt,
    ].concat(PACKAGES),
    { env: { DEBIAN_FRONTEND: 'noninteractive' } },
  );
  const files = (await readdir(debs)).filter((name) => name.endsWith('.deb'));
  for (const file of files) {
    progress(`unpacking ${file}`);
    await run(['dpkg-deb', '-x', join(debs, file), join(folder, 'root')]);
  }
  await run(['rm', '-rf', debs, join(folder, 'apt')]);
  await start(folder);
}

/** Options that keep apt's lists and files in our folder, so that no right of root is needed. */
async function ownApt(folder: string): Promise<string[]> {
  const lists = join(folder, 'apt', 'lists');
  await mkdir(join(lists, 'partial'), { recursive: true });
  await mkdir(join(folder, 'debs', 'partial'), { recursive: true });
  return [
    `Dir::State::lists=${lists}`,
    `Dir::Cache=${join(folder, 'apt')}`,
    `Dir::Cache::archives=${join(folder, 'debs')}`,
    'Debug::NoLocking=1',
    ...(process.getuid?.() === 0 ? ['APT::Sandbox::User=root'] : []),
  ].flatMap((option) => ['-o', option]);
}

/** The program to start: finds its libraries and fonts beside itself, wherever the folder lies. */
async function start(folder: string): Promise<void> {
  const fonts = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="cwd">usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
  <alias binding="same"><family>system-ui</family><prefer><family>Inter</family></prefer></alias>
  <alias><family>sans-serif</family><prefer><family>Inter</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
`;
  await writeFile(join(folder, 'root', 'fonts.conf'), fonts);
  const shell = `#!/bin/sh
root="$(dirname "$(readlink -f "$0")")/root"
triplet="$(uname -m)-linux-gnu"
export LD_LIBRARY_PATH="$root/usr/lib/$triplet:$root/lib/$triplet:$root/usr/lib/$triplet/pulseaudio"
export FONTCONFIG_FILE="$root/fonts.conf" LC_ALL=C.UTF-8
cd "$root" || exit 1
exec "$root/usr/lib/chromium/chromium-headless-shell" "$@"
`;
  const temporary = join(folder, 'chromium.partial');
  await writeFile(temporary, shell);
  await chmod(temporary, 0o755);
  await rename(temporary, join(folder, 'chromium'));
  const program = join(folder, 'root', 'usr', 'lib', 'chromium', 'chromium-headless-shell');
  if (existsSync(program)) return;
  const there = (await readdir(join(folder, 'root', 'usr', 'lib', 'chromium'))).join(', ');
  throw new Error(`Debian's package has no ${program}; it has ${there}`);
}
