/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of the report's forms share: the sample document, whose one chain is broken and
 * whose other is fine, and the same with every text made hostile.
 */
#pragma once
#include "base/buf.h"
#include "doctor/testing.h"
#include "events/source_root.h"

#define REPORT_SAMPLE SOURCE_ROOT "/tests/samples/doctor_report.json"

/* For json_decref. */
static inline json_t *report_sample(void) {
    json_error_t error;
    json_t *document = json_load_file(REPORT_SAMPLE, 0, &error);
    if (!document)
        fail_msg("%s:%d: %s", REPORT_SAMPLE, error.line, error.text);
    return document;
}

/* Every text in `value` but the words of the format becomes `text`. */
static inline void report_poison(json_t *value, const char *text) {
    static const char *const WORDS[] = {"link", "outcome", "role", "shell", "stage"};
    const char *key;
    json_t *part;
    void *next;
    size_t i;
    json_object_foreach_safe(value, next, key, part) {
        bool is_word = false;
        for (size_t w = 0; w < sizeof WORDS / sizeof *WORDS; w++)
            is_word |= strcmp(key, WORDS[w]) == 0;
        if (json_is_string(part) && !is_word)
            json_string_set(part, text);
        report_poison(part, text);
    }
    json_array_foreach(value, i, part) {
        if (json_is_string(part))
            json_string_set(part, text);
        report_poison(part, text);
    }
}

/* A report whose one check has one remedy; the command is one word of JSON. For json_decref. */
static inline json_t *report_with_command(const char *shell, const char *command) {
    return json_pack("{s:[{s:s,s:s,s:[{s:s,s:s,s:s,s:s,s:s,s:[{s:s,s:s,s:s}]}]}]}", "reports",
                     "app", "hr", "outcome", "broken", "checks", "id", "D3", "name", "spn-in-list",
                     "title", "The connector may delegate to the SPN", "outcome", "fail", "role",
                     "cause", "remedies", "shell", shell, "who", "a domain administrator",
                     "command", command);
}

/* A buffer for what a form makes. */
static inline int buffer_make(void **state) {
    enum { REPORT_TEXT_MAX = 4 << 20 };
    struct buf *b = calloc(1, sizeof *b);
    buf_init(b, REPORT_TEXT_MAX);
    *state = b;
    return 0;
}

static inline int buffer_free(void **state) {
    buf_fini(*state);
    free(*state);
    return 0;
}

#define WITH_BUFFER(test) cmocka_unit_test_setup_teardown(test, buffer_make, buffer_free)
