/* SPDX-License-Identifier: Apache-2.0
 *
 * Fills the KDC database of a lab: kadmin.local in small, with passwords on standard input.
 *
 *     fill REALM < lines        each line: PRINCIPAL ATTRIBUTES LIFE KEYTAB PASSWORD
 *
 * ATTRIBUTES is a number (KRB5_KDB_… bits). LIFE is the most seconds for which a ticket of or for
 * the principal is good, 0 a day. KEYTAB is a file to which the keys are added, or
 * "-". PASSWORD "-" gives random keys. Of a principal that is there already, only ATTRIBUTES and
 * LIFE are set; with ATTRIBUTES -1 it is removed. */
#include <kadm5/admin.h>
#include <krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY = 24 * 60 * 60 };

static void check(krb5_context context, krb5_error_code error, const char *what) {
    if (error) {
        fprintf(stderr, "fill: %s: %s\n", what, krb5_get_error_message(context, error));
        exit(1);
    }
}

static void write_keys(krb5_context context, void *server, krb5_principal principal,
                       const char *path) {
    kadm5_key_data *keys;
    int count;
    krb5_keytab keytab;

    check(context, kadm5_get_principal_keys(server, principal, 0, &keys, &count), path);
    check(context, krb5_kt_resolve(context, path, &keytab), path);
    for (int i = 0; i < count; i++) {
        krb5_keytab_entry entry = {.principal = principal, .vno = keys[i].kvno, .key = keys[i].key};
        check(context, krb5_kt_add_entry(context, keytab, &entry), path);
    }
    krb5_kt_close(context, keytab);
    kadm5_free_kadm5_key_data(context, count, keys);
}

/* Whether it was made, and not there already. */
static int put(krb5_context context, void *server, kadm5_principal_ent_rec *entry, char *password) {
    long mask = KADM5_ATTRIBUTES | KADM5_MAX_LIFE;
    if (entry->attributes == -1) {
        check(context, kadm5_delete_principal(server, entry->principal), "delete");
        return 0;
    }
    krb5_error_code error = kadm5_create_principal(server, entry, KADM5_PRINCIPAL | mask, password);
    if (error == KADM5_DUP) {
        check(context, kadm5_modify_principal(server, entry, mask), "modify");
        return 0;
    }
    check(context, error, "create");
    return 1;
}

int main(int argc, char **argv) {
    krb5_context context;
    void *server;
    char line[1024], name[256], path[512], password[128];
    long attributes, life;

    if (argc != 2)
        return 2;
    kadm5_config_params settings = {.mask = KADM5_CONFIG_REALM, .realm = argv[1]};
    check(NULL, kadm5_init_krb5_context(&context), "krb5");
    check(context,
          kadm5_init_with_password(context, "lab/admin", NULL, KADM5_ADMIN_SERVICE, &settings,
                                   KADM5_STRUCT_VERSION, KADM5_API_VERSION_4, NULL, &server),
          "database");
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "%255s %li %li %511s %127s", name, &attributes, &life, path, password) !=
            5)
            return 2;
        kadm5_principal_ent_rec entry = {.attributes = (krb5_flags)attributes,
                                         .max_life = (krb5_deltat)(life ? life : DAY)};
        check(context, krb5_parse_name(context, name, &entry.principal), name);
        int is_new = put(context, server, &entry, strcmp(password, "-") ? password : NULL);
        if (is_new && strcmp(path, "-"))
            write_keys(context, server, entry.principal, path);
        krb5_free_principal(context, entry.principal);
    }
    kadm5_destroy(server);
    krb5_free_context(context);
    return 0;
}
