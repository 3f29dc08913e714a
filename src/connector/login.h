/* SPDX-License-Identifier: Apache-2.0
 *
 * From who somebody is to the name a ticket is asked for: the five login identities of the
 * original, or a claim of the configuration's choice. A claim that is missing is an error (event
 * 13016) and never another claim (invariant 3). Pure, any thread.
 */
#pragma once
#include "broker/protocol.h"
#include "config/config.h"
#include "session/identity.h"

/* The claims that name a person; a provider gives those that it knows. */
#define CLAIM_UPN "user_principal_name"
#define CLAIM_ON_PREMISES_UPN "on_premises_user_principal_name"
#define CLAIM_SAM_ACCOUNT_NAME "on_premises_sam_account_name"

struct login {
    enum broker_name_type type;
    uint8_t account; /* of the connector's, that asks for it: config_account_of */
    char name[BROKER_NAME_MAX + 1];
};

/* The claim that names people to `app`, as long-lived as the configuration; NULL with
 * `ticket: own`. */
const char *login_claim(const struct config_app *app);
/* 0 when two apps call everybody by the same name; else which comes first, in an order without any
 * other meaning. */
int login_compare(const struct config_app *a, const struct config_app *b);

/* What goes to the broker with the name: a person's own ticket, or the one to us, as long-lived
 * as `who`, or a certificate, in the arena; most names have nothing. After login_of. False: memory.
 */
bool login_proof(struct arena *a, const struct config_app *app, const struct identity *who,
                 struct str *out);

/* Whether all tickets of `app` come of what people bring along when they sign in, so that nobody
 * else can get one in their name. */
bool login_needs_person(const struct config_app *app);

/* Whether what `app` gets tickets with is over, and has to be had anew by signing in: a person's
 * own ticket, also when there was none, or the one that she signed in with. */
bool login_is_over(const struct config_app *app, const struct identity *who, int64_t now_s);

/* The name for `app`'s login_identity, or with `ticket: own` the principal who signed in, as also
 * for somebody whose ticket to us is the evidence, while it is good. `realm` is that of the app's
 * account, for names without one; which account it is, is the caller's to set. False with `e` set:
 * ERR_CLAIM_MISSING when the claim is not there or cannot be such a name; ERR_NEGOTIATE_EVIDENCE
 * when the ticket of who signed in by one cannot be evidence, and nothing else may be. */
bool login_of(const struct config_app *app, const struct identity *who, struct str realm,
              struct login *out, struct err *e);
