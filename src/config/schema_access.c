/* SPDX-License-Identifier: Apache-2.0 */
#include "config/schema_row.h"

const struct schema_choice SCHEMA_WHO[] = {
    {.name = "signed_in", .value = WHO_SIGNED_IN},
    {.name = "nobody", .value = WHO_NOBODY},
    {.name = "everybody", .never = "would let in people who did not sign in"},
    {.name = NULL}};

#define NOT_ASKED "the condition could never hold; leave it out to not ask for it"

static const struct schema_key CLAIM[] = {
    {"claim", SCHEMA_CLAIM, REQUIRED, IN(struct config_claim, claim), .example = "department",
     .help = "The claim, which has to be a text or a list of texts; compared byte by byte; who has "
             "no such claim is not let in, whatever is asked of it."},
    {"any", SCHEMA_TEXT, LIST | NOT_EMPTY, LIST_IN(struct config_claim, any, any_count),
     .longest = 64, .why_not_empty = NOT_ASKED, .example = "[Personnel, Payroll]",
     .help = "One of its values is one of these."},
    {"all", SCHEMA_TEXT, LIST | NOT_EMPTY, LIST_IN(struct config_claim, all, all_count),
     .longest = 64, .why_not_empty = NOT_ASKED, .example = "[staff]",
     .help = "All of these are among its values."},
    {"none", SCHEMA_TEXT, LIST | NOT_EMPTY, LIST_IN(struct config_claim, none, none_count),
     .longest = 64, .why_not_empty = NOT_ASKED, .example = "[external]",
     .help = "None of its values is one of these."},
    {NULL}};

/* The same keys for what stands in the member `at` of two structs. */
// NOLINTBEGIN(bugprone-macro-parentheses): because a type and the name of a member take none
#define ALLOW_KEYS(type, at)                                                                       \
    {"users",                                                                                      \
     SCHEMA_USER,                                                                                  \
     LIST | NOT_EMPTY,                                                                             \
     LIST_IN(type, at.users, at.user_count),                                                       \
     .why_not_empty = "nobody could ever enter by it; nobody at all is allow: nobody",             \
     .example = "[\"alice@corp.example\", bob]",                                                   \
     .help = "People, by user name or with their realm; they, or who is in one of groups."},       \
        {"groups",                                                                                 \
         SCHEMA_MEMBERSHIP,                                                                        \
         LIST | NOT_EMPTY,                                                                         \
         LIST_IN(type, at.groups, at.group_count),                                                 \
         .longest = 64,                                                                            \
         .why_not_empty = "nobody could ever enter by it; nobody at all is allow: nobody",         \
         .example = "[HR, \"Domain Admins\"]",                                                     \
         .help = "Groups whose members are let in, besides users: by the form, groups of the "     \
                 "directory by name or SID, nested ones too, as they were at the sign-in; else "   \
                 "as the claim groups has them, byte by byte."},                                   \
        {"claims",                                                                                 \
         SCHEMA_SECTION,                                                                           \
         LIST | NOT_EMPTY,                                                                         \
         CLAIM,                                                                                    \
         LIST_IN(type, at.claims, at.claim_count),                                                 \
         .longest = CONFIG_CLAIMS_MAX,                                                             \
         .mark = offsetof(struct config_claim, mark),                                              \
         .why_not_empty = NOT_ASKED,                                                               \
         .help = "What the sign-in has to say about the person; all of these."},                   \
        {"networks",                                                                               \
         SCHEMA_RANGE,                                                                             \
         LIST | NOT_EMPTY,                                                                         \
         LIST_IN(type, at.networks, at.network_count),                                             \
         .longest = 1000,                                                                          \
         .why_not_empty = NOT_ASKED,                                                               \
         .example = "[10.0.0.0/8, \"fd00::/8\"]",                                                  \
         .help = "Where the client has to be, behind proxies in front as trusted_proxies says."},  \
        {"methods",                                                                                \
         SCHEMA_METHOD,                                                                            \
         LIST | NOT_EMPTY,                                                                         \
         LIST_IN(type, at.methods, at.method_count),                                               \
         .longest = 64,                                                                            \
         .why_not_empty = NOT_ASKED,                                                               \
         .example = "[GET, HEAD]",                                                                 \
         .help = "Methods that are let in; a WebSocket is a GET."},                                \
        {"hours",                                                                                  \
         SCHEMA_HOURS,                                                                             \
         LIST | NOT_EMPTY,                                                                         \
         LIST_IN(type, at.hours, at.hour_count),                                                   \
         .longest = CONFIG_HOURS_MAX,                                                              \
         .why_not_empty = NOT_ASKED,                                                               \
         .example = "[\"Mon-Fri 08:00-18:00 Europe/Berlin\"]",                                     \
         .help =                                                                                   \
             "When a request may begin, by the clock of a place: one of these; times that end "    \
             "before they begin end on the next day."},                                            \
        {"acr",                                                                                    \
         SCHEMA_TEXT,                                                                              \
         LIST | NOT_EMPTY,                                                                         \
         LIST_IN(type, at.acr, at.acr_count),                                                      \
         .longest = 16,                                                                            \
         .why_not_empty = NOT_ASKED,                                                               \
         .example = "[\"urn:example:mfa\"]",                                                       \
         .help = "How strong the sign-in was: the claim acr is one of these."}

// NOLINTEND(bugprone-macro-parentheses)

const struct schema_key SCHEMA_APP_ALLOW[] = {ALLOW_KEYS(struct config_app, allow), {NULL}};

static const struct schema_key RULE_ALLOW[] = {ALLOW_KEYS(struct config_rule, allow), {NULL}};

const struct schema_key SCHEMA_RULE[] = {
    {"path", SCHEMA_PATH, REQUIRED, IN(struct config_rule, path), .example = "/admin/",
     .help = "What the rule is for, and everything below: a path as browsers see it, that of "
             "external_url included; where a back end may read it as one of another rule "
             "(/ADMIN/, //admin/), both rules have to let in."},
    {"methods", SCHEMA_METHOD, LIST | NOT_EMPTY, LIST_IN(struct config_rule, methods, method_count),
     .longest = 64, .why_not_empty = "the rule would be for nothing", .example = "[POST, DELETE]",
     .help = "The rule is for these alone, and for all when left out; of two rules with one path "
             "the one that names the method counts; a method that none is for is not let in."},
    {"allow", SCHEMA_CHOICE, REQUIRED | NOT_EMPTY, .choices = SCHEMA_WHO, .keys = RULE_ALLOW,
     IN(struct config_rule, allow.who), .example = "nobody",
     .why_not_empty = "everybody who signed in is allow: signed_in",
     .help = "Who is let in: one of these words, or the same conditions as in allow of the app."},
    {NULL}};
