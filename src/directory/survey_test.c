/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "directory/survey_int.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void a_name_leads_to_an_account_in_one_way(void **state) {
    (void)state;
    static const struct {
        const char *asked, *how; /* NULL: not to it */
    } ROWS[] = {
        {"alice", "account"},
        {"ALICE", "account"},
        {"CORP\\alice", "account"},
        {"alice@CORP.EXAMPLE", "implicit"},
        {"alice@corp.example", "implicit"},
        {"a.smith@mail.example", "upn"},
        {"A.Smith@MAIL.example", "upn"},
        {"alice@list.example", "mail"},
        {"alice@elsewhere.example", "name"},
        {"S-1-5-21-1-2-3-1103", "sid"},
        {"S-1-5-21-1-2-3-1104", NULL},
        {"bob", NULL},
        {"@CORP.EXAMPLE", NULL},
        {"", NULL},
    };
    json_t *account = json_pack("{s:s,s:s,s:s,s:s,s:s}", "account", "alice", "realm",
                                "CORP.EXAMPLE", "upn", "a.smith@mail.example", "mail",
                                "alice@list.example", "sid", "S-1-5-21-1-2-3-1103");
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct survey_name n;
        survey_name_of(str_of(ROWS[i].asked), &n);
        const char *how = survey_matched(&n, account);
        if (!how != !ROWS[i].how || (how && strcmp(how, ROWS[i].how) != 0))
            fail_msg("%s: %s", ROWS[i].asked, how ? how : "not at all");
    }
    json_decref(account);
}

static void an_spn_is_written_in_all_its_forms(void **state) {
    (void)state;
    static const struct {
        const char *spn;
        uint16_t port;
        const char *forms;
    } ROWS[] = {
        {"HTTP/web.corp.example", 8080,
         "HTTP/web.corp.example:8080 HOST/web.corp.example HTTP/web HTTP/web:8080 HOST/web "},
        {"HTTP/web.corp.example", 0, "HOST/web.corp.example HTTP/web HOST/web "},
        {"HTTP/web", 0, "HTTP/web.corp.example HOST/web.corp.example HOST/web "},
        {"HTTP/web.corp.example:8080", 8080,
         "HTTP/web.corp.example HOST/web.corp.example HTTP/web HTTP/web:8080 HOST/web "},
        {"HOST/web.corp.example", 0, "HOST/web "},
        {"web.corp.example", 80, ""},
        {"HTTP/", 80, ""},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char forms[SURVEY_FORMS_MAX][SURVEY_SPN_MAX];
        struct buf all;
        buf_init(&all, 1024);
        size_t n = survey_forms_of(str_of(ROWS[i].spn), STR("corp.example"), ROWS[i].port, forms);
        for (size_t k = 0; k < n; k++)
            buf_printf(&all, "%s ", forms[k]);
        if (!str_eq(buf_str(&all), str_of(ROWS[i].forms)))
            fail_msg("%s: %.*s", ROWS[i].spn, STR_ARG(buf_str(&all)));
        buf_fini(&all);
    }
}

static void no_form_is_cut(void **state) {
    (void)state;
    char spn[600], forms[SURVEY_FORMS_MAX][SURVEY_SPN_MAX];
    memset(spn, 'a', sizeof spn);
    memcpy(spn, "HTTP/", 5);
    for (size_t n = 6; n < sizeof spn; n++) {
        size_t count = survey_forms_of(str_n(spn, n), STR("corp.example"), 65535, forms);
        for (size_t i = 0; i < count; i++)
            if (strncmp(forms[i], "HOST/", 5) != 0 && !strstr(forms[i], ".corp.example") &&
                !strstr(forms[i], ":65535"))
                fail_msg("%s", forms[i]);
    }
}

static void an_object_is_called_by_the_most_special_of_its_classes(void **state) {
    (void)state;
    static const struct str GMSA[] = {STR("top"), STR("user"), STR("computer"),
                                      STR("msDS-GroupManagedServiceAccount")};
    assert_string_equal(survey_object(GMSA, 4), "gmsa");
    assert_string_equal(survey_object(GMSA, 3), "computer");
    assert_string_equal(survey_object(GMSA, 2), "user");
    assert_string_equal(survey_object(GMSA, 1), "other");
}

static void add(struct buf *b, int tag, struct str content) {
    assert_true(content.n < 256);
    buf_add_byte(b, (char)tag);
    buf_add_byte(b, '\x81');
    buf_add_byte(b, (char)content.n);
    buf_add(b, content);
}

/* Wraps what is in `b`. */
static void wrap(struct buf *b, int tag) {
    char copy[256];
    size_t n = buf_size(b);
    assert_true(n < sizeof copy);
    memcpy(copy, buf_str(b).p, n);
    buf_clear(b);
    add(b, tag, str_n(copy, n));
}

/* RFC 4511 4.5.2, the answer to message 1: an entry without a name, with one attribute. */
static void add_answer(struct buf *out, struct str name, struct str value) {
    struct buf set, attribute, entry;
    buf_init(&set, 1024);
    buf_init(&attribute, 1024);
    buf_init(&entry, 1024);
    add(&set, 0x04, value);
    wrap(&set, 0x31);
    add(&attribute, 0x04, name);
    buf_add(&attribute, buf_str(&set));
    wrap(&attribute, 0x30);
    wrap(&attribute, 0x30);
    buf_add(&entry, STR("\x04\0"));
    buf_add(&entry, buf_str(&attribute));
    wrap(&entry, 0x64);
    buf_clear(&set);
    buf_add(&set, STR("\x02\x01\x01"));
    buf_add(&set, buf_str(&entry));
    wrap(&set, 0x30);
    buf_add(out, buf_str(&set));
    buf_add(out, STR("\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\0\x04\0\x04\0"));
    buf_fini(&set);
    buf_fini(&attribute);
    buf_fini(&entry);
}

/* What a server that answers this says about itself. */
static json_t *root_of(struct str answer, struct err *e) {
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(write(pair[1], answer.p, answer.n), (ssize_t)answer.n);
    shutdown(pair[1], SHUT_WR);
    json_t *root = directory_root(
        &(struct directory_root_question){
            .fd = pair[0], .host = "dc1", .until_us = clock_mono_us() + 10000000},
        e);
    close(pair[1]);
    return root;
}

static void a_server_tells_its_time_to_everybody(void **state) {
    (void)state;
    struct buf b;
    struct err e;
    buf_init(&b, 1024);
    add_answer(&b, STR("currentTime"), STR("20261129190229.0Z"));
    json_t *root = root_of(buf_str(&b), &e);
    assert_int_equal(json_integer_value(json_object_get(root, "current_time")), 1795978949);
    json_decref(root);
    buf_fini(&b);
}

static void garbage_is_an_error_or_nothing_and_never_more(void **state) {
    (void)state;
    struct buf b;
    struct err e;
    buf_init(&b, 1024);
    add_answer(&b, STR("currentTime"), STR("tomorrow"));
    json_t *root = root_of(buf_str(&b), &e);
    assert_non_null(root);
    assert_null(json_object_get(root, "current_time"));
    json_decref(root);
    for (size_t at = 0; at < buf_size(&b); at++) {
        char *byte = b.data + b.start + at, before = *byte;
        for (int flip = 1; flip < 256; flip *= 4) {
            *byte = (char)(before ^ flip);
            json_decref(root_of(buf_str(&b), &e));
        }
        *byte = before;
        json_decref(root_of(str_head(buf_str(&b), at), &e));
    }
    e = (struct err){ERR_NONE};
    assert_null(root_of(STR("HTTP/1.1 400 Bad Request\r\n\r\n"), &e));
    assert_int_equal(e.code, ERR_DIRECTORY);
    buf_fini(&b);
}

/* libldap loses the request whose answer it cannot read to its end, some 4 KB each. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:liblber\n"; }
const char *__lsan_default_options(void);
const char *__lsan_default_options(void) { return "print_suppressions=0"; }

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_leads_to_an_account_in_one_way),
        cmocka_unit_test(an_spn_is_written_in_all_its_forms),
        cmocka_unit_test(no_form_is_cut),
        cmocka_unit_test(an_object_is_called_by_the_most_special_of_its_classes),
        cmocka_unit_test(a_server_tells_its_time_to_everybody),
        cmocka_unit_test(garbage_is_an_error_or_nothing_and_never_more),
    };
    directory_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
