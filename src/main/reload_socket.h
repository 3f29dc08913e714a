/* SPDX-License-Identifier: Apache-2.0
 *
 * Where `kerbgate reload` and `kerbgate restart` find the supervisor: an abstract unix socket
 * (unix(7)), so that no file is left over, named after the configuration file. The client sends
 * RELOAD_ASK or RELOAD_ASK_RESTART; the answer is one datagram, RELOAD_IS_DONE or RELOAD_IS_REFUSED
 * and then text for people. Either side talks only to root and to its own account. The name is a
 * file's in a folder, links in the folder's path resolved: a file that is a link keeps its name
 * when it is made to point to another. Main thread.
 */
#pragma once
#include "base/err.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

enum {
    RELOAD_ASK = 'L',
    RELOAD_ASK_RESTART = 'R',
    RELOAD_IS_DONE = 'D',
    RELOAD_IS_REFUSED = 'X',
    RELOAD_ANSWER_MAX = 64 * 1024, /* bytes of an answer; longer text is cut */
    RELOAD_CLIENTS_MAX = 8,        /* clients at one time; further ones are turned away */
    RELOAD_SILENCE_S = 5,          /* until a client has asked */
    RELOAD_WAIT_S = 90,            /* for an answer; a reload may have to end before a restart */
};

struct reload_address {
    struct sockaddr_un un;
    socklen_t size;
};

/* False with `e` set when the folder of `file` is not there. */
bool reload_address(const char *file, struct reload_address *a, struct err *e);
/* Whether the process at the other end of `fd` is root's or our own account's. */
bool reload_is_friend(int fd);

/* The supervisor's end. */
enum reload_client_state {
    RELOAD_CLIENT_SILENT,
    RELOAD_CLIENT_ASKED, /* for a reload that has not begun */
    RELOAD_CLIENT_WAITS, /* for the outcome of the one that runs */
};

struct reload_client {
    int fd; /* -1: free */
    enum reload_client_state state;
    int64_t deadline_us;
};

struct reload_socket {
    int fd; /* -1: not open */
    struct reload_client clients[RELOAD_CLIENTS_MAX];
};

/* Nothing is open. */
void reload_socket_init(struct reload_socket *s);
/* False with `e` set; also when another supervisor serves this file. */
bool reload_socket_open(struct reload_socket *s, const char *file, struct err *e);
void reload_socket_close(struct reload_socket *s);

/* Fills at most 1 + RELOAD_CLIENTS_MAX elements. */
size_t reload_socket_poll(const struct reload_socket *s, struct pollfd *polls);
/* Takes new clients and what they say: RELOAD_ASK or RELOAD_ASK_RESTART, which is more, when one
 * asks for it; else 0. */
char reload_socket_tick(struct reload_socket *s);
/* When a client's time is over; INT64_MAX: there is none. */
int64_t reload_socket_next_us(const struct reload_socket *s);

/* A reload begins: it is for those who asked before now. */
void reload_socket_begin(struct reload_socket *s);
/* It is over: `what` and `text` go to those who wait for it. */
void reload_socket_answer(struct reload_socket *s, char what, struct str text);
