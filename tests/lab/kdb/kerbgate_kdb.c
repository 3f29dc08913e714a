/* SPDX-License-Identifier: Apache-2.0
 *
 * A KDB module for MIT's krb5kdc that adds to db2 what it has not: a policy of delegation, and
 * enterprise names.
 *
 * It takes db2's function table and fills in four places: check_allowed_to_delegate (classic: the
 * impersonating service lists its targets), allowed_to_delegate_from (resource-based: the target
 * lists who may impersonate), get_s4u_x509_principal (whose certificate it is) and get_principal:
 * "alice@mit.example" is alice, and a name of a realm that this one trusts is referred to it,
 * without which S4U2Self does not cross realms (MS-SFU 3.1.5.1.1.1). The policy is a text file,
 * read at every question, so that a change acts at once:
 *
 *     svc-kerbgate@MIT.EXAMPLE may-delegate-to HTTP/web.mit.example@MIT.EXAMPLE
 *     HTTP/rbcd.mit.example@MIT.EXAMPLE accepts-from svc-kerbgate@MIT.EXAMPLE
 *     SHA-256-IN-HEXADECIMAL is-certificate-of alice@MIT.EXAMPLE
 *
 * Environment: KERBGATE_KDB_DB2, path of db2.so; KERBGATE_KDB_POLICY, path of the policy. */
#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <kdb.h>
#include <krb5.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

kdb_vftabl kdb_function_table;
static krb5_error_code (*db2_get_principal)(krb5_context context, krb5_const_principal name,
                                            unsigned flags, krb5_db_entry **entry);

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

/* Whose the certificate is; 0 if nobody's. */
static int find_owner(const char *digest, char name[256]) {
    const char *path = getenv("KERBGATE_KDB_POLICY");
    FILE *file = path ? fopen(path, "r") : NULL;
    char line[1024], subject[256], verb[256];
    int yes = 0;

    while (file && !yes && fgets(line, sizeof line, file))
        yes = sscanf(line, "%255s %255s %255s", subject, verb, name) == 3 &&
              !strcmp(subject, digest) && !strcmp(verb, "is-certificate-of");
    if (file)
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

/* What an enterprise name is without the realm around it; its own is in capitals, as realms are. */
static krb5_error_code inner(krb5_context context, krb5_const_principal name, krb5_principal *out) {
    char text[512];
    int n = snprintf(text, sizeof text, "%.*s", (int)name->data[0].length, name->data[0].data);
    char *at = strrchr(text, '@');

    *out = NULL;
    if (n >= (int)sizeof text)
        return KRB5_KDB_NOENTRY;
    for (char *c = at; c && *c; c++)
        *c = (char)toupper((unsigned char)*c);
    if (!at)
        return krb5_build_principal(context, out, name->realm.length, name->realm.data, text,
                                    (char *)NULL);
    return krb5_parse_name(context, text, out);
}

/* KRB5_KDB_FLAG_CLIENT asks for the name alone. */
static krb5_error_code refer(krb5_context context, krb5_const_principal ours, krb5_principal theirs,
                             unsigned flags, krb5_db_entry **entry) {
    krb5_principal tgs = NULL;
    krb5_error_code error =
        krb5_build_principal(context, &tgs, ours->realm.length, ours->realm.data, KRB5_TGS_NAME,
                             theirs->realm.data, (char *)NULL);

    if (!error)
        error = db2_get_principal(context, tgs, 0, entry);
    krb5_free_principal(context, tgs);
    if (error || !(flags & KRB5_KDB_FLAG_CLIENT))
        return error;
    krb5_db_free_principal(context, *entry);
    *entry = calloc(1, sizeof **entry);
    return *entry ? krb5_copy_principal(context, theirs, &(*entry)->princ) : ENOMEM;
}

static krb5_error_code get_principal(krb5_context context, krb5_const_principal name,
                                     unsigned flags, krb5_db_entry **entry) {
    krb5_principal theirs;
    krb5_error_code error;

    if (name->type != KRB5_NT_ENTERPRISE_PRINCIPAL || name->length != 1)
        return db2_get_principal(context, name, flags, entry);
    error = inner(context, name, &theirs);
    if (!error && krb5_realm_compare(context, name, theirs))
        error = db2_get_principal(context, theirs, flags, entry);
    else if (!error && flags & KRB5_KDB_FLAG_REFERRAL_OK)
        error = refer(context, name, theirs, flags, entry);
    else if (!error)
        error = KRB5_KDB_NOENTRY;
    krb5_free_principal(context, theirs);
    return error;
}

static krb5_error_code get_s4u_x509_principal(krb5_context context, const krb5_data *certificate,
                                              krb5_const_principal name, unsigned flags,
                                              krb5_db_entry **entry) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char text[2 * sizeof digest + 1], owner[256];
    krb5_principal principal;
    krb5_error_code error;
    (void)name;
    (void)flags;

    SHA256((const unsigned char *)certificate->data, certificate->length, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    if (!find_owner(text, owner))
        return KRB5_KDB_NOENTRY;
    error = krb5_parse_name(context, owner, &principal);
    if (error)
        return error;
    error = db2_get_principal(context, principal, 0, entry);
    krb5_free_principal(context, principal);
    return error;
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
    db2_get_principal = db2->get_principal;
    kdb_function_table.get_principal = get_principal;
    kdb_function_table.get_s4u_x509_principal = get_s4u_x509_principal;
    kdb_function_table.check_allowed_to_delegate = check_allowed_to_delegate;
    kdb_function_table.allowed_to_delegate_from = allowed_to_delegate_from;
}
