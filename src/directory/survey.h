/* SPDX-License-Identifier: Apache-2.0
 *
 * What the directory says about one chain: the connector's account, the person's, whoever owns the
 * application's SPN, what is similar to it, trusts and policies. Facts as docs/doctor.md describes
 * them under "directory"; nobody judges here. Only searches: nothing is changed, and nothing counts
 * as a log-on. Entries, values and texts are bounded. The connection's thread.
 */
#pragma once
#include "directory/directory.h"

#include <jansson.h>

enum {
    SURVEY_ACCOUNTS_MAX = 4, /* that a name or an SPN leads to */
    SURVEY_SIMILAR_MAX = 16, /* SPNs that look like ours */
    SURVEY_VALUES_MAX = 512, /* of one attribute */
    SURVEY_GROUPS_MAX = 1024,
    SURVEY_TRUSTS_MAX = 32,
};

struct directory_survey_question {
    struct str principal; /* the connector's, "svc-kerbgate@CORP.EXAMPLE" */
    struct str person;    /* as they are asked for: UPN, principal, account, DOMAIN\account, SID;
                             empty: nobody */
    struct str spn;       /* the application's; empty: none */
    uint16_t port;        /* of its internal URL; 0: the usual one */
    int64_t until_us;     /* monotonic, for all searches together */
};

/* For json_decref; NULL with `e` set when there is no memory. A search that fails is "error" in it
 * (the first one), and what it would have said is not there. */
json_t *directory_survey(struct directory *d, const struct directory_survey_question *q,
                         struct err *e);
/* The same for one more domain controller, to see whether it agrees: connector and target only. */
json_t *directory_survey_again(struct directory *d, const struct directory_survey_question *q,
                               struct err *e);

struct directory_root_question {
    int fd; /* connected, with time limits of its own; taken in any case */
    const char *host;
    int64_t until_us;
};
/* What a domain controller tells everybody about itself and its clock: asks without signing in, so
 * that nothing of it is proven. For json_decref; NULL with `e` set (ERR_DIRECTORY, ERR_NO_MEMORY).
 */
json_t *directory_root(const struct directory_root_question *q, struct err *e);
