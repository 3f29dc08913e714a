/* SPDX-License-Identifier: Apache-2.0
 *
 * The sandbox cannot be left, so each test enters it in a child of its own and looks at how the
 * child ends. Those about accounts need root, as the whole suite does (CONTRIBUTING.md).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534, NOT_ENTERED = 99 };

typedef int inside_fn(void);

/* The wait status of a child that entered the sandbox as `user` and then called `inside`. */
static int status_of(const char *user, inside_fn *inside) {
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct err e = {0};
        if (!sandbox_enter(&(struct sandbox){.user = user}, &e)) {
            fprintf(stderr, "%s\n", e.detail);
            _exit(NOT_ENTERED);
        }
        _exit(inside());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void check_is_fine(const char *user, inside_fn *inside) {
    int status = status_of(user, inside);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void check_is_killed(inside_fn *inside) {
    int status = status_of("nobody", inside);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

static int exec_true(void) {
    char *const argv[] = {(char[]){"true"}, NULL};
    execv("/bin/true", argv);
    return 0;
}

static int exec_by_handle(void) {
    char *const argv[] = {(char[]){"true"}, NULL};
    int fd = open("/bin/true", O_PATH | O_CLOEXEC);
    syscall(SYS_execveat, fd, "", argv, NULL, AT_EMPTY_PATH);
    return 0;
}

static int trace_parent(void) { return ptrace(PTRACE_ATTACH, getppid(), 0, 0) == 0; }

static int read_parent(void) {
    return syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0) == 0;
}

static int mount_something(void) { return (int)syscall(SYS_mount, "", "/", "", 0, NULL); }

static int leave_namespace(void) { return (int)syscall(SYS_unshare, 0x10000000); }

static int load_bpf(void) { return (int)syscall(SYS_bpf, 0, NULL, 0); }

static void *exec_on_thread(void *unused) {
    (void)unused;
    exec_true();
    return NULL;
}

static int exec_in_thread(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, exec_on_thread, NULL) == 0)
        pthread_join(thread, NULL);
    return 0;
}

static void calls_of_an_intruder_kill_the_process(void **state) {
    (void)state;
    inside_fn *const calls[] = {
        exec_true,       exec_by_handle, read_parent,    mount_something,
        leave_namespace, load_bpf,       exec_in_thread,
#ifndef __SANITIZE_ADDRESS__
        trace_parent,
#endif
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        check_is_killed(calls[i]);
    (void)trace_parent;
}

static int try_what_libraries_try(void) {
    const long numbers[] = {SYS_io_uring_setup, SYS_keyctl, SYS_add_key, SYS_request_key};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        errno = 0;
        if (syscall(numbers[i], 0, 0, 0, 0, 0) != -1 || errno != EPERM)
            return (int)i + 1;
    }
    return 0;
}

static void what_libraries_try_is_refused_and_no_more(void **state) {
    (void)state;
    check_is_fine("nobody", try_what_libraries_try);
}

static int look_at_rights(void) {
    uid_t r, e, s;
    gid_t rg, eg, sg;
    getresuid(&r, &e, &s);
    getresgid(&rg, &eg, &sg);
    if (r != NOBODY || e != NOBODY || s != NOBODY)
        return 1;
    if (rg != NOBODY || eg != NOBODY || sg != NOBODY || getgroups(0, NULL) != 0)
        return 2;
    if (setuid(0) == 0 || open("/etc/shadow", O_RDONLY | O_CLOEXEC) >= 0)
        return 3;
    return 0;
}

static void rights_of_root_are_gone(void **state) {
    (void)state;
    check_is_fine("nobody", look_at_rights);
}

static int look_at_process(void) {
    struct rlimit core;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return 1;
#ifndef __SANITIZE_ADDRESS__
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
        return 2;
#endif
    if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 || core.rlim_max != 0)
        return 3;
    return 0;
}

static void nobody_looks_inside_and_exec_gives_nothing(void **state) {
    (void)state;
    check_is_fine("nobody", look_at_process);
    check_is_fine(NULL, look_at_process);
}

/* Owned by nobody: root without capabilities is refused like anybody else. */
static int open_private_file_of_nobody(void) { return open("private", O_RDONLY | O_CLOEXEC) >= 0; }

static void capabilities_are_gone_also_without_an_account_to_change_to(void **state) {
    (void)state;
    char folder[] = "/tmp/sandbox_test.XXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    int fd = open("private", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(fchown(fd, NOBODY, NOBODY), 0);
    close(fd);
    assert_int_equal(open_private_file_of_nobody(), 1);
    check_is_fine(NULL, open_private_file_of_nobody);
    unlink("private");
    rmdir(folder);
}

static int look_at_signal_of_death(void) {
    int signal_of_death = 0;
    prctl(PR_GET_PDEATHSIG, &signal_of_death, 0, 0, 0);
    return signal_of_death != SIGUSR2;
}

static void the_signal_of_the_parents_death_is_kept(void **state) {
    (void)state;
    int status;
    pid_t pid = fork(); /* the signal is not inherited, so one child more */
    if (pid == 0) {
        struct err e;
        prctl(PR_SET_PDEATHSIG, SIGUSR2, 0, 0, 0);
        bool entered = sandbox_enter(&(struct sandbox){.user = "nobody"}, &e);
        _exit(entered ? look_at_signal_of_death() : NOT_ENTERED);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void an_account_that_is_none_is_refused(void **state) {
    (void)state;
    struct err e = {0};
    assert_false(sandbox_enter(&(struct sandbox){.user = "no-such-account"}, &e));
    assert_int_equal(e.code, ERR_CONFIG);
    assert_string_equal(e.detail, "there is no account \"no-such-account\"");
    assert_false(sandbox_enter(&(struct sandbox){.user = "root"}, &e));
    assert_string_equal(e.detail, "the account \"root\" is root");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_of_an_intruder_kill_the_process),
        cmocka_unit_test(what_libraries_try_is_refused_and_no_more),
        cmocka_unit_test(rights_of_root_are_gone),
        cmocka_unit_test(nobody_looks_inside_and_exec_gives_nothing),
        cmocka_unit_test(capabilities_are_gone_also_without_an_account_to_change_to),
        cmocka_unit_test(the_signal_of_the_parents_death_is_kept),
        cmocka_unit_test(an_account_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
