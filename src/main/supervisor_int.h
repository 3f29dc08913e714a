/* SPDX-License-Identifier: Apache-2.0
 *
 * The supervisor from the inside, for its own files alone: supervisor.c has the loop, signals and
 * the end, supervisor_reload.c changes from one generation to the next, supervisor_restart.c from
 * one program to the next.
 */
#pragma once
#include "main/control_socket.h"
#include "main/supervisor_generation.h"
#include "main/supervisor_watch.h"

#include <limits.h>

/* Another program, while it is tried. */
struct trial {
    pid_t pid;     /* 0: there is none */
    int report_fd; /* what it says */
    int64_t ends_us;
};

/* A scheduled run of the doctor, for the generation that serves. */
struct checkup {
    pid_t pid;                      /* 0: none runs */
    const struct generation *whose; /* it was scheduled for; never looked into */
    int64_t next_us, ends_us;       /* INT64_MAX: never */
};

struct supervisor {
    const char *file;
    char program[PATH_MAX]; /* where this program was started from */
    int signal_fd;
    struct control_socket control;
    struct generation_list generations; /* the oldest first */
    struct generation *current;         /* serves; NULL before the first and when stopping */
    struct generation *next;            /* starts */
    struct generation *leaving;         /* the last one, while it may still accept */
    int64_t leaves_us;                  /* nobody waits for that any longer */
    struct watch watch, next_watch;     /* the files of `current` and of `next` */
    bool is_renewal;                    /* `next` is `current` again, its files being others */
    struct config_report report;        /* what there is to say about the configuration of `next` */
    struct trial trial;
    struct checkup checkup;
    bool is_reload_wanted, is_restart_wanted;
    bool is_restarted; /* this program is new; its first reload tells */
    bool is_stopping;
    bool has_served;
};

/* Whether it is in the middle of a change, or not serving: no other may begin. */
static inline bool supervisor_is_busy(const struct supervisor *s) {
    return !s->current || s->next || s->leaving || s->trial.pid;
}

/* supervisor_checkup.c */

/* Begins a run when one is due, and ends one that takes too long, or when kerbgate is being
 * stopped. */
void checkup_tick(struct supervisor *s);
/* The run was reaped. */
void checkup_ended(struct supervisor *s);
/* When there is something to do, INT64_MAX: never. */
int64_t checkup_next_us(const struct supervisor *s);

/* supervisor_reload.c */

/* Starts a generation as s->next; NULL when s->report says why not. */
void reload_begin(struct supervisor *s, bool is_renewal);
/* Starts one if that is wanted, and nothing is in its way. */
void reload_if_wanted(struct supervisor *s);
/* The same when the files that are watched are others. */
void reload_renew(struct supervisor *s);
/* s->next is ready: it serves, and the one before drains. */
void reload_serve_next(struct supervisor *s);
/* s->next has died before it was ready. */
void reload_next_failed(struct supervisor *s);
/* Tells who waits for it, once the one before accepts nothing more, or, with a word about that,
 * when s->leaves_us has come; `is_over`: it is about to be freed. */
void reload_tell_when_left(struct supervisor *s, bool is_over);
/* When there is something to do, INT64_MAX: never. */
int64_t reload_next_us(const struct supervisor *s);

/* supervisor_restart.c: the walk of a restart, of which only the last two steps change anything.
 *
 *   1. Somebody asks at the socket of kerbgate reload; no other change may be under way.
 *   2. What is to be handed over is written (supervisor_handover.h), and all that it names is
 *      inherited by a child, which becomes `kerbgate trial` of the program that now has the name
 *      this one was started from. It reads all of it, the configuration in force and the one in
 *      the file. If it does not end with 0 in time, its words are the answer: refused.
 *   3. The same text again, and execve(2): same process, same children, same sockets. Whoever
 *      connects meanwhile is accepted by the workers before, which notice nothing.
 *   4. The new program has the generations as its own and begins a reload, as any other: new
 *      processes of the new program, and only when both are ready the ones before are drained. If
 *      they cannot serve, the ones before go on, looked after by the new program.
 *
 * Sessions are in the store, and tickets are got anew: as in a reload. */

/* Tries the program that is on the disk now, if that is wanted and nothing is in its way. */
void restart_if_wanted(struct supervisor *s);
/* The trial was reaped with `status`: becomes that program, or says why not. */
void restart_tried(struct supervisor *s, int status);
/* Ends a trial that takes too long, or when kerbgate is being stopped: it has what the children
 * wait for the end of. */
void restart_tick(struct supervisor *s);
/* Takes over from the program before, if there was one: s->current is set then. False with `e`. */
bool restart_take_over(struct supervisor *s, struct err *e);
