/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
enum { IS_LEAK_CHECKED = true };
#else
enum { IS_LEAK_CHECKED = false };
#endif

/* Nobody here calls these: see sandbox.h. */
static const char *const KILLED[] = {
    "execve",
    "execveat",
    "process_vm_readv",
    "process_vm_writev",
    "pidfd_getfd",
    "kcmp",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "move_mount",
    "open_tree",
    "mount_setattr",
    "unshare",
    "setns",
    "kexec_load",
    "kexec_file_load",
    "init_module",
    "finit_module",
    "delete_module",
    "swapon",
    "swapoff",
    "reboot",
    "acct",
    "quotactl",
    "iopl",
    "ioperm",
    "uselib",
    "vhangup",
    "open_by_handle_at",
    "process_madvise",
    "modify_ldt",
    "personality",
    "sethostname",
    "setdomainname",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "syslog",
};
/* Libraries try these, and do without. */
static const char *const REFUSED[] = {"add_key",        "request_key",    "keyctl",
                                      "io_uring_setup", "io_uring_enter", "io_uring_register"};

static bool failed(const char *what, struct err *e) {
    return err_set(e, ERR_IO, "the process cannot give up its rights: %s: %s", what,
                   strerror(errno));
}

/* The names of the account are gone for good when the saved ids are. */
static bool become(uid_t uid, gid_t gid, struct err *e) {
    uid_t ruid, euid, suid;
    gid_t rgid, egid, sgid;
    if (setgroups(0, NULL) != 0)
        return failed("setgroups", e);
    if (setresgid(gid, gid, gid) != 0)
        return failed("setresgid", e);
    if (setresuid(uid, uid, uid) != 0)
        return failed("setresuid", e);
    getresuid(&ruid, &euid, &suid);
    getresgid(&rgid, &egid, &sgid);
    if (ruid != uid || euid != uid || suid != uid || rgid != gid || egid != gid || sgid != gid ||
        setuid(0) == 0)
        return err_set(e, ERR_IO, "the process still has the rights it gave up");
    return true;
}

static bool change_account(const char *user, struct err *e) {
    int signal_of_death = 0;
    errno = 0;
    struct passwd *account = getpwnam(user);
    if (!account || account->pw_uid == 0) {
        err_set(e, ERR_CONFIG,
                account ? "the account \"%s\" is root" : "there is no account \"%s\"", user);
        err_hint(e, "Make one for it: adduser --system --group NAME");
        return false;
    }
    if (prctl(PR_GET_PDEATHSIG, &signal_of_death, 0, 0, 0) != 0)
        return failed("PR_GET_PDEATHSIG", e);
    if (!become(account->pw_uid, account->pw_gid, e))
        return false;
    if (prctl(PR_SET_PDEATHSIG, signal_of_death, 0, 0, 0) != 0)
        return failed("PR_SET_PDEATHSIG", e);
    return true;
}

/* Those a service manager may have given to bind ports, too. */
static bool drop_capabilities(struct err *e) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
        return failed("PR_CAP_AMBIENT", e);
    return syscall(SYS_capset, &header, none) == 0 || failed("capset", e);
}

static bool deny(scmp_filter_ctx filter, const char *name, uint32_t action, struct err *e) {
    int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR)
        return true; /* one that the libseccomp of this system has not heard of */
    int error = seccomp_rule_add(filter, action, number, 0);
    errno = -error;
    return error == 0 || failed(name, e);
}

static bool filter_calls(struct err *e) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    bool ok = filter || err_set(e, ERR_NO_MEMORY, "no memory for the filter of system calls");
    for (size_t i = 0; ok && i < sizeof KILLED / sizeof *KILLED; i++)
        ok = deny(filter, KILLED[i], SCMP_ACT_KILL_PROCESS, e);
    if (ok && !IS_LEAK_CHECKED)
        ok = deny(filter, "ptrace", SCMP_ACT_KILL_PROCESS, e);
    for (size_t i = 0; ok && i < sizeof REFUSED / sizeof *REFUSED; i++)
        ok = deny(filter, REFUSED[i], SCMP_ACT_ERRNO(EPERM), e);
    if (ok) {
        int error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
        error = error ? error : seccomp_load(filter);
        errno = -error;
        ok = error == 0 || failed("seccomp", e);
    }
    seccomp_release(filter);
    return ok;
}

bool sandbox_enter(const struct sandbox *s, struct err *e) {
    if (s->user && geteuid() == 0 && !change_account(s->user, e))
        return false;
    if (!drop_capabilities(e))
        return false;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return failed("PR_SET_NO_NEW_PRIVS", e);
    if (!IS_LEAK_CHECKED && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return failed("PR_SET_DUMPABLE", e);
    if (setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) != 0)
        return failed("RLIMIT_CORE", e);
    return filter_calls(e);
}
