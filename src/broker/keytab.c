/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/keytab.h"

#include "broker/krb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct keytab {
    krb5_context context;
    krb5_keytab memory; /* an open handle is what keeps a MEMORY keytab alive */
};

enum { NAMES_SIZE = 256 };

void keytab_name(const struct config_kerberos *config, char out[KEYTAB_NAME_SIZE]) {
    snprintf(out, KEYTAB_NAME_SIZE, "MEMORY:kerbgate %s", config->principal);
}

/* Adds a principal to the list of what a keytab holds, for the message, once. */
static void note_name(krb5_context context, krb5_const_principal principal, char *names) {
    char *name;
    if (krb5_unparse_name(context, principal, &name) != 0)
        return;
    size_t used = strlen(names);
    if (!strstr(names, name))
        snprintf(names + used, NAMES_SIZE - used, "%s%s", used ? ", " : "", name);
    krb5_free_unparsed_name(context, name);
}

struct copying {
    krb5_principal self;
    bool found; /* a key of our principal */
    char names[NAMES_SIZE];
};

static krb5_error_code copy_entries(struct keytab *k, krb5_keytab file, struct copying *c) {
    krb5_kt_cursor cursor;
    krb5_keytab_entry entry;
    krb5_error_code code = krb5_kt_start_seq_get(k->context, file, &cursor);
    if (code != 0)
        return code;
    while ((code = krb5_kt_next_entry(k->context, file, &entry, &cursor)) == 0) {
        note_name(k->context, entry.principal, c->names);
        if (krb5_principal_compare(k->context, entry.principal, c->self))
            c->found = true;
        if (krb5_realm_compare(k->context, entry.principal, c->self))
            code = krb5_kt_add_entry(k->context, k->memory, &entry);
        krb5_free_keytab_entry_contents(k->context, &entry);
        if (code != 0)
            break;
    }
    krb5_kt_end_seq_get(k->context, file, &cursor);
    return code == KRB5_KT_END ? 0 : code;
}

static krb5_error_code load(struct keytab *k, const struct config_kerberos *config,
                            struct copying *c) {
    krb5_keytab file = NULL;
    char *name = NULL, memory[KEYTAB_NAME_SIZE];
    krb5_error_code code = asprintf(&name, "FILE:%s", config->keytab) < 0 ? ENOMEM : 0;
    keytab_name(config, memory);
    if (code != 0)
        return code;
    code = krb5_kt_resolve(k->context, name, &file);
    if (code == 0)
        code = krb5_kt_resolve(k->context, memory, &k->memory);
    if (code == 0)
        code = copy_entries(k, file, c);
    if (file)
        krb5_kt_close(k->context, file);
    free(name);
    return code;
}

static void explain_missing(const struct config_kerberos *config, const struct copying *c,
                            struct err *e) {
    err_set(e, ERR_KRB_CONNECTOR, "the keytab %s has no key for %s; it holds %s", config->keytab,
            config->principal, c->names[0] ? c->names : "nothing");
    err_hint(e,
             "Export it on the domain controller: samba-tool domain exportkeytab FILE "
             "--principal=%s (Samba), or ktpass /princ %s /mapuser … /out FILE (Windows); or set "
             "the principal in the configuration to a name the keytab holds.",
             config->principal, config->principal);
}

/* Without a profile that can be read there is no library to read the keytab with. */
static void explain_profile(const struct config_kerberos *config, krb5_error_code code,
                            struct err *e) {
    const char *file = config->krb5_conf ? config->krb5_conf : "/etc/krb5.conf";
    const char *text = krb5_get_error_message(NULL, code);
    err_set(e, ERR_KRB_CONNECTOR, "%s cannot be used: %s", file, text);
    krb5_free_error_message(NULL, text);
    err_hint(e,
             "Correct %s: sections are [libdefaults] and [realms], and each brace that opens "
             "closes. man krb5.conf has its form.",
             file);
}

struct keytab *keytab_load(const struct config_kerberos *config, struct err *e) {
    struct copying c = {0};
    struct keytab *k = calloc(1, sizeof *k);
    if (!k) {
        err_set(e, ERR_NO_MEMORY, "no memory for the keytab");
        return NULL;
    }
    krb5_error_code code = krb_context_new(config->krb5_conf, &k->context);
    if (code != 0) {
        explain_profile(config, code, e);
        keytab_unload(k);
        return NULL;
    }
    code = krb5_parse_name(k->context, config->principal, &c.self);
    if (code == 0)
        code = load(k, config, &c);
    if (code != 0) {
        char text[256];
        krb_text(k->context, code, text, sizeof text);
        err_set(e, ERR_KRB_CONNECTOR, "the keytab %s cannot be used: %s", config->keytab, text);
        err_hint(e, "klist -kt %s shows what is in it; the broker must be able to read it.",
                 config->keytab);
    } else if (!c.found) {
        explain_missing(config, &c, e);
    }
    if (c.self)
        krb5_free_principal(k->context, c.self);
    if (code == 0 && c.found)
        return k;
    keytab_unload(k);
    return NULL;
}

void keytab_unload(struct keytab *k) {
    if (!k)
        return;
    if (k->memory)
        krb5_kt_close(k->context, k->memory);
    if (k->context)
        krb5_free_context(k->context);
    free(k);
}
