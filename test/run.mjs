#!/usr/bin/env node
// The one door to demo, tests, checks and the lone executor. Runs on any Node >= 18 without anything installed: it
// makes sure of `npm ci`, then starts the real programs under the Node that the lock file names.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = join(
  root,
  'node_modules',
  'node',
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
);
const measured = ['bench:place', 'bench:v13', 'bench:kill', 'bench:scale', 'soak'];
const setUp = ['demo', 'gameday', 'test', 'check', 'generate', 'cluster'];
const verbs = [...setUp, 'executor', 'evidence', ...measured, 'crash', 'faults'];

const [verb, ...rest] = process.argv.slice(2);
if (!verbs.includes(verb ?? '')) fail(`Say what to do: node test/run.mjs ${verbs.join(' | ')}`);

install();
if (verb === 'executor')
  start(join(root, 'executor', 'main.ts'), rest.length > 0 ? rest : ['--help']);
else if (verb === 'evidence') start(join(root, 'evidence', 'main.ts'), rest);
else start(join(root, 'test', 'setup', 'main.ts'), [verb, ...rest]);

/** Runs `npm ci` unless node_modules holds what the lock file names. */
function install() {
  if (isInstalled() && nodeWorks()) return;
  console.log('  0  npm ci: installing what package-lock.json names (a minute or two) …');
  const begun = Date.now();
  npm(['ci', '--no-audit', '--no-fund']);
  if (!nodeWorks()) fetchNode();
  console.log(`     npm ci  ok ${((Date.now() - begun) / 1000).toFixed(1)} s`);
}

/** npm leaves a record of what it installed; compared with the lock file, package by package. */
function isInstalled() {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const found = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true;
    if (found[path] === undefined) return optional === true; // made for another platform
    return found[path].version === version;
  });
}

function npm(args) {
  const { status, error } = spawnSync('npm', args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error)
    fail(`npm could not be started: ${error.message}. Install npm 9 or newer and run this again.`);
  if (status !== 0)
    fail(`npm ${args.join(' ')} ended with code ${status}: see above, then run this again.`);
}

/** The package `node` puts its binary in place in an install script, which npm may have skipped. */
function fetchNode() {
  const script = join(root, 'node_modules', 'node', 'installArchSpecificPackage.js');
  if (existsSync(script)) {
    spawnSync(process.execPath, [script], { cwd: dirname(script), stdio: 'inherit' });
  }
  if (!nodeWorks()) {
    fail(
      `${node} does not run: the install script of the npm package "node" has not put it there.\n` +
        'Allow it and try again:  npm config set ignore-scripts false && npm rebuild node',
    );
  }
}

function nodeWorks() {
  return existsSync(node) && spawnSync(node, ['-v']).status === 0;
}

/** Becomes `script` under the project's Node: same signals, same exit code. */
function start(script, args) {
  const path = [dirname(node), join(root, 'node_modules', '.bin'), process.env.PATH].join(
    delimiter,
  );
  const child = spawn(node, [script, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      const fromKeyboard = signal === 'SIGINT' && process.stdin.isTTY;
      if (!fromKeyboard) child.kill(signal); // the terminal has told the child itself
    });
  }
  child.on('exit', (code, signal) => {
    if (signal !== null) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
    process.exit(code ?? 1);
  });
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
