/* SPDX-License-Identifier: Apache-2.0
 *
 * What a check is and what it may say. A check looks at the facts (facts.h), and at nothing else,
 * and says one of five things, with the evidence for it and the command that mends it; one that
 * says nothing does not apply here. The table of checks is checks.def. Pure, any thread.
 *
 * Names in messages are of strangers. In a remedy they stand only as words that ps(), sh() and
 * yaml() made, which are read as text and nothing else.
 */
#pragma once
#include "base/arena.h"
#include "doctor/facts.h"

enum doctor_stage {
    STAGE_HOST,       /* host, network, time and DNS */
    STAGE_SIGN_IN,    /* pre-authentication */
    STAGE_DELEGATION, /* tickets */
    STAGE_TARGET,     /* the application */
    STAGES
};

/* The links of the chain, in the order in which a request needs them. */
enum doctor_link {
    LINK_HOST,    /* files and configuration of this host */
    LINK_PERSON,  /* from who signed in to the name that a ticket is asked for */
    LINK_KDC,     /* a domain controller that answers */
    LINK_TGT,     /* the connector's own ticket (AS exchange) */
    LINK_SELF,    /* S4U2Self: a ticket of the person to the connector */
    LINK_PROXY,   /* S4U2Proxy: the person's ticket to the application */
    LINK_CONNECT, /* DNS, TCP and TLS of the application */
    LINK_ANSWER,  /* what the application answers to the ticket */
    LINKS         /* none of them */
};

enum doctor_outcome {
    OUTCOME_NONE, /* it does not apply */
    OUTCOME_PASS,
    OUTCOME_UNKNOWABLE, /* cannot be seen from this host at all */
    OUTCOME_UNKNOWN,    /* could be, and was not found out this time */
    OUTCOME_WARN,       /* works now, and will not for ever or not for everybody */
    OUTCOME_FAIL,       /* breaks this chain for this person */
};

/* Who has to run a remedy. */
enum remedy_by {
    BY_DOMAIN_ADMIN,
    BY_GATEWAY_ADMIN, /* on this host, as root */
    BY_WEB_ADMIN,     /* on the application's server */
    BY_NETWORK_ADMIN, /* firewalls and DNS */
    BY_PERSON,
};

enum remedy_shell {
    REMEDY_POWERSHELL, /* PowerShell and setspn, on a domain member */
    REMEDY_SAMBA,      /* samba-tool, on a domain controller of Samba's */
    REMEDY_SHELL,      /* a shell of the host that `by` has */
    REMEDY_CONFIG,     /* lines of kerbgate.yaml */
    REMEDY_TEXT,       /* nothing to paste: what to do, in words */
};

struct checking;

struct check {
    const char *id;   /* as in the guide: "D3" */
    const char *name; /* stable, "spn-in-list" */
    enum doctor_stage stage;
    enum doctor_link link; /* that it breaks when it fails */
    void (*judge)(struct checking *c);
    const char *title;
    const char *symptom, *cause, *detected, *remedy; /* for docs/troubleshooting.md */
};

/* The rows of checks.def, in the order of the chain. */
extern const struct check CHECKS[];
extern const size_t CHECK_COUNT;

/* A check under way. */
struct checking {
    const json_t *facts;
    const struct check *check;
    enum doctor_link broken;              /* the first link that did not hold; LINKS: all held */
    int64_t now_s;                        /* this host's clock when the facts were gathered */
    struct arena *arena;                  /* for words, until the check has said what it says */
    enum doctor_outcome outcome;          /* the worst that was said */
    json_t *detail, *evidence, *remedies; /* lists; NULL: no memory */
};

/* What a ticket is asked for: the app's sso.spn; "" where it has none. */
const char *spn_of(const struct checking *c);

/* Say so, in a sentence without a full stop. Said several times, the worst counts and the sentences
 * of that outcome stand one below the other. */
void check_pass(struct checking *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void check_unknowable(struct checking *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void check_unknown(struct checking *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void check_warn(struct checking *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void check_fail(struct checking *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A line of what was seen: "CN=svc-web,CN=Users,…: servicePrincipalName = HTTP/web". */
void check_evidence(struct checking *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* What mends it. Lines in one remedy belong together and are run from the first to the last. In the
 * place of a command that cannot be written down whole, words say that there is one. */
void check_remedy(struct checking *c, enum remedy_shell shell, enum remedy_by by,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));

/* `text` as one word of PowerShell, of a POSIX shell, of YAML (base/quote.h). As long-lived as the
 * check; never NULL. A name that nobody can type, or that is longer than any, becomes a word that
 * no command may have: check_remedy then says so in the command's place. */
const char *ps(struct checking *c, const char *text);
const char *sh(struct checking *c, const char *text);
const char *yaml(struct checking *c, const char *text);
/* The same for a value in a filter of the directory, which is to become a word with ps() or sh().
 */
const char *filter(struct checking *c, const char *text);
