/* SPDX-License-Identifier: Apache-2.0
 *
 * A survey from the inside: survey.c asks for one thing after the other, survey_entry.c makes JSON
 * of what an entry says. The connection's thread.
 */
#pragma once
#include "base/json_text.h"
#include "directory/directory_int.h"
#include "directory/survey.h"

enum { SURVEY_FILTER_MAX = 8192 };

enum survey_kind {
    SURVEY_TEXT,
    SURVEY_TEXTS,
    SURVEY_INT,
    SURVEY_UINT32, /* which the directory writes as a signed number */
    SURVEY_BOOL,
    SURVEY_SID,
    SURVEY_TIME,
    SURVEY_FILE_TIME,
    SURVEY_EXPIRY, /* a file time; 0 is never, too */
    SURVEY_INTERVAL,
    SURVEY_HEX,
};

/* An attribute, and what it is called in the facts. What an entry does not have is left out. */
struct survey_field {
    const char *attribute, *name;
    enum survey_kind kind;
};

struct survey {
    struct directory *d;
    const struct directory_survey_question *q;
    json_t *facts;
    struct sid sids[SURVEY_GROUPS_MAX + 4]; /* the connector's, its groups', and everybody's */
    size_t sid_count;
};

struct survey_search {
    const char *base;
    int scope;
    struct buf *filter; /* without its NUL; freed */
    const struct survey_field *fields;
    size_t field_count;
    unsigned entries_max;
    void (*take)(struct directory *d, LDAPMessage *entry, void *user);
    void *user;
};

/* Failing is put into the facts. */
void survey_search(struct survey *s, const struct survey_search *f);
/* The base of searches for accounts. */
const char *survey_base(const struct survey *s);
/* "dn", "realm" and the fields. NULL: no memory. */
json_t *survey_entry(struct directory *d, LDAPMessage *entry, const struct survey_field *fields,
                     size_t count);

/* An account, with all that matters of it. */
extern const struct survey_field SURVEY_ACCOUNT[];
extern const size_t SURVEY_ACCOUNT_COUNT;
/* For survey_search.take: appends an account to `user`, a list of JSON. */
void survey_take_account(struct directory *d, LDAPMessage *entry, void *user);
/* Whether this value of objectClass (among all of them) makes it "user", "computer", "gmsa", … */
const char *survey_object(const struct str *classes, size_t count);

/* Each asks for one thing and puts it into the facts. */
void survey_connector(struct survey *s);
void survey_person(struct survey *s);
void survey_target(struct survey *s);
void survey_forms(struct survey *s);
void survey_similar(struct survey *s);
void survey_domain(struct survey *s);
void survey_root(struct survey *s);
/* The groups in `account`, an account of the facts; its own domain's SID decides what is foreign.
 */
void survey_groups(struct survey *s, json_t *account);
/* msDS-AllowedToActOnBehalfOfOtherIdentity of a target, from its bytes; NULL: it was not there. */
json_t *survey_rbcd(const struct survey *s, const struct berval *bytes, bool is_readable);
/* The names of those whom the target lets act. */
void survey_rbcd_names(struct survey *s);

/* How a name leads to an account: "upn", "account", "implicit" (account@REALM), "sid"; or, which a
 * KDC does not go by: "mail", "name" (only what is before the @). NULL: not at all. Pure. */
struct survey_name {
    struct str asked, name, suffix; /* name and suffix of "name@suffix", or suffix empty */
    struct sid sid;                 /* count 0: it is none */
};
void survey_name_of(struct str asked, struct survey_name *out);
const char *survey_matched(const struct survey_name *n, const json_t *account);

/* Other ways to write an SPN: short, with the domain, with a port, HOST/… "`spn`" itself is not
 * among them. How many there are in `out`. Pure. */
enum { SURVEY_FORMS_MAX = 8, SURVEY_SPN_MAX = 256 };
size_t survey_forms_of(struct str spn, struct str domain, uint16_t port,
                       char out[SURVEY_FORMS_MAX][SURVEY_SPN_MAX]);
