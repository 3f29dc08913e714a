/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of this room share: a ticket, and questions.
 */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "broker/protocol.h"

#include <stdlib.h>

/* A literal as the configuration has its texts: one that may be written. */
#define TEXT(literal) ((char[]){literal})

static inline unsigned char *bytes_of(const char *text) { return (unsigned char *)strdup(text); }

/* For ticket_free. */
static inline struct ticket *some_ticket(void) {
    struct ticket *t = calloc(1, sizeof *t);
    assert_non_null(t);
    *t = (struct ticket){
        .client = strdup("alice@CORP.EXAMPLE"),
        .server = strdup("HTTP/hr.corp.example@CORP.EXAMPLE"),
        .der = bytes_of("ticket"),
        .der_size = 6,
        .enctype = 18,
        .ticket_enctype = -133,
        .kvno = 3,
        .key = bytes_of("0123456789abcdef0123456789abcdef"),
        .key_size = 32,
        .starts_s = 1795525500,
        .ends_s = INT64_C(4999999999),
        .flags = 0x40a10000,
        .kdc = strdup("10.0.0.10:88"),
        .took_us = 9000,
    };
    return t;
}

static inline struct broker_request ticket_question(const char *user, uint64_t id) {
    return (struct broker_request){.id = id,
                                   .kind = BROKER_TICKET,
                                   .timeout_ms = 30000,
                                   .user = str_of(user),
                                   .name_type = BROKER_NAME_PRINCIPAL,
                                   .spn = STR("HTTP/hr.corp.example")};
}

static inline struct broker_request accept_question(const char *ap_req, uint64_t id) {
    return (struct broker_request){.id = id,
                                   .kind = BROKER_ACCEPT,
                                   .timeout_ms = 30000,
                                   .provider = STR("inside"),
                                   .host = STR("hr.example.com"),
                                   .ap_req = str_of(ap_req),
                                   .end_point = STR("0123456789abcdef"),
                                   .wants_evidence = true};
}

static inline struct broker_request sign_in_question(const char *user, uint64_t id) {
    return (struct broker_request){.id = id,
                                   .kind = BROKER_SIGN_IN,
                                   .timeout_ms = 30000,
                                   .user = str_of(user),
                                   .realm = STR("CORP.EXAMPLE"),
                                   .password = STR("correct horse")};
}
