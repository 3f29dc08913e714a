/* SPDX-License-Identifier: Apache-2.0 */
#include "net/timer.h"

#include "base/clock.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/queue.h>

#define NOWHERE SIZE_MAX
#define SOON INT64_MIN                             /* due after the present calls */
#define MS_MAX (INT64_C(100) * 366 * 86400 * 1000) /* a hundred years are for ever */

enum {
    CHILDREN = 4,
    LONG_MS = 1000,
};

struct timer {
    struct timers *all;
    timer_fn *fire;
    void *user;
    bool runs, is_soon; /* is_soon: in that list, where it may have been stopped */
    int64_t due_us;     /* while it runs */
    size_t place;       /* in the heap, or NOWHERE */
    uint64_t round;     /* in which it was put into the list */
    TAILQ_ENTRY(timer) soon;
};

/* The heap is by the time of the next look at a timer, which is never after its deadline but may be
 * before: a deadline that moved later, or was given up, is only found out by then. */
struct entry {
    int64_t look_us;
    struct timer *timer;
};

struct timers {
    uv_timer_t alarm; /* the first look of the heap */
    uv_idle_t hurry;  /* keeps the loop from waiting while somebody is in `soon` */
    uv_check_t soon_check;
    unsigned handles; /* of these three, not closed yet */
    struct entry *heap;
    size_t heap_count, capacity; /* room for all, so that starting one cannot fail */
    size_t count, running;
    int64_t alarm_us; /* INT64_MAX: not set */
    TAILQ_HEAD(, timer) soon;
    uint64_t round;
};

/* --- the heap --- */

static void put(struct timers *all, size_t at, struct entry e) {
    all->heap[at] = e;
    e.timer->place = at;
}

static void put_or_rise(struct timers *all, size_t at, struct entry e) {
    while (at > 0 && all->heap[(at - 1) / CHILDREN].look_us > e.look_us) {
        put(all, at, all->heap[(at - 1) / CHILDREN]);
        at = (at - 1) / CHILDREN;
    }
    put(all, at, e);
}

static void put_or_sink(struct timers *all, size_t at, struct entry e) {
    for (;;) {
        size_t first = at * CHILDREN + 1, end = first + CHILDREN, least = first;
        if (first >= all->heap_count)
            break;
        for (size_t i = first + 1; i < end && i < all->heap_count; i++) {
            if (all->heap[i].look_us < all->heap[least].look_us)
                least = i;
        }
        if (all->heap[least].look_us >= e.look_us)
            break;
        put(all, at, all->heap[least]);
        at = least;
    }
    put(all, at, e);
}

static void take_out(struct timer *t) {
    struct timers *all = t->all;
    size_t at = t->place;
    if (at == NOWHERE)
        return;
    t->place = NOWHERE;
    struct entry last = all->heap[--all->heap_count];
    if (at == all->heap_count)
        return;
    if (at > 0 && all->heap[(at - 1) / CHILDREN].look_us > last.look_us)
        put_or_rise(all, at, last);
    else
        put_or_sink(all, at, last);
}

/* --- deadlines --- */

static void set_running(struct timer *t, bool runs) {
    if (t->runs == runs)
        return;
    t->runs = runs;
    t->all->running += runs ? 1 : (size_t)-1;
    /* A look at nothing but stopped ones is no reason for the loop to live on. */
    if (t->all->running == 0)
        uv_unref((uv_handle_t *)&t->all->alarm);
    else
        uv_ref((uv_handle_t *)&t->all->alarm);
}

static void fire(struct timer *t) {
    set_running(t, false);
    t->fire(t->user); /* `t` may be gone now */
}

static void on_alarm(uv_timer_t *alarm);

/* Brought forward when needed, and never put off: the look finds out. */
static void set_alarm(struct timers *all) {
    if (all->heap_count == 0 || all->heap[0].look_us >= all->alarm_us || all->count == 0)
        return;
    all->alarm_us = all->heap[0].look_us;
    uint64_t now_ms = uv_now(all->alarm.loop), at_ms = (uint64_t)(all->alarm_us + 999) / 1000;
    uv_timer_start(&all->alarm, on_alarm, at_ms > now_ms ? at_ms - now_ms : 0, 0);
}

static void on_alarm(uv_timer_t *alarm) {
    struct timers *all = alarm->data;
    int64_t now_us = clock_mono_us();
    all->alarm_us = INT64_MAX;
    /* What is started meanwhile is due later than `now_us`. */
    while (all->heap_count > 0 && all->heap[0].look_us <= now_us) {
        struct timer *t = all->heap[0].timer;
        if (t->runs && t->due_us > now_us) {
            put_or_sink(all, 0, (struct entry){t->due_us, t});
            continue;
        }
        take_out(t);
        if (t->runs && t->due_us != SOON)
            fire(t);
    }
    set_alarm(all);
}

/* --- those that fire after the present calls --- */

static void leave_soon(struct timer *t) {
    if (t->is_soon)
        TAILQ_REMOVE(&t->all->soon, t, soon);
    t->is_soon = false;
}

/* After the loop has polled, and so in the same turn for what a socket's call has started. */
static void on_check(uv_check_t *check) {
    struct timers *all = check->data;
    struct timer *t;
    uint64_t round = all->round++;
    while ((t = TAILQ_FIRST(&all->soon)) && t->round == round) {
        leave_soon(t);
        if (t->runs && t->due_us == SOON)
            fire(t);
    }
    if (TAILQ_EMPTY(&all->soon) && all->count > 0) {
        uv_idle_stop(&all->hurry);
        uv_check_stop(&all->soon_check);
    }
}

static void on_hurry(uv_idle_t *hurry) { (void)hurry; }

static void start_soon(struct timer *t) {
    struct timers *all = t->all;
    t->due_us = SOON;
    if (t->is_soon)
        return;
    if (TAILQ_EMPTY(&all->soon)) {
        uv_idle_start(&all->hurry, on_hurry);
        uv_check_start(&all->soon_check, on_check);
    }
    t->is_soon = true;
    t->round = all->round;
    TAILQ_INSERT_TAIL(&all->soon, t, soon);
}

/* --- all of a loop --- */

static void on_closed(uv_handle_t *handle) {
    struct timers *all = handle->data;
    if (--all->handles > 0)
        return;
    free(all->heap);
    free(all);
}

static void end_if_unused(struct timers *all) {
    if (all->count > 0)
        return;
    all->alarm.loop->data = NULL;
    uv_close((uv_handle_t *)&all->alarm, on_closed);
    uv_close((uv_handle_t *)&all->hurry, on_closed);
    uv_close((uv_handle_t *)&all->soon_check, on_closed);
}

static struct timers *timers_of(uv_loop_t *loop) {
    struct timers *all = loop->data;
    if (all || !(all = calloc(1, sizeof *all)))
        return all;
    *all = (struct timers){.alarm_us = INT64_MAX, .handles = 3};
    TAILQ_INIT(&all->soon);
    uv_timer_init(loop, &all->alarm);
    uv_idle_init(loop, &all->hurry);
    uv_check_init(loop, &all->soon_check);
    all->alarm.data = all->hurry.data = all->soon_check.data = all;
    uv_unref((uv_handle_t *)&all->alarm);
    loop->data = all;
    return all;
}

static bool has_room(struct timers *all) {
    if (all->count < all->capacity)
        return true;
    size_t capacity = all->capacity ? 2 * all->capacity : 16;
    struct entry *heap = reallocarray(all->heap, capacity, sizeof *heap);
    if (!heap)
        return false;
    all->heap = heap;
    all->capacity = capacity;
    return true;
}

struct timer *timer_new(uv_loop_t *loop, timer_fn *fire_fn, void *user) {
    struct timers *all = timers_of(loop);
    struct timer *t = all && has_room(all) ? malloc(sizeof *t) : NULL;
    if (t) {
        *t = (struct timer){.all = all, .fire = fire_fn, .user = user, .place = NOWHERE};
        all->count++;
    } else if (all) {
        end_if_unused(all);
    }
    return t;
}

void timer_free(struct timer *t) {
    if (!t)
        return;
    set_running(t, false);
    leave_soon(t);
    take_out(t);
    t->all->count--;
    end_if_unused(t->all);
    free(t);
}

/* Not earlier than it is. What is started anew with every step of a request is long. */
static int64_t now_for(int64_t ms) {
    return ms < LONG_MS ? clock_mono_us() : clock_mono_tick_us() + CLOCK_TICK_US;
}

void timer_start(struct timer *t, int64_t ms) {
    struct timers *all = t->all;
    set_running(t, true);
    if (ms <= 0) {
        start_soon(t);
        return;
    }
    t->due_us = now_for(ms) + (ms < MS_MAX ? ms : MS_MAX) * 1000;
    if (t->place == NOWHERE)
        put_or_rise(all, all->heap_count++, (struct entry){t->due_us, t});
    else if (t->due_us < all->heap[t->place].look_us)
        put_or_rise(all, t->place, (struct entry){t->due_us, t});
    set_alarm(all);
}

void timer_stop(struct timer *t) { set_running(t, false); }
