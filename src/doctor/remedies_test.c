/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/testing.h"

#include "doctor/remedies.h"

#include <stdio.h>

#define NAME "o'x"
#define PS "'o''x'"
#define SH "'o'\\''x'"
#define SPN_PS "'HTTP/o''x'"
#define SPN_SH "'HTTP/o'\\''x'"
#define LDIF "printf '%s\\n' 'dn: CN=a b' 'changetype: modify' 'replace: "
#define LDB " | ldbmodify -H /var/lib/samba/private/sam.ldb"

static json_t *account;

static void attribute(struct checking *c) { remedy_attribute(c, account, "a", "1"); }
static void no_attribute(struct checking *c) { remedy_attribute(c, account, "a", NULL); }
static void of_plain(struct checking *c) { remedy_attribute_of(c, "gate", "a", NULL); }
static void of_quoted(struct checking *c) { remedy_attribute_of(c, NAME, "a", NULL); }
static void enable(struct checking *c) { remedy_enable(c, NAME); }
static void unlock(struct checking *c) { remedy_unlock(c, NAME); }
static void expiry(struct checking *c) { remedy_expiry(c, account, NAME); }
static void limit(struct checking *c) { remedy_limit(c, account, NAME, "logonHours"); }
static void keytab(struct checking *c) { remedy_keytab(c, NAME, NAME "@C"); }
static void sensitive(struct checking *c) { remedy_sensitive(c, NAME); }
static void protected(struct checking *c) { remedy_protected(c, NAME); }
static void spn_add(struct checking *c) { remedy_spn_add(c, "HTTP/" NAME, NAME); }
static void spn_delete(struct checking *c) { remedy_spn_delete(c, "HTTP/" NAME, NAME); }

static void both_commands_have_the_names_as_words(void **state) {
    static const struct {
        void (*remedy)(struct checking *c);
        const char *commands[2]; /* NULL: no more */
    } ROWS[] = {
        {attribute, {LDIF "a' 'a: 1'" LDB}},
        {no_attribute, {LDIF "a'" LDB}},
        {of_plain,
         {"printf '%s\\n' \"$(ldbsearch -H /var/lib/samba/private/sam.ldb '(sAMAccountName=gate)' "
          "dn | grep '^dn: ')\" 'changetype: modify' 'replace: a'" LDB}},
        {of_quoted, {NULL}},
        {enable, {"Enable-ADAccount " PS, "samba-tool user enable " SH}},
        {unlock, {"Unlock-ADAccount " PS, "samba-tool user unlock " SH}},
        {expiry, {"Clear-ADAccountExpiration " PS, LDIF "accountExpires' 'accountExpires: 0'" LDB}},
        {limit, {"Set-ADUser " PS " -Clear logonHours", LDIF "logonHours'" LDB}},
        {keytab,
         {"samba-tool domain exportkeytab '/k 1' --principal=" SH,
          "ktpass /princ 'o''x@C' /mapuser " PS " /pass * /crypto AES256-SHA1 /ptype "
          "KRB5_NT_PRINCIPAL /out kerbgate.keytab"}},
        {sensitive,
         {"Set-ADAccountControl " PS " -AccountNotDelegated $false",
          "samba-tool user sensitive " SH " off"}},
        {protected,
         {"Remove-ADGroupMember 'Protected Users' -Members " PS " -Confirm:$false",
          "samba-tool group removemembers 'Protected Users' " SH}},
        {spn_add, {"setspn -S " SPN_PS " " PS, "samba-tool spn add " SPN_SH " " SH}},
        {spn_delete, {"setspn -D " SPN_PS " " PS, "samba-tool spn delete " SPN_SH " " SH}},
    };
    (void)state;
    account = json_pack("{s:s}", "dn", "CN=a b");
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct checked *t =
            checked("{'kerberos':{'keytab':{'file':'/k 1'}}}", LINKS, ROWS[i].remedy);
        size_t count = 0;
        for (; count < 2 && ROWS[i].commands[count]; count++)
            assert_string_equal(facts_text(json_array_get(t->c.remedies, count), "command"),
                                ROWS[i].commands[count]);
        assert_int_equal(json_array_size(t->c.remedies), count);
        checked_free(t);
    }
    json_decref(account);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_commands_have_the_names_as_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
