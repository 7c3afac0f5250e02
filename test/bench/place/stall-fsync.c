/* Preloaded into an executor: while the file $STALL_FSYNC exists, every fdatasync and fsync of the
   process first waits 500 ms. Each wait is one line, the thread's id, in $STALL_FSYNC.log. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void stall(void) {
  const char *flag = getenv("STALL_FSYNC");
  if (flag == NULL || access(flag, F_OK) != 0) return;
  char path[4096], line[32];
  snprintf(path, sizeof path, "%s.log", flag);
  int log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (log >= 0) {
    int length = snprintf(line, sizeof line, "%ld\n", (long)syscall(SYS_gettid));
    if (write(log, line, (size_t)length) < 0) perror("stall-fsync");
    close(log);
  }
  struct timespec wait = {0, 500 * 1000 * 1000};
  nanosleep(&wait, NULL);
}

int fdatasync(int file) {
  static int (*real)(int);
  if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  stall();
  return real(file);
}

int fsync(int file) {
  static int (*real)(int);
  if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  stall();
  return real(file);
}
