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

/**
 * An S3 server that holds its objects in memory and checks every signature: `rclone serve s3` without
 * rclone. Its argument is a bucket, its environment the key pair; it prints its address, and ends when
 * its input does.
 */
export const S3_MAIN = `package main

import (
\t"context"
\t"fmt"
\t"net"
\t"net/http"
\t"os"

\t"github.com/rclone/gofakes3"
\t"github.com/rclone/gofakes3/s3mem"
)

func main() {
\tbackend := s3mem.New()
\tif err := backend.CreateBucket(context.Background(), os.Args[1]); err != nil {
\t\tpanic(err)
\t}
\tkeys := map[string]string{os.Getenv("ACCESS_KEY_ID"): os.Getenv("SECRET_ACCESS_KEY")}
\tlistener, err := net.Listen("tcp", "127.0.0.1:0")
\tif err != nil {
\t\tpanic(err)
\t}
\tfmt.Println(listener.Addr())
\tpanic(http.Serve(listener, gofakes3.New(backend, gofakes3.WithV4Auth(keys)).Server()))
}
`;
