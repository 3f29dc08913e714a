/* SPDX-License-Identifier: Apache-2.0 */
#include "main/supervisor_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    FIRST_FD = 3,
    EXIT_NOT_STARTED = 127,
};

/* Names, with '=', or the beginning of names. */
static const char *const KEPT[] = {"TZ=",           "LANG=",          "MALLOC_",
                                   "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "TSAN_OPTIONS=",
                                   "LSAN_OPTIONS=", "GCOV_"};

static bool is_kept(struct str variable) {
    for (size_t i = 0; i < sizeof KEPT / sizeof *KEPT; i++)
        if (str_starts(variable, str_of(KEPT[i])))
            return true;
    return false;
}

char **spawn_environment(char *const *from) {
    size_t count = 0, kept = 0;
    while (from[count])
        count++;
    char **to = calloc(count + 1, sizeof *to);
    for (size_t i = 0; to && i < count; i++)
        if (is_kept(str_of(from[i])))
            to[kept++] = from[i];
    return to;
}

/* In two steps, because a descriptor may stand where another is to be. */
static bool place_fds(const int *fds, size_t count) {
    int end = FIRST_FD + (int)count;
    int *above = calloc(count, sizeof *above);
    bool ok = above;
    for (size_t i = 0; ok && i < count; i++)
        ok = (above[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, end)) >= 0;
    for (size_t i = 0; ok && i < count; i++)
        ok = dup2(above[i], FIRST_FD + (int)i) >= 0;
    free(above);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    ok = ok && nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 &&
         dup2(STDERR_FILENO, STDOUT_FILENO) >= 0;
    return ok && close_range((unsigned)end, ~0U, 0) == 0;
}

static void become(const char *name, const char *file, const int *fds, size_t count, char **env) {
    char *const argv[] = {(char[]){"kerbgate"}, (char *)name, (char *)file, NULL};
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (place_fds(fds, count))
        execve("/proc/self/exe", argv, env);
    fprintf(stderr, "kerbgate: /proc/self/exe cannot be started: %s\n", strerror(errno));
    _exit(EXIT_NOT_STARTED);
}

pid_t spawn(const char *name, const char *file, const int *fds, size_t count, struct err *e) {
    char **env = spawn_environment(environ);
    if (!env) {
        err_set(e, ERR_NO_MEMORY, "no memory to start the %s", name);
        return -1;
    }
    pid_t pid = fork();
    if (pid == 0)
        become(name, file, fds, count, env);
    if (pid < 0)
        err_set(e, ERR_IO, "the %s cannot be started: %s", name, strerror(errno));
    free(env);
    return pid;
}
