/**
 * What `helm test` starts in the operator's image: `--namespace=NS --name=NAME`
 * `--account=NAMESPACE/NAME --token-file=PATH`. Ends with 0 when a throwaway executor was made, made
 * ready, killed and removed; else with 1 and what was in the way.
 */
import { z } from 'zod';
import { systemClock } from '../../crds/clock.ts';
import { Name } from '../../crds/fields.ts';
import { ControlClient } from '../kill/ask.ts';
import { TokenFile } from '../kill/token-file.ts';
import { hookFlags, podConnection } from '../program.ts';
import { releaseTest } from './release-test.ts';

const STEP_MS = 120_000;

const Flags = z.object({
  namespace: Name,
  name: Name,
  account: z.string().regex(/^[^/]+\/[^/]+$/, { error: 'must be namespace/name' }),
  'token-file': z.string().startsWith('/', { error: 'must be an absolute path' }),
});
const flags = hookFlags(Flags, process.argv.slice(2));
const connection = podConnection(process.env);
const control = new ControlClient(new TokenFile(flags['token-file'], systemClock));
const stopping = new AbortController();
process.on('SIGTERM', () => stopping.abort(new Error('told to end')));
const [namespace = '', name = ''] = flags.account.split('/');
const trouble = await releaseTest({
  connection,
  clock: systemClock,
  key: { namespace: flags.namespace, name: flags.name },
  caller: { namespace, name },
  ask: control.ask,
  stepMs: STEP_MS,
  signal: stopping.signal,
  say: (line) => process.stdout.write(`${line}\n`),
});
await Promise.all([control.close(), connection.close()]);
process.stdout.write(trouble === undefined ? 'all is well\n' : `failed: ${trouble}\n`);
process.exitCode = trouble === undefined ? 0 : 1;
