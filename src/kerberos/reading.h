/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads DER that may be cut off or wrong, for those who explain it: what is there of a message that
 * was cut in a log can still be read, and the first thing that is wrong is kept in words, with
 * numbers ("the token ends after 1,000 of 1,424 bytes"). Whoever acts on a message uses der.h,
 * which refuses it. Sans-I/O, any thread.
 */
#pragma once
#include "base/str.h"

enum { READING_WRONG_MAX = 192 };

struct reading {
    struct str whole; /* offsets count from its start */
    bool is_cut;      /* it ends too early: elements are as long as there is something of them */
    char wrong[READING_WRONG_MAX]; /* the first thing that is wrong; empty: nothing is */
};

struct reading reading_of(struct str whole);

/* Takes one element from the start of `*rest`, which lies in `whole`; `what` names it where it is
 * wrong ("the token", "the ticket's realm"). False, with nothing moved, when there is none. */
bool reading_next(struct reading *r, struct str *rest, uint8_t *tag, struct str *content,
                  const char *what);
/* As reading_next, and it must have this tag. */
bool reading_expect(struct reading *r, struct str *rest, uint8_t tag, struct str *content,
                    const char *what);
/* Takes the element if it has this tag; false, with nothing said, if it is another or none. */
bool reading_maybe(struct reading *r, struct str *rest, uint8_t tag, struct str *content,
                   const char *what);
/* Takes [tag], and from inside it the one element `inner`. The same is not said when it is missing,
 * which it may be. */
bool reading_field(struct reading *r, struct str *rest, unsigned number, uint8_t inner,
                   struct str *content, const char *what);
/* The same with an INTEGER or ENUMERATED (`inner`) in it. */
bool reading_number(struct reading *r, struct str *rest, unsigned number, uint8_t inner,
                    int64_t *value, const char *what);
/* Says so when something is left. */
void reading_end(struct reading *r, struct str rest, const char *what);
/* Says what is wrong, if nothing was before. */
void reading_fail(struct reading *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
