/* SPDX-License-Identifier: Apache-2.0 */
#include "config/check_files.h"

#include <pwd.h>

struct account {
    const char *key;   /* of gateway.run_as */
    const char *who;   /* what runs in its name */
    const char *usual; /* proposed when there is none */
    char *const *value;
};

static void check_account(const struct config *c, const struct account *a, struct findings *f) {
    struct config_mark mark = config_mark_of(c, a->value);
    if (!*a->value) {
        findings_error(f, mark,
                       "gateway.run_as.%s is missing: started as root, the process that %s would "
                       "stay root; expected an account, such as %s: %s",
                       a->key, a->who, a->key, a->usual);
        return;
    }
    const struct passwd *there = getpwnam(*a->value);
    if (!there)
        findings_error(f, mark,
                       "gateway.run_as.%s: this machine has no account %s; type: useradd --system "
                       "--shell /usr/sbin/nologin %s",
                       a->key, quote(str_of(*a->value)).text, *a->value);
    else if (there->pw_uid == 0)
        findings_error(f, mark,
                       "gateway.run_as.%s: %s is root, expected an account without rights, such "
                       "as %s",
                       a->key, quote(str_of(*a->value)).text, a->usual);
}

void check_accounts(const struct config *c, struct findings *f) {
    check_account(c, &(struct account){"user", "serves HTTP", "kerbgate", &c->user}, f);
    if (c->kerberos.present)
        check_account(c,
                      &(struct account){"broker_user", "holds the keytab", "kerbgate-broker",
                                        &c->broker_user},
                      f);
}
