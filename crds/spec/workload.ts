import { z } from 'zod';
import { duration, Name, text } from '../fields.ts';
import { ruled } from '../rules.ts';

/** A quantity as people write it: `cpu: 1` or `memory: 256Mi`. */
const Quantity = z
  .union([z.int().min(0), z.string().max(32)])
  .meta({ 'x-kubernetes-int-or-string': true, minimum: 0, maxLength: 32 });

const Quantities = z.record(z.string().max(63), Quantity).optional().meta({ maxProperties: 8 });

export const Resources = z
  .object({
    requests: Quantities.describe('What the pod is given at least, e.g. cpu: 100m.'),
    limits: Quantities.describe('What it may use at most, e.g. memory: 256Mi.'),
  })
  .optional()
  .describe('Resources of the executor container, as in a pod.');

export const ReleaseTag = text({
  max: 63,
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
  says: 'must be a release tag, e.g. v1.2-ramp',
})
  .optional()
  .describe('The release tag the pods must report, e.g. v1.2-ramp. It is compiled into the image.');

export const Image = z
  .string()
  .min(1)
  .max(512)
  .optional()
  .describe("The executor's image. Default: the one the operator was installed with.");

const Caller = z.object({
  serviceAccount: z
    .object({
      namespace: Name.describe('Its namespace.'),
      name: Name.describe('Its name.'),
    })
    .describe('Whose token the caller has to show.'),
  role: z
    .enum(['trader', 'risk'])
    .describe('trader: place and cancel orders. risk: cancel orders and kill, nothing else.'),
});

export const Callers = z
  .array(Caller)
  .max(64)
  .optional()
  .describe('Who may place and cancel orders. Default: nobody.')
  .meta({ 'x-kubernetes-list-type': 'atomic' });

export const Store = ruled(
  z.object({
    type: z
      .enum(['sqlite', 'postgres'])
      .default('sqlite')
      .describe("sqlite: on the pod's volume. postgres: where the Secret says."),
    secretRef: z
      .object({ name: Name.describe('Name of the Secret.') })
      .optional()
      .describe(
        'A Secret in the same namespace with the key url, e.g. postgresql://user:password@host/database?sslmode=verify-full. Needed for postgres.',
      ),
    keepFor: duration({ min: '168h', max: '87600h', example: '8760h' })
      .default('8760h')
      .describe(
        'How long finished orders are kept; their idempotency keys too. Export them before.',
      ),
  }),
  [
    {
      // As below: the default {} is judged before `type` is filled in.
      cel: '(has(self.type) ? self.type : "") == (has(oldSelf.type) ? oldSelf.type : "") && has(self.secretRef) == has(oldSelf.secretRef) && (!has(self.secretRef) || self.secretRef == oldSelf.secretRef)',
      message:
        "an executor's journal cannot be moved; create another TradingExecutor for another store",
    },
    {
      // The default {} is judged before the defaults inside it are filled in.
      cel: "!has(self.type) || self.type != 'postgres' || has(self.secretRef)",
      message: 'type postgres needs secretRef.name, a Secret with the key url',
      holds: ({ type, secretRef }) => type !== 'postgres' || secretRef !== undefined,
      fieldPath: '.secretRef',
    },
  ],
)
  .prefault({})
  .describe('Where the journal of orders is kept. Only keepFor can be changed.');
