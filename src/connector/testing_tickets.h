/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of tickets.h share: somebody who asks for tickets, a broker, and a clock that can
 * be put ahead.
 */
#pragma once
#include "connector/testing.h"
#include "connector/testing_clock.h"

#define SPN "HTTP/hr.corp.example"

static inline int64_t far(void) { return clock_wall_s() + 36000; }

/* Somebody who asks. */
struct asker {
    struct place *p;
    unsigned calls;
    struct shared_ticket *ticket;
    struct tickets_wait *wait;
    struct err err;
    struct asker *cancels;  /* is cancelled by this one's call */
    const char *asks_again; /* so does this one's call */
};

static inline struct login login_for(const char *name, enum broker_name_type type) {
    struct login l = {.type = type};
    snprintf(l.name, sizeof l.name, "%s", name);
    return l;
}

static inline enum tickets_result ask(struct place *p, struct asker *a, const char *name,
                                      const char *spn);

static inline void on_ticket(void *user, struct shared_ticket *ticket, const struct err *e) {
    struct asker *a = user;
    a->calls++;
    a->wait = NULL;
    a->ticket = ticket;
    a->err = *e;
    assert_true((ticket != NULL) == (e->code == ERR_NONE));
    if (a->cancels) {
        tickets_cancel(a->cancels->wait);
        a->cancels->wait = NULL;
    }
    if (a->asks_again) {
        const char *name = a->asks_again;
        a->asks_again = NULL;
        shared_ticket_release(a->ticket);
        ask(a->p, a, name, SPN);
    }
}

static inline enum tickets_result ask(struct place *p, struct asker *a, const char *name,
                                      const char *spn) {
    struct login l = login_for(name, BROKER_NAME_PRINCIPAL);
    struct tickets_question q = {.login = &l, .spn = spn, .done = on_ticket, .user = a};
    unsigned calls = a->calls;
    a->p = p;
    enum tickets_result r = tickets_get(p->c->tickets, &q, &a->ticket, &a->wait, &a->err);
    assert_int_equal(a->calls, calls); /* never from inside */
    assert_int_equal(r == TICKETS_FOUND, a->ticket != NULL);
    assert_int_equal(r == TICKETS_WAITING, a->wait != NULL);
    return r;
}

/* Asks, has the broker answer, and lets go of the ticket. */
static inline void fetch(struct place *p, const char *name, int64_t ends_s) {
    struct asker a = {0};
    struct broker_request q = {0};
    assert_int_equal(ask(p, &a, name, SPN), TICKETS_WAITING);
    UNTIL(p, (q = question(p)).id);
    assert_true(str_eq(q.user, str_of(name)) && str_eq(q.spn, STR(SPN)));
    reply_ticket(p, q.id, ends_s);
    UNTIL(p, a.calls);
    assert_non_null(a.ticket);
    shared_ticket_release(a.ticket);
}

static inline bool is_found(struct place *p, const char *name) {
    struct asker a = {0};
    bool is_there = ask(p, &a, name, SPN) == TICKETS_FOUND;
    shared_ticket_release(a.ticket);
    tickets_cancel(a.wait);
    return is_there;
}
