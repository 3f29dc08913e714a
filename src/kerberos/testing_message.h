/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages of Kerberos as tests want them: built in an arena, piece by piece.
 */
#pragma once
#include "kerberos/testing.h"

#include "kerberos/krb_tell.h"

static inline struct str number_of(struct arena *a, int64_t value) {
    char *memory = arena_alloc(a, 16);
    assert_non_null(memory);
    struct der_writer w = der_writer(memory, 16);
    der_put_int(&w, value);
    return der_written(&w);
}

/* [number] with the element in it. */
static inline struct str field_of(struct arena *a, unsigned number, struct str inner) {
    return element(a, DER_FIELD(number), inner);
}
static inline struct str int_field(struct arena *a, unsigned number, int64_t value) {
    return field_of(a, number, number_of(a, value));
}
static inline struct str text_field(struct arena *a, unsigned number, uint8_t tag,
                                    struct str text) {
    return field_of(a, number, element(a, tag, text));
}

/* Several, one behind the other; the last one is empty. */
static inline struct str row_of(struct arena *a, const struct str *parts) {
    struct str all = STR("");
    for (; parts->n > 0; parts++)
        all = joined(a, all, *parts);
    return all;
}
#define ROW(a, ...) row_of(a, (const struct str[]){__VA_ARGS__, STR_NONE})
#define SEQUENCE(a, ...) element(a, KRB_SEQUENCE, ROW(a, __VA_ARGS__))

/* PrincipalName of one or two parts. */
static inline struct str name_field(struct arena *a, unsigned number, int64_t type,
                                    struct str first, struct str second) {
    struct str parts = element(a, KRB_STRING, first);
    if (second.n)
        parts = joined(a, parts, element(a, KRB_STRING, second));
    return field_of(
        a, number,
        SEQUENCE(a, int_field(a, 0, type), field_of(a, 1, element(a, KRB_SEQUENCE, parts))));
}

static inline struct str sealed_field(struct arena *a, unsigned number, int64_t enctype,
                                      int64_t kvno, struct str cipher) {
    return field_of(a, number,
                    SEQUENCE(a, int_field(a, 0, enctype), int_field(a, 1, kvno),
                             text_field(a, 2, KRB_OCTETS, cipher)));
}

static inline struct str flags_field(struct arena *a, unsigned number, uint32_t flags) {
    char bytes[5] = {0, (char)(flags >> 24), (char)(flags >> 16), (char)(flags >> 8), (char)flags};
    return text_field(a, number, KRB_BIT_STRING, str_n(bytes, sizeof bytes));
}

static inline struct str a_ticket(struct arena *a, struct str host) {
    return element(a, KRB_TICKET,
                   SEQUENCE(a, int_field(a, 0, 5),
                            text_field(a, 1, KRB_STRING, STR("CORP.EXAMPLE")),
                            name_field(a, 2, 2, STR("HTTP"), host),
                            sealed_field(a, 3, 18, 7, STR("never to be shown"))));
}

static inline struct str an_ap_req(struct arena *a, uint32_t options, struct str host) {
    return element(a, KRB_AP_REQ,
                   SEQUENCE(a, int_field(a, 0, 5), int_field(a, 1, 14), flags_field(a, 2, options),
                            field_of(a, 3, a_ticket(a, host)),
                            sealed_field(a, 4, 18, 0, STR("nor this"))));
}

/* KRB-ERROR with a clock, a service, a text and, if there is some, data. */
static inline struct str an_error(struct arena *a, int64_t code, struct str data) {
    struct str more = text_field(a, 11, KRB_STRING, STR("words"));
    if (data.n)
        more = joined(a, more, text_field(a, 12, KRB_OCTETS, data));
    return element(a, KRB_ERROR,
                   SEQUENCE(a, int_field(a, 0, 5), int_field(a, 1, 30),
                            text_field(a, 4, KRB_TIME, STR("20261129190501Z")), int_field(a, 5, 12),
                            int_field(a, 6, code),
                            text_field(a, 9, KRB_STRING, STR("CORP.EXAMPLE")),
                            name_field(a, 10, 2, STR("HTTP"), STR("web.corp.example")), more));
}

/* PA-DATA */
static inline struct str padata_of(struct arena *a, int64_t type, struct str value) {
    return SEQUENCE(a, int_field(a, 1, type), text_field(a, 2, KRB_OCTETS, value));
}

/* KERB-ERROR-DATA with an NTSTATUS. */
static inline struct str status_data(struct arena *a, uint32_t status) {
    char bytes[12] = {(char)status,
                      (char)(status >> 8),
                      (char)(status >> 16),
                      (char)(status >> 24),
                      0,
                      0,
                      0,
                      0,
                      1};
    return SEQUENCE(a, int_field(a, 1, 3),
                    text_field(a, 2, KRB_OCTETS, str_n(bytes, sizeof bytes)));
}

/* Whether some line ends in this. */
static inline bool has_line(const struct telling *t, const char *text) {
    size_t i;
    json_t *line;
    json_array_foreach(t->lines, i, line) {
        if (str_ends(str_of(json_string_value(line)), str_of(text)))
            return true;
    }
    return false;
}

static inline void must_have_line(const struct telling *t, const char *text) {
    if (has_line(t, text))
        return;
    char *all = json_dumps(t->lines, JSON_INDENT(1));
    fail_msg("no line ends in \"%s\": %s", text, all);
}
