/* SPDX-License-Identifier: Apache-2.0
 *
 * From a failed exchange to the error object that people read: which code, what happened, what to
 * type next (cause.h), with the real names filled in. Names come from sign-ins and workers: what
 * would make something else of a command in a hint is replaced by '?'. Any thread.
 */
#pragma once
#include "broker/cause.h"
#include "broker/krb.h"

struct explain_case {
    enum cause_step step;
    krb5_error_code code;   /* what libkrb5 said */
    struct evidence kdc;    /* what the KDC said */
    unsigned facts;         /* enum cause_fact */
    const char *principal;  /* ours, "svc-kerbgate@CORP.EXAMPLE" */
    const char *keytab;     /* its file */
    const char *user, *spn; /* as asked; NULL where there is none */
    const char *text;       /* libkrb5's words */
};

/* Fills `e`; false, for the caller to return. */
bool explain(const struct explain_case *c, struct err *e);
/* The same for what libkrb5 said in the context of `k`: step, code, facts, user and spn are the
 * caller's, the rest is filled in here. Thread of `k`. */
bool explain_krb(struct krb *k, const struct explain_case *c, struct err *e);
/* Nothing came within the time a question had: a KDC was asked and is silent, or, with `was_asked`
 * false, every thread of the broker was busy waiting for one. */
void explain_silence(const struct config_kerberos *config, enum cause_step step, bool was_asked,
                     int64_t waited_ms, struct err *e);
