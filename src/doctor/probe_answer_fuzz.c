/* SPDX-License-Identifier: Apache-2.0
 *
 * Input: a head of an application's answer. Whatever it is, it becomes facts that can be written
 * down as JSON, with nothing in an address that stands behind '#'.
 */
#include "doctor/facts.h"
#include "doctor/probe_answer.h"
#include "http/h1.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true) {
    if (!is_true)
        abort();
}

static void look(const struct message *m) {
    struct buf memory;
    struct spnego_answer token;
    buf_init(&memory, PROBE_TOKEN_MAX);
    bool has_token = probe_answer_token(m, &memory, &token);
    json_t *o = probe_answer_json(
        &(struct probe_received){.message = m, .token = has_token ? &token : NULL});
    char *text = json_dumps(o, JSON_COMPACT);
    must(o && text && !strchr(facts_text(o, "location"), '#'));
    must((facts_at(o, "token") != NULL) == has_token);
    free(text);
    json_decref(o);
    buf_fini(&memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena a;
    struct message m;
    struct err e;
    size_t used;
    struct h1_parser *p = h1_new(H1_RESPONSE, (struct h1_limits){1 << 16, 64});
    arena_init(&a, 1 << 20);
    if (p && h1_head(p, str_n((const char *)data, size), &a, &m, &used, &e) == H1_READY)
        look(&m);
    arena_fini(&a);
    h1_free(p);
    return 0;
}
