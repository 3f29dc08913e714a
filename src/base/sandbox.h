/* SPDX-License-Identifier: Apache-2.0
 *
 * What a process of ours gives up once it has read the files it needs: the rights of root and all
 * capabilities, new ones through exec, being looked into by another process of its account, core
 * dumps (they would hold keys), and the system calls that only somebody who broke in would make.
 * Main thread, best before any other is started; the filter holds for all threads.
 *
 * The list is one of denials: an allow-list would have to follow every release of libc, libuv and
 * libkrb5. A call that no code of ours makes (execve, ptrace, mount, bpf ...) kills the process,
 * which stops the intruder in the middle, and the supervisor reports it. What our libraries try and
 * can do without (io_uring, kernel keyrings) and what asks for rights that are gone fails with
 * EPERM.
 *
 * With the address sanitizer, ptrace stays allowed and the process dumpable: its leak check at the
 * end needs both.
 */
#pragma once
#include "base/err.h"

struct sandbox {
    const char *user; /* account to become; NULL: stay; not looked at when not started as root */
};

/* False with `e` set (ERR_CONFIG: no such account, or it is root; ERR_IO): the process must not go
 * on. Keeps the parent-death signal (prctl(2)), which a change of account would drop. */
bool sandbox_enter(const struct sandbox *s, struct err *e);
