/* SPDX-License-Identifier: Apache-2.0
 *
 * The listening sockets of one generation: for each thread of the worker one for each element of
 * gateway.listen, so that the kernel spreads connections over the threads (SO_REUSEPORT); then that
 * of gateway.admin, if there is one, which is no thread's. What two
 * generations both listen on is one socket under two descriptors: no connection is lost when one
 * takes over from the other. Supervisor only.
 */
#pragma once
#include "config/config.h"

struct listener {
    char *address; /* the configuration's */
    uint16_t port;
    unsigned thread; /* UINT_MAX: gateway.admin's, which is no thread's */
    unsigned line;   /* of the configuration */
    int fd;
};

struct listeners {
    struct listener *items; /* thread by thread, in the order of gateway.listen; gateway.admin */
    size_t count;
};

/* Fills `l`: with the sockets of `now` (NULL: none) where those fit, and new ones. They do not
 * block, and close at exec. Points into `c`. False with `e` set, naming the address; `l` is empty
 * then. */
bool listeners_open(struct listeners *l, const struct config *c, const struct listeners *now,
                    struct err *e);
/* How many a generation of `c` has. */
size_t listeners_count(const struct config *c);
/* The next of `l` in its order, empty at first, is `fd`, a socket that another program has opened;
 * the caller's still when the answer is false: it has all, or memory. */
bool listeners_adopt(struct listeners *l, const struct config *c, int fd);
void listeners_close(struct listeners *l);

/* Ends listening, in all processes, on what `l` has and `next` (NULL: nobody) has not: whoever
 * connects from now on is refused instead of waiting for nobody. */
void listeners_retire(const struct listeners *l, const struct listeners *next);
