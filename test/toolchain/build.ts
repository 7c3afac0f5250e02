/** Builds or fetches binaries by name: `node test/toolchain/build.ts kube-apiserver etcd …` */
import { Steps } from '../setup/steps.ts';
import { type BinaryName, binary, ensureBinaries } from './binaries.ts';

const steps = new Steps();
for (const name of process.argv.slice(2) as BinaryName[]) {
  await steps.step(name, (progress) => ensureBinaries([name], progress));
  steps.say(binary(name));
}
