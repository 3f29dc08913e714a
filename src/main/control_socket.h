/* SPDX-License-Identifier: Apache-2.0
 *
 * Where `kerbgate reload`, `restart`, `tickets` and `sessions` find the supervisor: an abstract
 * unix socket (unix(7)), so that no file is left over, named after the configuration file. The
 * client sends CONTROL_RELOAD or CONTROL_RESTART; the answer is one datagram, CONTROL_IS_DONE or
 * CONTROL_IS_REFUSED and then text for people. Either side talks only to root and to its own
 * account. The name is a file's in a folder, links in the folder's path resolved: a file that is a
 * link keeps its name when it is made to point to another. Main thread.
 */
#pragma once
#include "base/err.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

enum {
    CONTROL_RELOAD = 'L',
    CONTROL_RESTART = 'R',
    CONTROL_TICKETS = 'T', /* then what gateway/errand.h takes, which is who answers */
    CONTROL_IS_DONE = 'D',
    CONTROL_IS_REFUSED = 'X',
    CONTROL_ANSWER_MAX = 64 * 1024, /* bytes of an answer; longer text is cut */
    CONTROL_ASK_MAX = 2048,         /* bytes of a question; a longer one is cut */
    CONTROL_CLIENTS_MAX = 8,        /* clients at one time; further ones are turned away */
    CONTROL_SILENCE_S = 5,          /* until a client has asked */
    CONTROL_WAIT_S = 90,            /* for an answer; a reload may have to end before a restart */
};

struct control_address {
    struct sockaddr_un un;
    socklen_t size;
};

/* False with `e` set when the folder of `file` is not there. */
bool control_address(const char *file, struct control_address *a, struct err *e);
/* Whether the process at the other end of `fd` is root's or our own account's. */
bool control_is_friend(int fd);

/* The supervisor's end. */
enum control_client_state {
    CONTROL_CLIENT_SILENT,
    CONTROL_CLIENT_ASKED,  /* for a reload that has not begun */
    CONTROL_CLIENT_WAITS,  /* for the outcome of the one that runs */
    CONTROL_CLIENT_PASSES, /* asks something of the worker; not read yet */
};

struct control_client {
    int fd; /* -1: free */
    enum control_client_state state;
    int64_t deadline_us;
};

struct control_socket {
    int fd; /* -1: not open */
    struct control_client clients[CONTROL_CLIENTS_MAX];
};

/* Nothing is open. */
void control_socket_init(struct control_socket *s);
/* False with `e` set; also when another supervisor serves this file. */
bool control_socket_open(struct control_socket *s, const char *file, struct err *e);
void control_socket_close(struct control_socket *s);

/* Fills at most 1 + CONTROL_CLIENTS_MAX elements. */
size_t control_socket_poll(const struct control_socket *s, struct pollfd *polls);
/* Takes new clients and what they say: CONTROL_RELOAD or CONTROL_RESTART, which is more, when one
 * asks for it; else 0. */
char control_socket_tick(struct control_socket *s);
/* Hands those that ask something of the worker to `pass`, with all they say; it duplicates `fd`,
 * or answers false, and they are turned away. */
typedef bool control_pass_fn(void *user, struct str asked, int fd);
void control_socket_pass(struct control_socket *s, control_pass_fn *pass, void *user);
/* When a client's time is over; INT64_MAX: there is none. */
int64_t control_socket_next_us(const struct control_socket *s);

/* A reload begins: it is for those who asked before now. */
void control_socket_begin(struct control_socket *s);
/* It is over: `what` and `text` go to those who wait for it. */
void control_socket_answer(struct control_socket *s, char what, struct str text);
