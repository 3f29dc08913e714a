/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/testing.h"

#include "broker/krb.h"
#include "broker/realm.h"

#include <stdio.h>
#include <unistd.h>

enum { ACCOUNTS = 3 };

static char *const PRINCIPALS[ACCOUNTS] = {TEXT("svc-a@A.EXAMPLE"), TEXT("svc-b@B.EXAMPLE"),
                                           TEXT("svc-c@C.EXAMPLE")};

static char no_conf[] = "/dev/null";

struct place {
    char folder[64], files[ACCOUNTS][96];
    struct config_account more[ACCOUNTS - 1];
    struct config config;
};

/* A keytab with one key, of as many 'k' as its number and one more. */
static void write_keytab(const char *file, const char *principal, size_t number) {
    char name[128];
    unsigned char secret[32];
    krb5_context context;
    krb5_keytab keytab;
    krb5_keytab_entry entry = {.vno = 1};
    memset(secret, 'a' + (int)number, sizeof secret);
    snprintf(name, sizeof name, "WRFILE:%s", file);
    assert_int_equal(krb_context_new("/dev/null", &context), 0);
    assert_int_equal(krb5_parse_name(context, principal, &entry.principal), 0);
    entry.key = (krb5_keyblock){.enctype = 18, .length = sizeof secret, .contents = secret};
    assert_int_equal(krb5_kt_resolve(context, name, &keytab), 0);
    assert_int_equal(krb5_kt_add_entry(context, keytab, &entry), 0);
    krb5_kt_close(context, keytab);
    krb5_free_principal(context, entry.principal);
    krb5_free_context(context);
}

static int place_make(void **state) {
    struct place *p = calloc(1, sizeof *p);
    snprintf(p->folder, sizeof p->folder, "/tmp/realm_test.XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    for (size_t i = 0; i < ACCOUNTS; i++) {
        snprintf(p->files[i], sizeof p->files[i], "%s/%zu.keytab", p->folder, i);
        write_keytab(p->files[i], PRINCIPALS[i], i);
        if (i > 0)
            p->more[i - 1] =
                (struct config_account){.principal = PRINCIPALS[i], .keytab = p->files[i]};
    }
    p->config.kerberos = (struct config_kerberos){.principal = PRINCIPALS[0],
                                                  .keytab = p->files[0],
                                                  .krb5_conf = no_conf,
                                                  .accounts = p->more,
                                                  .account_count = ACCOUNTS - 1};
    *state = p;
    return 0;
}

static int place_remove(void **state) {
    struct place *p = *state;
    for (size_t i = 0; i < ACCOUNTS; i++)
        unlink(p->files[i]);
    rmdir(p->folder);
    free(p);
    return 0;
}

/* The first byte of the key that the account's keytab in memory has. */
static char key_of(struct realm *r) {
    struct krb k;
    struct err e;
    krb5_keytab_entry entry;
    assert_true(krb_open(&k, &r->config.kerberos, &e));
    assert_int_equal(krb5_kt_get_entry(k.context, k.keytab, k.self, 0, 0, &entry), 0);
    char first = (char)entry.key.contents[0];
    krb5_free_keytab_entry_contents(k.context, &entry);
    krb_close(&k);
    return first;
}

static void each_account_has_its_keys_and_knows_the_others(void **state) {
    struct place *p = *state;
    struct realm realms[ACCOUNTS];
    struct err e;
    for (size_t i = 0; i < ACCOUNTS; i++)
        if (!realm_load(&realms[i], &p->config, i, &e))
            fail_msg("%s", e.detail);
    for (size_t i = 0; i < ACCOUNTS; i++) {
        const struct config_kerberos *k = &realms[i].config.kerberos;
        size_t seen = 0;
        assert_string_equal(k->principal, PRINCIPALS[i]);
        assert_int_equal(key_of(&realms[i]), 'a' + (int)i);
        assert_int_equal(realms[i].config.ldap.is_in_krb5_conf, i > 0);
        for (size_t j = 0; j < k->account_count; j++) {
            assert_string_not_equal(k->accounts[j].principal, PRINCIPALS[i]);
            seen += strlen(k->accounts[j].principal);
        }
        assert_int_equal(seen, (ACCOUNTS - 1) * strlen(PRINCIPALS[0]));
    }
    assert_string_equal(p->more[0].principal, PRINCIPALS[1]); /* the file's is as it was */
    for (size_t i = 0; i < ACCOUNTS; i++)
        assert_true(realm_free(&realms[i], 0));
}

static void a_keytab_without_the_accounts_key_is_named(void **state) {
    struct place *p = *state;
    struct realm r;
    struct err e;
    p->more[1].keytab = p->files[0];
    assert_false(realm_load(&r, &p->config, 2, &e));
    assert_int_equal(e.code, ERR_KRB_CONNECTOR);
    assert_non_null(strstr(e.detail, p->files[0]));
    assert_non_null(strstr(e.detail, PRINCIPALS[2]));
    assert_true(realm_free(&r, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_account_has_its_keys_and_knows_the_others, place_make,
                                        place_remove),
        cmocka_unit_test_setup_teardown(a_keytab_without_the_accounts_key_is_named, place_make,
                                        place_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
