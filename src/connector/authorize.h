/* SPDX-License-Identifier: Apache-2.0
 *
 * May this person use this app for this? The one place where that is decided: for requests, for
 * `kerbgate check --user` and for the doctor. What is asked for and not known never lets in. Pure,
 * any thread.
 */
#pragma once
#include "config/config.h"
#include "session/identity.h"

#include <sys/socket.h>

/* The claims that rules are about; names as OpenID Connect has them. */
#define CLAIM_GROUPS "groups"
#define CLAIM_ACR "acr"
/* Of a sign-in by the form: its ways (RFC 8176), and what rules may ask for as `acr`. */
#define CLAIM_AMR "amr"
#define ACR_PASSWORD "pwd"
#define ACR_TWO_FACTORS "mfa"

struct authorize_request {
    const struct config *config;
    const struct config_app *app; /* that people sign in to */
    const struct identity *who;   /* who signed in at the app's provider */
    struct str method;
    struct str path;             /* normalised, lies in the app */
    const struct sockaddr *from; /* NULL: not known */
    int64_t wall_s;
    bool is_sketch; /* `who` is not of a sign-in: what she lacks is not known */
};

enum authorize_answer {
    AUTHORIZE_NO,
    AUTHORIZE_UNKNOWN, /* for want of an address, or of a claim of a sketch */
    AUTHORIZE_YES,
};

struct authorized {
    enum authorize_answer answer;
    const struct config_rule *rule; /* that decided; NULL: the app's own `allow`, or none */
    struct config_mark mark;        /* where that stands; all zero: the app asks for nothing */
    char why[160]; /* of a no, or what is not known; continues "alice may not: ..." */
};
void authorize_explain(const struct authorize_request *r, struct authorized *out);

/* Whether the answer is yes; else `e` is set (ERR_FORBIDDEN) and names the rule by file and line.
 */
bool authorize(const struct authorize_request *r, struct err *e);

/* Whether `entry` names this person: a user name, or one with its realm; ASCII case aside, as the
 * directory has it. Never by the subject, which may be what a provider made up. */
bool authorize_is_named(struct str entry, const struct identity *who);
