/* SPDX-License-Identifier: Apache-2.0
 *
 * LD_PRELOAD for a host of a lab whose clock is ahead: shifts what tells the time of day, and
 * nothing that measures or waits (libfaketime makes some sleeps fail).
 *
 * KERBGATE_CLOCK names a file that holds the seconds, as an int64_t. It is mapped, so that a change
 * acts at once in every process of the host. A program that starts another with an environment of
 * its own choice takes this library along all the same. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { VARIABLES_MAX = 256 };

static const volatile int64_t *ahead_s;

__attribute__((constructor)) static void map_file(void) {
    const char *path = getenv("KERBGATE_CLOCK");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *map = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *ahead_s, PROT_READ, MAP_SHARED, fd, 0);
    if (map != MAP_FAILED)
        ahead_s = map;
    if (fd >= 0)
        close(fd);
}

int clock_gettime(clockid_t id, struct timespec *t) {
    int result = (int)syscall(SYS_clock_gettime, id, t);
    if (result == 0 && ahead_s && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
        t->tv_sec += *ahead_s;
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec t;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &t);
    *now = (struct timeval){.tv_sec = t.tv_sec, .tv_usec = t.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *out) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    if (out)
        *out = t.tv_sec;
    return t.tv_sec;
}

int execve(const char *path, char *const argv[], char *const env[]) {
    int (*next)(const char *, char *const[], char *const[]) = dlsym(RTLD_NEXT, "execve");
    static char preload[512], clock[512];
    char *with[VARIABLES_MAX + 3];
    size_t n = 0;
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", getenv("LD_PRELOAD"));
    snprintf(clock, sizeof clock, "KERBGATE_CLOCK=%s", getenv("KERBGATE_CLOCK"));
    with[n++] = preload;
    with[n++] = clock;
    for (size_t i = 0; env && env[i] && n < VARIABLES_MAX + 2; i++)
        with[n++] = env[i];
    with[n] = NULL;
    return next(path, argv, with);
}
