/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"
#include "kerberos/mint_die.h"

#include <stdlib.h>

enum {
    END_POINT_MAX = 64, /* SHA-512 */
    SIZES = 20,         /* the lengths of addresses and data, in front of the data */
    AP_REP_MAX = 4096,
    AP_REP_TYPE = 15,
};

#define UNIQUE_PREFIX "tls-server-end-point:" /* RFC 5929 4 */

bool mint_bindings(struct mint *m, struct str end_point, unsigned char out[MINT_BINDINGS_SIZE]) {
    /* Neither side has an address: four zeros; then the length of the data, little-endian, and the
     * data (RFC 4121 4.1.1.2). */
    char memory[SIZES + sizeof UNIQUE_PREFIX + END_POINT_MAX] = {0};
    size_t prefix = sizeof UNIQUE_PREFIX - 1;
    krb5_checksum sum;
    if (end_point.n == 0 || end_point.n > END_POINT_MAX)
        return false;
    memory[SIZES - 4] = (char)(prefix + end_point.n);
    memcpy(memory + SIZES, UNIQUE_PREFIX, prefix);
    memcpy(memory + SIZES + prefix, end_point.p, end_point.n);
    krb5_data in = {.length = (unsigned)(SIZES + prefix + end_point.n), .data = memory};
    if (krb5_c_make_checksum(m->context, CKSUMTYPE_RSA_MD5, NULL, 0, &in, &sum) != 0)
        return false;
    bool is_whole = sum.length == MINT_BINDINGS_SIZE;
    if (is_whole)
        memcpy(out, sum.contents, MINT_BINDINGS_SIZE);
    krb5_free_checksum_contents(m->context, &sum);
    return is_whole;
}

/* The content of a context field that comes next and holds one element of this kind. */
static bool take_field(struct str *fields, unsigned number, uint8_t tag, struct str *content) {
    struct str field;
    return der_expect(fields, DER_FIELD(number), &field) && der_expect(&field, tag, content) &&
           field.n == 0;
}

static bool take_int(struct str *fields, unsigned number, int64_t *value) {
    struct str content;
    return take_field(fields, number, DER_INTEGER, &content) && der_int(content, value);
}

/* AP-REP (RFC 4120 5.5.2) up to what is encrypted in it. */
static bool read_sealed(struct str in, const struct mint_die *d, struct str *sealed) {
    struct str message, fields, part;
    int64_t version, type, enctype, kvno;
    if (!der_expect(&in, DER_AP_REP, &message) || in.n != 0 ||
        !der_expect(&message, DER_SEQUENCE, &fields) || message.n != 0)
        return false;
    if (!take_int(&fields, 0, &version) || version != KERBEROS_VERSION ||
        !take_int(&fields, 1, &type) || type != AP_REP_TYPE ||
        !take_field(&fields, 2, DER_SEQUENCE, &part) || fields.n != 0)
        return false;
    if (!take_int(&part, 0, &enctype) || enctype != d->enctype)
        return false;
    take_int(&part, 1, &kvno); /* allowed, of no use for a session key */
    return take_field(&part, 2, DER_OCTETS, sealed) && part.n == 0;
}

/* EncAPRepPart: the time of the token. A subkey and a sequence number may follow. */
static bool repeats(struct str plain, const struct mint_proof *proof) {
    struct str part, fields, ctime;
    int64_t cusec;
    return der_expect(&plain, DER_AP_REP_PART, &part) && der_expect(&part, DER_SEQUENCE, &fields) &&
           take_field(&fields, 0, DER_TIME, &ctime) && str_eq(ctime, str_of(proof->ctime)) &&
           take_int(&fields, 1, &cusec) && cusec == proof->cusec;
}

bool mint_is_proven(struct mint *m, const struct mint_die *d, const struct mint_proof *proof,
                    struct str ap_rep) {
    struct str sealed;
    if (ap_rep.n > AP_REP_MAX || !read_sealed(ap_rep, d, &sealed))
        return false;
    char memory[AP_REP_MAX];
    krb5_enc_data in = {.enctype = d->enctype,
                        .ciphertext = {.length = (unsigned)sealed.n, .data = (char *)sealed.p}};
    krb5_data out = {.length = sizeof memory, .data = memory};
    krb5_error_code code =
        krb5_k_decrypt(m->context, d->key, KRB5_KEYUSAGE_AP_REP_ENCPART, NULL, &in, &out);
    bool is_proven = code == 0 && repeats(str_n(out.data, out.length), proof);
    secret_wipe(memory, sizeof memory);
    return is_proven;
}
