/* SPDX-License-Identifier: Apache-2.0
 *
 * The record that walks along with one request: who asked for what, where the time went, how it
 * ended. Made when the head of a request has been read, filled by each room on the way, handed to
 * the sink (sink.h) once, when the answer has been sent or the connection is gone. The access
 * record, the event, the page's reference and the metrics all come from this one record. Plain data
 * without pointers, so that it can be copied into the sink's queue. No query strings, cookies or
 * header values are ever put in it (invariant 9).
 */
#pragma once
#include "base/err.h"

enum { ACTIVITY_ID_SIZE = 37 }; /* a UUID (RFC 9562 version 4) and its NUL */

enum activity_step {
    ACTIVITY_HEAD,     /* reading the request's head, from its first byte */
    ACTIVITY_SESSION,  /* from the cookie to the identity */
    ACTIVITY_TICKET,   /* the service ticket, from the cache or the broker */
    ACTIVITY_CONNECT,  /* a connection to the back end; near 0 for one that was kept */
    ACTIVITY_MINT,     /* the token */
    ACTIVITY_RESPONSE, /* from the request sent to the head of the answer */
    ACTIVITY_BODY,     /* the answer's body, at the pace of the slower side */
    ACTIVITY_STEPS
};

struct activity {
    char id[ACTIVITY_ID_SIZE];
    int64_t started_ms; /* wall clock */
    int64_t started_us; /* monotonic clock */
    int64_t total_us;
    int64_t step_us[ACTIVITY_STEPS]; /* -1: the request did not come to that step */
    char app[64];                    /* empty: no app at this address */
    char connector[64];              /* group of the connector that reaches it */
    char user[256];                  /* subject of the session; empty: nobody signed in */
    char client[64];                 /* address */
    char protocol[12];               /* "HTTP/1.1", "HTTP/2" */
    char method[24];
    char host[256];
    char path[512];    /* normalised, cut when longer */
    char backend[288]; /* scheme://host:port, once chosen */
    char claim[256];   /* which names the person to the app */
    char claim_value[256];
    char principal[256]; /* what the ticket was asked for */
    char realm[256];     /* where its domain controller is asked first, or whose ticket it is */
    char spn[256];
    bool is_ticket_cached;
    char kdc[64];   /* address of the KDC that gave the ticket, or would not */
    int64_t kdc_us; /* its exchanges for the ticket, whenever that was; of a failure the last one;
                       -1: none */
    bool is_connection_reused;
    bool has_other_way;           /* the app has a page to sign in at, besides what was refused */
    uint64_t bytes_in, bytes_out; /* of bodies */
    int status;                   /* 0: nothing was answered */
    struct err err;               /* ERR_NONE: none */
};

/* A fresh record: random id, clocks read, every step at -1. Any thread. */
void activity_begin(struct activity *a);
/* Adds the time since `*since_us` (monotonic) to a step and sets `*since_us` to now. */
void activity_step(struct activity *a, enum activity_step step, int64_t *since_us);
/* Copies text into a field of the record, cut to fit; never splits a UTF-8 character (RFC 3629). A
 * NUL byte in it becomes '?', so that it hides nothing. Any thread. */
void activity_text(char *field, size_t size, struct str text);

/* "head", "session", …: the name in the store and in what is printed. */
const char *activity_step_name(enum activity_step step);
/* The step in which the request failed; ACTIVITY_STEPS when it did not. */
enum activity_step activity_failed_step(const struct activity *a);
/* Where the ticket came from: "cached", "new", or "-" when none was got. */
const char *activity_ticket(const struct activity *a);
/* Takes an activity id as a person typed it, in either case; false when it is none. */
bool activity_id_read(char id[ACTIVITY_ID_SIZE], struct str text);
