import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { attempt, run } from '../setup/command.ts';
import type { Progress } from '../setup/steps.ts';
import { cached } from '../toolchain/cache.ts';
import { ensurePackages } from '../toolchain/debian.ts';
import { type Docker, dockerAt } from './docker.ts';

/** The network namespace and the daemon in it. Nothing inside has a way out of this machine. */
export const NAMESPACE = 'trading-executor';
const NAMESPACE_PATH = `/run/netns/${NAMESPACE}`;
const RUN = `/run/${NAMESPACE}`;
export const SOCKET = `${RUN}/docker.sock`;
const PID_FILE = `${RUN}/docker.pid`;
const CONTAINERD_PID_FILE = `${RUN}/exec/containerd/containerd.pid`;

const START_MS_MAX = 40_000;
const STOP_MS_MAX = 20_000;
const POLL_MS = 100;
const CAP_SYS_RESOURCE = 24n;

/** Prefix for a process that must live in the namespace. Not `ip netns exec`: it hides the cgroups. */
export function inNamespace(argv: readonly string[]): string[] {
  return ['nsenter', `--net=${NAMESPACE_PATH}`, ...argv];
}

export const privateDocker: Docker = dockerAt(`unix://${SOCKET}`);

/** Makes sure of the namespace and of a daemon in it that answers, whatever state was left behind. */
export async function startPrivateDocker(progress: Progress): Promise<Docker> {
  if (process.getuid?.() !== 0) {
    throw new Error(
      'A node image built from packages needs root (network namespace, dockerd). ' +
        'Run as root, or start Docker with access to a registry, or set KUBECONFIG to a test cluster.',
    );
  }
  if (await answers()) return privateDocker;
  await ensurePackages(['docker.io', 'containerd', 'iproute2', 'iptables'], progress);
  await makeNamespace();
  await clearLeftovers();
  progress('starting dockerd in its network namespace');
  startDaemon();
  const deadline = performance.now() + START_MS_MAX;
  while (performance.now() < deadline) {
    if (await answers()) return privateDocker;
    await sleep(POLL_MS);
  }
  const log = readFileSync(logPath(), 'utf8').trim().split('\n').slice(-15).join('\n');
  throw new Error(
    `dockerd has not answered on ${SOCKET} within ${START_MS_MAX / 1_000} s:\n${log}`,
  );
}

/** Ends the daemon and removes the namespace. Images stay in the cache. */
export async function stopPrivateDocker(): Promise<void> {
  await clearLeftovers();
  if (existsSync(NAMESPACE_PATH)) await attempt(['ip', 'netns', 'delete', NAMESPACE]);
  rmSync(RUN, { recursive: true, force: true });
}

/** True when the daemon answers and the namespace that it was started in is still there. */
function answers(): Promise<boolean> {
  if (!existsSync(NAMESPACE_PATH)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const asked = request({ socketPath: SOCKET, path: '/_ping', timeout: 5_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
    asked.end();
  });
}

async function makeNamespace(): Promise<void> {
  const works = async () => (await attempt(inNamespace(['true']))).code === 0;
  if (!(await works())) {
    rmSync(NAMESPACE_PATH, { force: true }); // after a machine restart: a plain file, no mount
    await run(['ip', 'netns', 'add', NAMESPACE]);
  }
  await run(inNamespace(['ip', 'link', 'set', 'lo', 'up']));
}

/** A daemon that does not answer is ended; its files would keep the next one from starting. */
async function clearLeftovers(): Promise<void> {
  await end(PID_FILE, 'dockerd');
  await end(CONTAINERD_PID_FILE, 'containerd');
  for (const path of [PID_FILE, CONTAINERD_PID_FILE, SOCKET]) rmSync(path, { force: true });
}

async function end(pidFile: string, program: string): Promise<void> {
  const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0;
  // the pid may have been given to another program since: look before killing
  const isOurs = () =>
    pid > 0 && commandLine(pid).includes(program) && commandLine(pid).includes(RUN);
  if (!isOurs()) return;
  process.kill(pid, 'SIGTERM');
  const deadline = performance.now() + STOP_MS_MAX;
  while (isOurs() && performance.now() < deadline) await sleep(POLL_MS);
  if (isOurs()) process.kill(pid, 'SIGKILL');
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

function startDaemon(): void {
  mkdirSync(join(RUN, 'exec'), { recursive: true });
  const argv = inNamespace([
    'dockerd',
    `--host=unix://${SOCKET}`,
    `--data-root=${cached('docker')}`,
    `--exec-root=${join(RUN, 'exec')}`,
    `--pidfile=${PID_FILE}`,
    '--log-level=warn',
    ...(mayRaiseResources() ? [] : narrowedRuntime()),
  ]);
  const log = openSync(logPath(), 'a');
  const [file = '', ...rest] = argv;
  // a session of its own: it must survive the test run that started it
  spawn(file, rest, { detached: true, stdio: ['ignore', log, log] }).unref();
}

const logPath = (): string => cached('logs', 'dockerd.log');

/** Containers that ask for CAP_SYS_RESOURCE cannot start where root itself lacks it. */
function mayRaiseResources(): boolean {
  const bounds = /^CapBnd:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return ((BigInt(`0x${bounds?.[1] ?? '0'}`) >> CAP_SYS_RESOURCE) & 1n) === 1n;
}

/** A runc that asks for less: no CAP_SYS_RESOURCE, and no oom score below zero. */
function narrowedRuntime(): string[] {
  const path = cached('bin', 'runc-narrowed');
  writeFileSync(path, NARROWED, { mode: 0o755 });
  return [`--add-runtime=narrowed=${path}`, '--default-runtime=narrowed'];
}

const NARROWED = `#!/bin/sh
# Removes what this machine's root may not grant from a container's specification, then runs runc.
narrow() {
  sed -i -e 's/"CAP_SYS_RESOURCE",//g' -e 's/,"CAP_SYS_RESOURCE"//g' \\
    -e 's/"oomScoreAdj":-[0-9]*/"oomScoreAdj":0/g' "$1"
}
previous=
for argument in "$@"; do
  case "$previous" in
    --bundle | -b) narrow "$argument/config.json" ;;
    --process | -p) narrow "$argument" ;;
  esac
  previous=$argument
done
exec runc "$@"
`;
