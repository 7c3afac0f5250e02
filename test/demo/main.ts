import { RELEASE, SYSTEM_NAMESPACE } from '../system/install.ts';
import { helm, kubectl } from '../system/kubectl.ts';
import { act, elapsed, say, shell } from './narrate.ts';
import { tell } from './story.ts';

// Started by `npm run demo` where the cluster's addresses answer, on a system that is set up.
act(1, 'The system: cluster, Prometheus, Alertmanager and our chart');
shell(`helm list -n ${SYSTEM_NAMESPACE}`, await helm('list', '-n', SYSTEM_NAMESPACE));
for (const namespace of ['monitoring', SYSTEM_NAMESPACE]) {
  shell(`kubectl get pods -n ${namespace}`, await kubectl('get', 'pods', '-n', namespace));
}
try {
  await tell();
} catch (error) {
  say(`\nThe demo stopped: ${error instanceof Error ? error.message : error}`);
  say('What the cluster shows: npm run cluster -- env. It is safe to run the demo again.');
  process.exit(1);
}
say(`\nThe demo took ${elapsed()}. The system stays up; remove it: npm run demo -- --down`);
say(`Look around: helm status ${RELEASE} -n ${SYSTEM_NAMESPACE}, kubectl get tex,tin -A`);
