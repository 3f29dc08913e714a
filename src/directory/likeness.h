/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether one service principal name could have been meant where another one stands: what people
 * mistype, and what nobody sees. Sans-I/O, any thread.
 */
#pragma once
#include "base/str.h"

/* The nearest first. */
enum likeness {
    LIKENESS_SAME,      /* ASCII case aside: the same to the directory */
    LIKENESS_INVISIBLE, /* but for blanks, a dot at the end, characters that nobody sees */
    LIKENESS_PORT,      /* with a port, without one, or with another */
    LIKENESS_FORM,      /* the host with its domain, and without it */
    LIKENESS_CLASS,     /* another class of service on the same host: HOST/web and HTTP/web */
    LIKENESS_TYPO,      /* one or two letters */
    LIKENESS_DOMAIN,    /* a host of the same name in another domain */
    LIKENESS_NONE,
};

enum likeness likeness_of(struct str wanted, struct str other);
/* A stable word for it: "invisible", "port", … */
const char *likeness_word(enum likeness l);
/* What is different about the other one, as "… is there, which NAMES THE HOST WITHOUT ITS DOMAIN".
 * Empty for LIKENESS_SAME and LIKENESS_NONE. */
const char *likeness_text(enum likeness l);

/* `s` with "<U+200B>" in the place of each character that nobody sees, cut to `size`. */
void likeness_show(struct str s, char *out, size_t size);

struct spn {
    struct str service, host, port; /* port and what follows a second slash may be empty */
    struct str rest;
};
/* "HTTP/web.corp.example:8080"; false when there is no slash with something on both sides. */
bool spn_split(struct str text, struct spn *out);
