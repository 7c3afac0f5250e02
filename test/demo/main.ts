import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { chooseCluster } from '../cluster/choose.ts';
import { relay, stopRelays } from '../cluster/relay.ts';
import { Steps } from '../setup/steps.ts';
import { systemReady } from '../setup/system.ts';

const INSIDE = join(import.meta.dirname, 'inside.ts');

/** `npm run demo`: sets up whatever is missing, tells the story, leaves the system up. `-- --down` removes it. */
export async function demoVerb(args: readonly string[]): Promise<number> {
  if (args.includes('--down')) return down();
  if (args.length > 0) {
    console.error(`Unknown: ${args.join(' ')}. Use: npm run demo, or npm run demo -- --down`);
    return 2;
  }
  const steps = new Steps();
  const { cluster, env } = await systemReady(steps);
  const code = await run(cluster.command([process.execPath, INSIDE]), env);
  return code;
}

async function down(): Promise<number> {
  const steps = new Steps();
  const cluster = await chooseCluster();
  stopRelays();
  await steps.step('cluster down', (progress) => cluster.down(progress));
  return 0;
}

function run(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
