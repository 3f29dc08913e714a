/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/as_req.h"

#include <stdio.h>
#include <time.h>

enum {
    TAG_AS_REQ = 0x6a, /* [APPLICATION 10] */
    TAG_BITS = 0x03,
    TAG_TIME = 0x18,
    TAG_STRING = 0x1b,
    TAG_SEQUENCE = 0x30,
    VERSION = 5,
    MESSAGE_TYPE = 10,
    NAME_PRINCIPAL = 1,
    NAME_SERVICE = 2,
    TEN_HOURS = 36000,
};

/* Strongest first: what a KDC is asked to answer with (RFC 3962, RFC 4757). */
static const int ENCTYPES[] = {18, 17, 20, 19, 23};

static size_t written(const struct der_writer *w) { return w->end - w->at; }

/* Everything goes from the end to the start (der.h). */
static void put_name(struct der_writer *w, unsigned field, int type, const struct str *parts,
                     size_t count) {
    size_t rest = written(w);
    while (count-- > 0) {
        size_t before = written(w);
        der_put(w, parts[count]);
        der_wrap(w, TAG_STRING, before);
    }
    der_wrap(w, TAG_SEQUENCE, rest);
    der_wrap(w, DER_FIELD(1), rest);
    der_put_int_field(w, 0, type);
    der_wrap(w, TAG_SEQUENCE, rest);
    der_wrap(w, DER_FIELD(field), rest);
}

static void put_field(struct der_writer *w, unsigned field, uint8_t tag, struct str content) {
    size_t rest = written(w);
    der_put(w, content);
    der_wrap(w, tag, rest);
    der_wrap(w, DER_FIELD(field), rest);
}

static void put_enctypes(struct der_writer *w) {
    size_t rest = written(w);
    for (size_t i = sizeof ENCTYPES / sizeof *ENCTYPES; i-- > 0;)
        der_put_int(w, ENCTYPES[i]);
    der_wrap(w, TAG_SEQUENCE, rest);
    der_wrap(w, DER_FIELD(8), rest);
}

static void put_body(struct der_writer *w, const struct as_req *q, const struct str *client,
                     size_t client_count) {
    const struct str krbtgt[] = {STR("krbtgt"), q->realm};
    char till[16];
    time_t end = (time_t)(q->now_s + TEN_HOURS);
    struct tm tm = {0};
    gmtime_r(&end, &tm);
    strftime(till, sizeof till, "%Y%m%d%H%M%SZ", &tm);
    size_t rest = written(w);
    put_enctypes(w);
    der_put_int_field(w, 7, q->nonce & 0x7fffffff);
    put_field(w, 5, TAG_TIME, str_of(till));
    put_name(w, 3, NAME_SERVICE, krbtgt, 2);
    put_field(w, 2, TAG_STRING, q->realm);
    put_name(w, 1, NAME_PRINCIPAL, client, client_count);
    put_field(w, 0, TAG_BITS,
              str_n("\0\0\0\0\0", 5)); /* no options; the first octet: all bits count */
    der_wrap(w, TAG_SEQUENCE, rest);
    der_wrap(w, DER_FIELD(4), rest);
}

struct str as_req_write(char memory[AS_REQ_MAX], const struct as_req *q) {
    struct der_writer w = der_writer(memory, AS_REQ_MAX);
    struct str rest = q->client, parts[AS_REQ_PARTS_MAX];
    size_t count = 0;
    while (count < AS_REQ_PARTS_MAX && str_split(&rest, '/', &parts[count]))
        count++;
    if (rest.n || !q->client.n)
        return STR_NONE;
    put_body(&w, q, parts, count);
    der_put_int_field(&w, 2, MESSAGE_TYPE);
    der_put_int_field(&w, 1, VERSION);
    der_wrap(&w, TAG_SEQUENCE, 0);
    der_wrap(&w, TAG_AS_REQ, 0);
    return w.failed ? STR_NONE : der_written(&w);
}
