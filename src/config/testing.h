/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of this room share: pieces of a configuration, one line each, and the comparison
 * of a report. The file is called k.yaml everywhere.
 */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/config.h"

#define GATEWAY "gateway: {listen: [{address: \"0.0.0.0:443\", certificate: c.pem, key: k.pem}]}\n"
#define PROVIDERS "identity_providers: [{name: staff, type: form, realm: CORP.EXAMPLE}]\n"
#define CONNECTOR "connector: {kerberos: {keytab: k.keytab, principal: svc@CORP.EXAMPLE}}\n"
/* The line of an app of which only the last keys are of interest. */
#define APP(name, keys)                                                                            \
    "- {name: " name ", external_url: \"https://" name ".example.com/\", "                         \
    "internal_url: \"http://" name ".corp/\", pre_authentication: staff" keys "}\n"
/* Four lines that are fine; what is appended begins in line 6. */
#define BASE GATEWAY PROVIDERS CONNECTOR "apps:\n" APP("hr", "")

struct report_row {
    const char *description, *yaml, *expected;
};

/* Fails with the description when the report of a row is not the expected text. What has no error
 * in it must be accepted. */
static inline void check_report(const struct report_row *row) {
    struct config_report r;
    config_report_init(&r);
    struct config *c = config_parse("k.yaml", str_of(row->yaml), &r);
    buf_add_byte(&r.text, 0);
    const char *text = buf_str(&r.text).p;
    if (strcmp(text, row->expected) != 0)
        fail_msg("%s\n--- expected\n%s--- reported\n%s", row->description, row->expected, text);
    assert_int_equal(c != NULL, r.errors == 0);
    config_free(c);
    config_report_fini(&r);
}

#define CHECK_REPORTS(rows)                                                                        \
    do {                                                                                           \
        for (size_t i = 0; i < sizeof(rows) / sizeof *(rows); i++)                                 \
            check_report(&(rows)[i]);                                                              \
    } while (0)

/* A configuration that must be accepted; the caller frees it. */
static inline struct config *parse_fine(const char *yaml) {
    struct config_report r;
    config_report_init(&r);
    struct config *c = config_parse("k.yaml", str_of(yaml), &r);
    buf_add_byte(&r.text, 0);
    if (!c)
        fail_msg("%s", buf_str(&r.text).p);
    config_report_fini(&r);
    return c;
}
