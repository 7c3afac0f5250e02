import { z } from 'zod';
import { systemClock } from '../../crds/clock.ts';
import { Folder, LogLevel, Origin, told, valuesOf } from '../flags.ts';
import { programLog } from '../program.ts';
import { startCamera } from './server.ts';

/** One row a flag; its name is the flag's. */
const Flags = z.strictObject({
  socket: Folder.default('/run/camera/socket'),
  console: Origin,
  chromium: Folder.default('/usr/lib/chromium/chromium-headless-shell'),
  'log-level': LogLevel.default('info'),
});

const { values, faults } = valuesOf(process.argv.slice(2), Object.keys(Flags.shape));
const flags = Flags.safeParse(values);
if (!flags.success) faults.push(...told(flags.error, '--'));
if (!flags.success || faults.length > 0) {
  process.stderr.write(`the camera's configuration is invalid:\n  ${faults.join('\n  ')}\n`);
  process.exit(1);
}
const { socket, console, chromium: executablePath, 'log-level': level } = flags.data;
const log = programLog(level);
const camera = await startCamera({ socket, console, executablePath, clock: systemClock, log });
log.info({ socket, console }, 'ready to take pictures of the console');
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void camera.stop().finally(() => process.exit(0)));
}
