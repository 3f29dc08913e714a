/* SPDX-License-Identifier: Apache-2.0
 *
 * The answer of kerbgate decode: a verdict, each value with what is in it, and what that means, as
 * lines and as JSON. Main thread.
 */
#pragma once
#include "base/buf.h"
#include "http/pasted.h"

#include <jansson.h>

struct decode_answer {
    struct buf text; /* lines, in the words of strangers, too: for terminal_text */
    json_t *json;
    bool is_whole;     /* all values could be decoded, and to their ends */
    char problem[256]; /* if not: the first thing that could not; no words of strangers */
};

/* False: no memory. decode_answer_fini is due in any case. */
bool decode_say(const struct pasted *pasted, struct decode_answer *out);
void decode_answer_fini(struct decode_answer *a);
