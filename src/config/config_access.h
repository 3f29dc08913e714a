/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may use what, as the configuration says it: a part of config.h, which says who owns it and
 * who may read it. connector/authorize.h decides by it.
 */
#pragma once
#include "base/zone.h"
#include "net/address_range.h"

/* Where a value stands in the file, 1-based; for the messages of later checks. */
struct config_mark {
    unsigned line, column;
};

enum config_who {
    WHO_SIGNED_IN, /* everybody for whom the conditions hold */
    WHO_NOBODY,
};

/* What a claim has to be: compared byte by byte. */
struct config_claim {
    char *claim;
    char **any; /* one of the values is one of these; NULL: not asked */
    size_t any_count;
    char **all; /* all of these are among the values */
    size_t all_count;
    char **none; /* there is a value, and none is one of these */
    size_t none_count;
    struct config_mark mark;
};

/* "Mon-Fri 08:00-18:00 Europe/Berlin" */
struct config_hours {
    char *text;       /* as it is written */
    unsigned days;    /* a bit for each, Sunday the lowest: on which it begins */
    int from_s, to_s; /* of the day; `to_s` not behind `from_s`: it ends on the next one */
    const struct zone *zone;
};

/* Conditions that hold together. A list that is NULL is not asked; `users` and `groups` are one
 * condition: named in either. */
struct config_allow {
    enum config_who who;
    char **users; /* user names, or with their realm */
    size_t user_count;
    char **groups; /* as the claim `groups` has them */
    size_t group_count;
    struct config_claim *claims;
    size_t claim_count;
    struct address_range *networks;
    size_t network_count;
    char **methods;
    size_t method_count;
    struct config_hours *hours;
    size_t hour_count;
    char **acr; /* the claim `acr` is one of them */
    size_t acr_count;
};

/* For what is below a path of an app, in the place of the app's own `allow`. */
struct config_rule {
    char *path;       /* normalised, lies in the app's external path */
    struct str base;  /* the same without '/' at its end, which is for the same */
    struct str loose; /* and likewise in its loose form (http/loose.h) */
    size_t first;     /* number of the first of the app's rules with this path */
    char **methods;   /* the rule is for these; NULL: for all */
    size_t method_count;
    struct config_allow allow;
    struct config_mark mark;
};

enum {
    CONFIG_RULES_MAX = 256, /* of one app */
    CONFIG_CLAIMS_MAX = 16, /* of one allow */
    CONFIG_HOURS_MAX = 16,
};

/* Whether it asks for anything but that somebody signed in. */
bool config_allow_is_given(const struct config_allow *a);
/* The reading of one entry of `hours`; the zone is read from the system's database. False with
 * `*why`, which continues "the value ...". */
bool config_hours_parse(struct arena *a, struct str text, struct config_hours *out,
                        const char **why);
/* Whether it is that time at `wall_s`, seconds since 1970. */
bool config_hours_have(const struct config_hours *h, int64_t wall_s);
