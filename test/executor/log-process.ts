// Logs to standard output as an executor does, at its parent's word, and tells that its loop turns.
import { executorLog } from '../../executor/log.ts';

const log = executorLog({});
const turned = () => setImmediate(() => process.send?.('turned'));

process.on('message', (asked: { lines: number } | 'crash') => {
  if (asked === 'crash') {
    log.fatal('the last line');
    process.exit(1);
  }
  for (let n = 0; n < asked.lines; n += 1) log.info({ n, text: 'x'.repeat(1_000) }, 'line');
  turned();
});
turned();
