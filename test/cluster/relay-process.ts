/** Passes bytes: `node relay-process.ts FROM TO`, each a Unix socket path or ADDRESS:PORT. */
import { connect, createServer, type NetConnectOpts } from 'node:net';

const [from = '', to = ''] = process.argv.slice(2);

createServer((near) => {
  const far = connect(place(to));
  near.pipe(far).pipe(near);
  near.on('error', () => far.destroy());
  far.on('error', () => near.destroy());
}).listen(place(from));

function place(text: string): NetConnectOpts & { path: string } {
  const found = /^([\d.]+):(\d+)$/.exec(text);
  const where = found === null ? { path: text } : { host: found[1], port: Number(found[2]) };
  return where as NetConnectOpts & { path: string };
}
