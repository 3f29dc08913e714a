/* SPDX-License-Identifier: Apache-2.0
 *
 * A KDB module for MIT's krb5kdc that adds a policy of delegation to db2, which has none.
 *
 * It takes db2's function table and fills in two places: check_allowed_to_delegate (classic: the
 * impersonating service lists its targets) and allowed_to_delegate_from (resource-based: the target
 * lists who may impersonate). The policy is a text file, read at every question, so that a change
 * acts at once:
 *
 *     svc-kerbgate@MIT.EXAMPLE may-delegate-to HTTP/web.mit.example@MIT.EXAMPLE
 *     HTTP/rbcd.mit.example@MIT.EXAMPLE accepts-from svc-kerbgate@MIT.EXAMPLE
 *
 * Environment: KERBGATE_KDB_DB2, path of db2.so; KERBGATE_KDB_POLICY, path of the policy. */
#include <dlfcn.h>
#include <kdb.h>
#include <krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

kdb_vftabl kdb_function_table;

/* True if the policy has the line "subject verb object"; object NULL means any. */
static int has_line(const char *subject, const char *verb, const char *object) {
    const char *path = getenv("KERBGATE_KDB_POLICY");
    FILE *file = path ? fopen(path, "r") : NULL;
    char line[1024], found[3][256];
    int yes = 0;

    if (!file)
        return 0;
    while (!yes && fgets(line, sizeof line, file))
        yes = sscanf(line, "%255s %255s %255s", found[0], found[1], found[2]) == 3 &&
              !strcmp(found[0], subject) && !strcmp(found[1], verb) &&
              (!object || !strcmp(found[2], object));
    fclose(file);
    return yes;
}

/* 0 if the policy has the line, else the error that a KDC is to give. object NULL means any. */
static krb5_error_code decide(krb5_context context, krb5_const_principal subject, const char *verb,
                              krb5_const_principal object) {
    char *subject_name = NULL, *object_name = NULL;
    krb5_error_code error = krb5_unparse_name(context, subject, &subject_name);

    if (!error && object)
        error = krb5_unparse_name(context, object, &object_name);
    if (!error && !has_line(subject_name, verb, object_name))
        error = KRB5KDC_ERR_BADOPTION;
    krb5_free_unparsed_name(context, subject_name);
    krb5_free_unparsed_name(context, object_name);
    return error;
}

static krb5_error_code check_allowed_to_delegate(krb5_context context, krb5_const_principal client,
                                                 const krb5_db_entry *server,
                                                 krb5_const_principal proxy) {
    (void)client;
    return decide(context, server->princ, "may-delegate-to", proxy);
}

static krb5_error_code allowed_to_delegate_from(krb5_context context, krb5_const_principal client,
                                                krb5_const_principal server, krb5_pac server_pac,
                                                const krb5_db_entry *proxy) {
    (void)client;
    (void)server_pac;
    return decide(context, proxy->princ, "accepts-from", server);
}

/* libkdb5 copies the table right after dlopen, so it has to be whole by then. */
__attribute__((constructor)) static void wrap_db2(void) {
    const char *path = getenv("KERBGATE_KDB_DB2");
    void *library = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    const kdb_vftabl *db2 = library ? dlsym(library, "kdb_function_table") : NULL;

    if (!db2) {
        fprintf(stderr, "kerbgate_kdb: no db2 at KERBGATE_KDB_DB2: %s\n",
                path ? dlerror() : "not set");
        return;
    }
    kdb_function_table = *db2;
    kdb_function_table.check_allowed_to_delegate = check_allowed_to_delegate;
    kdb_function_table.allowed_to_delegate_from = allowed_to_delegate_from;
}
