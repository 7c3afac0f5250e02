import { LeadershipLost } from '../fence.ts';
import type { RollbackCluster } from './cluster.ts';

/**
 * The cluster as the leader writes it: looked at again before each write, because between the first
 * look and the last write of a step lie calls that may outlast the lease. Throws LeadershipLost.
 */
export function leading(cluster: RollbackCluster, isLeader: () => boolean): RollbackCluster {
  const held =
    <Given extends unknown[], T>(write: (...given: Given) => Promise<T>) =>
    async (...given: Given): Promise<T> => {
      if (!isLeader()) throw new LeadershipLost('the lease is not held');
      return write(...given);
    };
  return {
    executor: (key) => cluster.executor(key),
    incident: (key) => cluster.incident(key),
    incidents: (namespace) => cluster.incidents(namespace),
    createIncident: held((incident) => cluster.createIncident(incident)),
    writeIncidentStatus: held((incident, status) => cluster.writeIncidentStatus(incident, status)),
    writeRollback: held((object, change) => cluster.writeRollback(object, change)),
    patchSpec: held((object, incident) => cluster.patchSpec(object, incident)),
    createEvent: held((event) => cluster.createEvent(event)),
  };
}
