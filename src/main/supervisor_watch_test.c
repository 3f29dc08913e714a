/* SPDX-License-Identifier: Apache-2.0 */
#include "main/supervisor_watch.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { FILES = 14 };

struct place {
    char folder[40], files[FILES][64];
    struct config_certificate more;
    struct config_listen listen[2];
    struct config config;
    struct watch watch;
    char *assertion_key;
    struct config_provider provider;
    char *crls[2];
};

static void put(const char *file, const char *text) {
    FILE *f = fopen(file, "w");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0)
        fail();
}

/* Another content of the same length at the same time, as `mv` puts it there. */
static void replace(const char *file) {
    struct stat st;
    char beside[80];
    snprintf(beside, sizeof beside, "%s.new", file);
    put(beside, "other");
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(utimensat(AT_FDCWD, beside, (struct timespec[]){st.st_atim, st.st_mtim}, 0),
                     0);
    assert_int_equal(rename(beside, file), 0);
}

static int place_make(void **state) {
    struct place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    snprintf(p->folder, sizeof p->folder, "/tmp/supervisor_watch_test.XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    for (int i = 0; i < FILES; i++) {
        /* Written through a copy: the compiler cannot tell the two fields of `p` apart. */
        char name[sizeof p->files[i]];
        snprintf(name, sizeof name, "%.60s/%d.pem", p->folder, i);
        memcpy(p->files[i], name, sizeof name);
        put(p->files[i], "first");
    }
    p->more = (struct config_certificate){.certificate = p->files[2], .key = p->files[3]};
    /* The first only redirects, and has no certificate. */
    p->listen[1] = (struct config_listen){.certificate = p->files[0],
                                          .key = p->files[1],
                                          .certificates = &p->more,
                                          .certificate_count = 1};
    p->assertion_key = p->files[6];
    p->provider.oidc = (struct config_oidc){.client_secret_file = p->files[7],
                                            .client_key_file = p->files[8],
                                            .client_certificate = p->files[9],
                                            .ca = p->files[10]};
    p->crls[0] = p->files[12];
    p->crls[1] = p->files[13];
    p->provider.certificates =
        (struct config_certificates){.ca = p->files[11], .crls = p->crls, .crl_count = 2};
    p->config = (struct config){.listen = p->listen,
                                .providers = &p->provider,
                                .provider_count = 1,
                                .listen_count = 2,
                                .assertion_keys = &p->assertion_key,
                                .assertion_key_count = 1,
                                .kerberos = {.keytab = p->files[4], .krb5_conf = p->files[5]}};
    assert_true(watch_start(&p->watch, &p->config, 0));
    *state = p;
    return 0;
}

static int place_remove(void **state) {
    struct place *p = *state;
    watch_fini(&p->watch);
    for (int i = 0; i < FILES; i++)
        unlink(p->files[i]);
    int code = rmdir(p->folder);
    free(p);
    return code;
}

static void what_stays_is_no_news(void **state) {
    struct place *p = *state;
    for (int i = 0; i < 3; i++)
        assert_false(watch_look(&p->watch, 0));
    assert_int_equal(chmod(p->files[1], 0600), 0);
    assert_false(watch_look(&p->watch, 0));
    assert_false(watch_look(&p->watch, 0));
}

static void a_look_is_due_after_the_one_before(void **state) {
    struct place *p = *state;
    assert_int_equal(p->watch.due_us, WATCH_S * 1000000LL);
    watch_look(&p->watch, 77);
    assert_int_equal(p->watch.due_us, 77 + WATCH_S * 1000000LL);
}

static void each_file_counts_when_it_has_stayed(void **state) {
    struct place *p = *state;
    for (int i = 0; i < FILES; i++) {
        replace(p->files[i]);
        assert_false(watch_look(&p->watch, 0));
        assert_true(watch_look(&p->watch, 0));
        assert_true(watch_look(&p->watch, 0)); /* until it was tried */
        watch_tried(&p->watch);
        assert_false(watch_look(&p->watch, 0));
    }
}

static void what_goes_on_changing_is_waited_for(void **state) {
    struct place *p = *state;
    for (int i = 0; i < 4; i++) {
        replace(p->files[i % 2]);
        assert_false(watch_look(&p->watch, 0));
    }
    assert_true(watch_look(&p->watch, 0));
}

static void what_was_put_back_is_no_news(void **state) {
    struct place *p = *state;
    char aside[80];
    snprintf(aside, sizeof aside, "%s.aside", p->files[0]);
    assert_int_equal(rename(p->files[0], aside), 0);
    assert_false(watch_look(&p->watch, 0));
    assert_int_equal(rename(aside, p->files[0]), 0);
    assert_false(watch_look(&p->watch, 0));
    assert_false(watch_look(&p->watch, 0));
}

static void written_over_gone_and_back_are_changes(void **state) {
    struct place *p = *state;
    put(p->files[0], "longer than before");
    assert_false(watch_look(&p->watch, 0));
    assert_true(watch_look(&p->watch, 0));
    watch_tried(&p->watch);
    assert_int_equal(utimensat(AT_FDCWD, p->files[0], (struct timespec[]){{1, 0}, {1, 0}}, 0), 0);
    assert_false(watch_look(&p->watch, 0));
    assert_true(watch_look(&p->watch, 0));
    watch_tried(&p->watch);
    unlink(p->files[3]);
    assert_false(watch_look(&p->watch, 0));
    assert_true(watch_look(&p->watch, 0));
    watch_tried(&p->watch);
    put(p->files[3], "back");
    assert_false(watch_look(&p->watch, 0));
    assert_true(watch_look(&p->watch, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_stays_is_no_news, place_make, place_remove),
        cmocka_unit_test_setup_teardown(a_look_is_due_after_the_one_before, place_make,
                                        place_remove),
        cmocka_unit_test_setup_teardown(each_file_counts_when_it_has_stayed, place_make,
                                        place_remove),
        cmocka_unit_test_setup_teardown(what_goes_on_changing_is_waited_for, place_make,
                                        place_remove),
        cmocka_unit_test_setup_teardown(what_was_put_back_is_no_news, place_make, place_remove),
        cmocka_unit_test_setup_teardown(written_over_gone_and_back_are_changes, place_make,
                                        place_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
