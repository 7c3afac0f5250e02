import { REPOSITORY } from '../cluster/bundle.ts';
import { become } from './become.ts';
import { GENERATORS } from './stages.ts';

/** `npm run generate`: writes everything that is generated and committed. */
export async function generateVerb(): Promise<number> {
  for (const path of GENERATORS) {
    const code = await become([process.execPath, path], { cwd: REPOSITORY });
    if (code !== 0) return code;
  }
  return 0;
}
