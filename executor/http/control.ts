import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ControlReport } from '../../crds/control.ts';
import type { ExecutorKey } from '../../crds/names.ts';
import { may } from '../access/roles.ts';
import type { KillSwitch } from '../gate/source.ts';
import { notAllowed } from './authentication.ts';
import { ApiFailure } from './failure.ts';

export interface ControlRouteParts {
  readonly key: ExecutorKey;
  /** undefined under Kubernetes. */
  readonly killSwitch: KillSwitch | undefined;
  /** Where a right is given. */
  readonly remedy: string;
  readonly report: () => ControlReport;
}

const Order = z.strictObject({
  killSwitch: z.boolean(),
  reason: z.string().trim().min(1).max(256),
});

/** GET /control: what is in force. POST /control: kill, or lift a kill, where nobody else can. */
export function controlRoutes(server: FastifyInstance, parts: ControlRouteParts): void {
  const { killSwitch, report } = parts;
  const said = () =>
    killSwitch === undefined ? report() : { ...report(), kill: killSwitch.state() };
  server.get('/control', { config: { right: 'control' } }, async () => said());
  if (killSwitch === undefined) {
    server.post('/control', { config: { right: 'control' } }, async (_request, reply) => {
      reply.header('allow', 'GET');
      throw new ApiFailure(405, 'CONTROLLED_BY_KUBERNETES', patchIt(parts.key));
    });
    return;
  }
  server.post('/control', { config: { right: 'kill' } }, async (request) => {
    const order = Order.safeParse(request.body);
    if (!order.success) throw new ApiFailure(422, 'INVALID_CONTROL', faults(order.error));
    const { caller, roles } = request;
    if (!order.data.killSwitch && !may(roles, 'lift-kill')) {
      throw notAllowed(request, 'lift-kill', parts.remedy);
    }
    const answer = await killSwitch.set({ ...order.data, by: caller });
    if (answer.kind === 'done') return said();
    if (answer.kind === 'held-by-environment') {
      const message = 'KILL_SWITCH=1 in the environment holds; start anew with KILL_SWITCH=0 first';
      throw new ApiFailure(409, 'KILL_SWITCH_IN_ENVIRONMENT', message);
    }
    throw new ApiFailure(503, 'CONTROL_NOT_DURABLE', notDurable(order.data.killSwitch, answer));
  });
}

const patchIt = ({ namespace, name }: ExecutorKey): string =>
  `under Kubernetes a kill is put on the object: kubectl patch tex ${name} -n ${namespace} --type=merge -p '{"spec":{"killSwitch":true}}'`;

const faults = (error: z.ZodError): string =>
  `${error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; ')}; send JSON like {"killSwitch": true, "reason": "why"} with Content-Type: application/json`;

const notDurable = (isKill: boolean, { message }: { readonly message: string }): string =>
  isKill
    ? `killed, but a restart will not remember it: ${message}; free or mend the data folder and ask again`
    : `still killed: ${message}; free or mend the data folder and ask again`;
