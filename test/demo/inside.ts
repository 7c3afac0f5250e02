import { setup } from '../system/global-setup.ts';
import { kubectl } from '../system/kubectl.ts';
import { RELEASE, SYSTEM_NAMESPACE } from '../system/install.ts';
import { act, elapsed, say, shell } from './narrate.ts';
import { tell } from './story.ts';

// Runs where the cluster's addresses answer; everything it needs is in the environment.
act(1, 'The system: cluster, Prometheus, Alertmanager and our chart');
await setup();
const pods = ['get', 'pods', '-A', '-l', 'app.kubernetes.io/name', '--no-headers'];
shell(`helm list -n ${SYSTEM_NAMESPACE}`, `${RELEASE} installed`);
shell('kubectl get pods -A -l app.kubernetes.io/name', await kubectl(...pods));
await tell();
say(`\nThe demo took ${elapsed()} from the chart on.`);
