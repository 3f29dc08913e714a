/* SPDX-License-Identifier: Apache-2.0
 *
 * What a configuration may say: one table per mapping, one row per key. Loading, the messages, the
 * example file and the manual page read these rows and know no key by name. To add a key: a row
 * here, a field in config.h, and a test that sets it. Constant; any thread.
 */
#pragma once
#include "config/config.h"

enum schema_type {
    SCHEMA_SECTION,   /* a mapping with `keys`, stored in the same struct */
    SCHEMA_CHOICE,    /* one of `choices`: an enum, or a bool when it is on or off */
    SCHEMA_COUNT,     /* unsigned or size_t */
    SCHEMA_SIZE,      /* size_t, bytes */
    SCHEMA_MS,        /* int64_t, a duration in milliseconds */
    SCHEMA_SECONDS,   /* int64_t, a duration in seconds */
    SCHEMA_LISTEN,    /* address and port: struct config_listen */
    SCHEMA_DNS,       /* address and port: struct config_dns */
    SCHEMA_BACKEND,   /* host and port: struct config_backend */
    SCHEMA_RANGE,     /* struct address_range */
    SCHEMA_URL,       /* struct url, whose host may be a wildcard */
    SCHEMA_TRANSFORM, /* struct config_transform */
    SCHEMA_HOURS,     /* struct config_hours */
    SCHEMA_COLOR,     /* uint32_t, 0xRRGGBB */
    SCHEMA_PROVIDER,  /* name of a provider: pointer to it */
    SCHEMA_ACCOUNT,   /* name of one of connector.kerberos.accounts: pointer to it */
    SCHEMA_NAME,      /* these and all below: char * */
    SCHEMA_HOST,
    SCHEMA_REALM,
    SCHEMA_PRINCIPAL,
    SCHEMA_SPN,
    SCHEMA_SPN_PATTERN,
    SCHEMA_USER,
    SCHEMA_GROUP,
    SCHEMA_FILE,   /* made absolute */
    SCHEMA_LOG,    /* made absolute, but "-" */
    SCHEMA_STORE,  /* made absolute */
    SCHEMA_PATH,   /* of a URL, normalised */
    SCHEMA_TARGET, /* path and query of a URL, the path normalised */
    SCHEMA_ORIGIN, /* as RFC 6454 serialises it, or "*" */
    SCHEMA_METHOD,
    SCHEMA_HEADER,
    SCHEMA_CLAIM,
    SCHEMA_MEMBERSHIP, /* group of a person, as an identity provider names it */
    SCHEMA_TEXT,       /* any, without control characters */
    SCHEMA_ISSUER,     /* https URL, kept as it is written */
    SCHEMA_LINK,       /* https URL for a person to follow, a query allowed */
    SCHEMA_PROXY,      /* http://host:port */
    SCHEMA_TYPE_COUNT
};

enum schema_flag {
    SCHEMA_REQUIRED = 1,
    SCHEMA_LIST = 2,      /* a list of values, or of mappings when the type is SCHEMA_SECTION */
    SCHEMA_NOT_EMPTY = 4, /* a list with at least one element, or a mapping with a key */
    SCHEMA_PLANNED = 8,   /* known, and refused: not in this version */
    SCHEMA_UNSTORED = 16, /* checked only: this version knows one way */
    SCHEMA_APART = 32,    /* does not go together with the others: in the example a comment */
    SCHEMA_LONE = 64,     /* a value alone stands for the list of it */
};

/* A row of a choice; the rows end with a NULL name. */
struct schema_choice {
    const char *name;
    unsigned value;
    bool planned;      /* known, and refused: not in this version */
    const char *never; /* known, and refused for this reason, which continues "the value ..." */
};

/* on and off. */
extern const struct schema_choice SCHEMA_SWITCH[];

/* Values in a row are text as in the file, read by the parser of the row's type. */
struct schema_key {
    const char *name;
    enum schema_type type;
    unsigned flags;
    const struct schema_key
        *keys; /* of a section, or of the mapping that may stand in the place of
                  a word and is stored in the same struct; end with a NULL name */
    const struct schema_choice *choices;
    size_t offset;       /* of the field in the struct of the scope; for a list, of the pointer */
    size_t width;        /* of the field; for a list, of one element */
    size_t count;        /* for a list, offset of its length */
    size_t mark;         /* for a list of sections, offset of the element's config_mark */
    const char *initial; /* default; NULL: none */
    const char *least, *most; /* range of numbers */
    const char *planned_form; /* a form other than a plain value that is not in this version */
    const char *why_not_empty;
    const char *none;    /* with SCHEMA_LONE: the word for a list of nothing */
    size_t longest;      /* for a list: how many elements it may have; 0: as many as a file may */
    const char *example; /* YAML, where the default alone would not show how to write it */
    const char *help;    /* one sentence */
};

/* The keys of the file itself. Sections are loaded in this order, providers before apps. */
extern const struct schema_key SCHEMA_ROOT[];

/* Name of the type for the manual ("duration") and what a message says was expected. */
const char *schema_type_name(enum schema_type type);
const char *schema_type_expected(enum schema_type type);

/* Where a key of this name stands in the whole schema, as "apps.sso.spn"; false when nowhere. */
bool schema_find(const char *name, size_t size, char path[]);
