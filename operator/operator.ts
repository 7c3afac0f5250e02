import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { textOf } from '../crds/names.ts';
import { serveConsole } from './console/serve.ts';
import { watchEvidenceServer } from './evidence/watch.ts';
import { followKeyPair, readKeyPair } from './http/certificate.ts';
import { protectedMetrics } from './http/protected-metrics.ts';
import { operatorServer } from './http/server.ts';
import { lead } from './lead.ts';
import { assemble, type OperatorOptions, type Parts } from './parts.ts';
import { shareRefusal } from './rollback/shared-refusal.ts';

export interface Operator {
  /** Where /livez, /readyz and /metrics are. */
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Why this process may not go on; resolves once, also after `stop`. */
  readonly ended: Promise<string>;
  /** Gives the lease back and ends everything in order. */
  stop(): Promise<void>;
}

/** Everything wired together; resolves when alerts are taken in, whether or not this process leads. */
export async function startOperator(options: OperatorOptions): Promise<Operator> {
  const parts = assemble(options);
  const { config, log } = options;
  const stopping = new AbortController();
  const probes = await listening(parts.probes, config.httpPort);
  await parts.world.startExecutors();
  const intake = await startIntake(options, parts, stopping.signal);
  parts.state.ready = true;
  followEvidence(options, parts, stopping.signal);
  void followRefusals(options, parts, stopping.signal);
  const ended = lead(options, parts, stopping.signal);
  ended.catch((err) => log.error({ err }, 'the controller failed'));
  return {
    httpPort: probes,
    httpsPort: intake.port,
    ended,
    async stop() {
      stopping.abort(new Error('the operator is stopping'));
      parts.state.ready = false;
      parts.queue.close();
      parts.confirm.stop();
      parts.fence.drop('the operator is stopping');
      await Promise.all([intake.close(), parts.rollback.stop()]);
      // The lease goes back last: who takes it over must find that nothing here writes any more.
      await parts.election.stop();
      await Promise.all([parts.world.stop(), parts.control.close()]);
      parts.probes.close();
      parts.probes.closeAllConnections();
      await options.connection.close();
    },
  };
}

const followRefusals = (
  { config, connection, identity, clock, log }: OperatorOptions,
  { health, queue, world }: Parts,
  signal: AbortSignal,
): Promise<void> =>
  shareRefusal(
    {
      ...{ connection, identity, clock, health, namespace: config.leaseNamespace },
      changed: () => {
        for (const { metadata } of world.executors()) queue.add(textOf(metadata));
      },
      log: (message, details) => log.warn(details, message),
    },
    signal,
  ).catch((err) => log.error({ err }, 'refused deliveries are not shared any more'));

/** Beside everything else: logs that wait for the evidence server, and whether it is there. */
function followEvidence(
  { clock, log }: OperatorOptions,
  { evidence, outbox, metrics: { registry } }: Parts,
  signal: AbortSignal,
): void {
  if (evidence === undefined) return;
  const failed = (err: unknown) =>
    log.error({ err }, 'the evidence server is not followed any more');
  watchEvidenceServer(evidence, registry, { clock, signal }).catch(failed);
  outbox.run(signal).catch(failed);
}

async function startIntake(
  options: OperatorOptions,
  parts: Parts,
  signal: AbortSignal,
): Promise<{ port: number; close: () => Promise<void> }> {
  const { config, connection, clock, log } = options;
  const { registry } = parts.metrics;
  const { app, renew } = operatorServer(await readKeyPair(config.tlsDir), log);
  parts.rollback.intake(app);
  if (config.metrics === 'protected') protectedMetrics(app, { registry, connection, clock });
  if (config.console === 'on') await serveConsole(app, options, parts);
  await app.listen({ host: '::', port: config.httpsPort });
  void followKeyPair(config.tlsDir, renew, { clock, log, signal });
  return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
}

async function listening(server: Server, port: number): Promise<number> {
  server.listen(port, '::');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
