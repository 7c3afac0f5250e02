/** The process that holds a pod's namespaces: it only waits and reaps. */
export const PAUSE_MAIN = `package main

import (
\t"os"
\t"os/signal"
\t"syscall"
)

func main() {
\tsignals := make(chan os.Signal, 16)
\tsignal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCHLD)
\tfor seen := range signals {
\t\tif seen != syscall.SIGCHLD {
\t\t\tos.Exit(0)
\t\t}
\t\tfor {
\t\t\tif pid, _ := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 {
\t\t\t\tbreak
\t\t\t}
\t\t}
\t}
}
`;

/** CoreDNS with the plug-ins that kubeadm's Corefile names; all of them take five times as long. */
export function coreDnsMain(): string {
  const plugins = [
    'cache',
    'errors',
    'forward',
    'health',
    'kubernetes',
    'loadbalance',
    'log',
    'loop',
    'metrics',
    'ready',
    'reload',
  ];
  const imports = plugins.map((name) => `\t_ "github.com/coredns/coredns/plugin/${name}"`);
  return `package main

import (
\t"github.com/coredns/coredns/coremain"
${imports.join('\n')}
)

func main() { coremain.Run() }
`;
}
