/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP/1.1 on a client's connection from the inside, for client_h1.c, which reads requests, and
 * client_h1_answer.c, which writes answers.
 */
#pragma once
#include "gateway/client.h"
#include "http/h1.h"

enum client_h1_state {
    H1_CLIENT_IDLE,    /* waits for the first byte of a request */
    H1_CLIENT_HEAD,    /* a part of a head is here */
    H1_CLIENT_REQUEST, /* body in, answer out */
    H1_CLIENT_CLOSING, /* the last answer is on its way; what comes is thrown away */
};

struct client_h1 {
    struct client *client;
    struct reply reply;
    struct h1_parser *parser; /* NULL between two requests */
    struct walk *walk;        /* from the first byte of a request to the turn after its answer */
    enum client_h1_state state;
    enum body_kind answer_body;
    uint64_t requests;
    bool is_body_done; /* the request's body was read to its end */
    bool is_tunnel;    /* after 101: bytes both ways, until either side closes */
    bool is_answered;
    bool is_awaited; /* the deadline runs for what the client has to do next */
};

extern const struct reply_calls CLIENT_H1_REPLY;

/* 101 was answered: what comes now is for the other protocol. */
void client_h1_tunnel(struct client_h1 *h);
/* The answer goes no further. Where the end of the connection would be the end of its body, the
 * connection needs another one (RFC 9112 8). */
void client_h1_cut(struct client_h1 *h);
/* The walk has room for more of the body. */
void client_h1_take_body(struct client_h1 *h);
