/**
 * What `helm uninstall` starts in the operator's image: `--release=NAME --release-namespace=NS`
 * `--revision=N [--watch-namespaces=A,B]`. Ends with 0 when there is no executor, else with 1 and what to do.
 */
import { z } from 'zod';
import { Name } from '../../crds/fields.ts';
import { hookFlags, podConnection } from '../program.ts';
import { uninstallCheck } from './uninstall-check.ts';

const Flags = z.object({
  release: Name,
  'release-namespace': Name,
  revision: z.string().regex(/^[0-9]+$/, { error: 'must be a number' }),
  'watch-namespaces': z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(Name).min(1))
    .optional(),
});
const flags = hookFlags(Flags, process.argv.slice(2));
const connection = podConnection(process.env);
const mayGo = await uninstallCheck({
  connection,
  namespaces: flags['watch-namespaces'],
  release: {
    name: flags.release,
    namespace: flags['release-namespace'],
    revision: flags.revision,
  },
  say: (line) => process.stdout.write(`${line}\n`),
});
await connection.close();
process.exitCode = mayGo ? 0 : 1;
