import { Agent } from 'undici';

/** TLS settings as node:tls names them. */
export interface TlsFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** A connection attempt that takes longer has hit a dead address; calls have deadlines of their own. */
const CONNECT_TIMEOUT_MS = 5_000;
/**
 * An idle socket is kept longer than the executor's GET every 5 s and given up before the API
 * server (90 s) or a usual load balancer (60 s) closes it under a request that is being written.
 */
const IDLE_SOCKET_MS = 45_000;
/** After 10 s of silence the kernel probes once a second, ten times: a dead peer shows in 20 s. */
const TCP_PROBE_AFTER_MS = 10_000;

/**
 * Sockets to one API server. HTTP/1.1 on purpose: one stalled HTTP/2 session would take every
 * watch and call with it. Each open watch holds a socket of its own, so their number is not limited.
 */
export function agentTo(tls: TlsFiles): Agent {
  return new Agent({
    allowH2: false,
    pipelining: 1,
    keepAliveTimeout: IDLE_SOCKET_MS,
    keepAliveMaxTimeout: IDLE_SOCKET_MS,
    connect: {
      // Said, so that no variable of the environment can unsay it.
      rejectUnauthorized: true,
      ...tls,
      timeout: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelay: TCP_PROBE_AFTER_MS,
    },
  });
}
