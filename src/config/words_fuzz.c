/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever a catalogue says, each text comes out of it as text, with what is put into it.
 */
#include "config/words.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct findings findings;
    struct config_report report;
    struct arena arena;
    struct buf out;
    arena_init(&arena, 1 << 22);
    buf_init(&out, 1 << 20);
    config_report_init(&report);
    findings_init(&findings, "f.yaml");
    const struct words *w = words_parse(&arena, str_n((const char *)data, size), &findings);
    if ((w != NULL) != (findings.errors == 0))
        abort();
    findings_finish(&findings, &report);
    for (unsigned i = 0; w && i < WORD_COUNT; i++) {
        size_t at;
        buf_clear(&out);
        words_add(&out, w, (enum word)i, STR("<b>"));
        if (out.failed || str_find(buf_str(&out), STR("<b>"), &at) ||
            str_find(buf_str(&out), STR("{"), &at))
            abort();
    }
    config_report_fini(&report);
    buf_fini(&out);
    arena_fini(&arena);
    return 0;
}
