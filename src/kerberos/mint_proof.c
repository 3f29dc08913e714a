/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"
#include "kerberos/bindings.h"
#include "kerberos/mint_die.h"

#include <stdlib.h>

enum {
    AP_REP_MAX = 4096,
    AP_REP_TYPE = 15,
};

bool mint_bindings(struct mint *m, struct str end_point, unsigned char out[MINT_BINDINGS_SIZE]) {
    return bindings_hash(m->context, end_point, out);
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
