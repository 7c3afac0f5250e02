import { benchKillVerb, benchVerb } from './verb-bench.ts';
import { clusterVerb } from './verb-cluster.ts';
import { demoVerb } from './verb-demo.ts';
import { gamedayVerb } from './verb-gameday.ts';
import { generateVerb } from './verb-generate.ts';
import { checkVerb, testVerb } from './verb-test.ts';

const [verb, ...args] = process.argv.slice(2);
const verbs: Record<string, (args: readonly string[]) => Promise<number>> = {
  demo: demoVerb,
  test: testVerb,
  check: checkVerb,
  generate: generateVerb,
  cluster: clusterVerb,
  gameday: gamedayVerb,
  'bench:place': benchVerb('test/bench/place/main.ts'),
  'bench:kill': benchKillVerb,
  'bench:v13': benchVerb('test/bench/v13/main.ts'),
  'bench:scale': benchVerb('test/bench/scale/main.ts'),
  soak: benchVerb('test/bench/soak/main.ts'),
  faults: benchVerb('test/faults/main.ts'),
  crash: benchVerb('test/crash/main.ts'),
};

const act = verbs[verb ?? ''];
if (act === undefined) {
  console.error(`Not a verb: ${verb}. Use ${Object.keys(verbs).join(', ')}.`);
  process.exit(2);
}
try {
  process.exitCode = await act(args);
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : error}`);
  if (process.env.TEO_TRACE !== undefined) console.error(error);
  process.exitCode = 1;
}
