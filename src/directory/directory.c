/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/directory_int.h"

#include "base/clock.h"
#include "directory/layer.h"
#include "directory/seal.h"

#include <openldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    ROUNDS_MAX = 8,        /* of the proof; it takes three */
    MESSAGE_MAX = 1 << 20, /* of libldap, before it is decoded */
};

void directory_init(void) { setenv("LDAPNOINIT", "1", 1); }

/* The account is in a domain that this server does not have. */
static bool fail_elsewhere(const struct directory *d, struct err *e) {
    err_set(e, ERR_DIRECTORY, "the directory at %s does not have that domain", d->host);
    if (d->has_no_catalogue)
        err_hint(e, "The accounts of connector.kerberos.accounts look up their own domain only.");
    else
        err_hint(e,
                 "Name the global catalogue in connector.directory.servers, as \"%s:3268\": it has "
                 "every domain of the forest.",
                 d->host);
    return false;
}

static bool fail(const struct directory *d, const char *what, int code, struct err *e) {
    err_set(e, ERR_DIRECTORY, "the directory at %s %s: %s", d->host, what,
            code == LDAP_TIMEOUT ? "no answer in time" : ldap_err2string(code));
    err_hint(e,
             "Try it with the connector's account: kinit -k -t KEYTAB PRINCIPAL && ldapsearch -Y "
             "GSSAPI -N -H ldap://%s -b \"\" -s base",
             d->host);
    return false;
}

/* The next message of an operation; NULL with `*code` set. Past the end of the wait there is none,
 * also when it has come: a server that never stops sending would never be done with. */
static LDAPMessage *await(struct directory *d, int id, int64_t until_us, int *code) {
    LDAPMessage *message = NULL;
    int64_t left_us = until_us - clock_mono_us();
    struct timeval left = {.tv_sec = left_us / 1000000, .tv_usec = left_us % 1000000};
    int kind = left_us > 0 ? ldap_result(d->ld, id, LDAP_MSG_ONE, &left, &message) : 0;
    if (kind > 0)
        return message;
    *code = LDAP_TIMEOUT;
    if (kind < 0)
        ldap_get_option(d->ld, LDAP_OPT_RESULT_CODE, code);
    else
        ldap_abandon_ext(d->ld, id, NULL, NULL);
    ldap_msgfree(message);
    return NULL;
}

/* Says `out`; what the server says to it is put into `in`. LDAP's code. */
static int bind_round(struct directory *d, const struct buf *out, struct buf *in,
                      int64_t until_us) {
    char none[] = "";
    struct berval token = {.bv_len = buf_size(out),
                           .bv_val = buf_size(out) ? out->data + out->start : none},
                  *answer = NULL;
    int id, code = ldap_sasl_bind(d->ld, "", "GSSAPI", &token, NULL, NULL, &id);
    LDAPMessage *message = code == LDAP_SUCCESS ? await(d, id, until_us, &code) : NULL;
    if (!message)
        return code;
    code = ldap_parse_sasl_bind_result(d->ld, message, &answer, 0);
    if (code == LDAP_SUCCESS)
        ldap_parse_result(d->ld, message, &code, NULL, NULL, NULL, NULL, 0);
    buf_clear(in);
    if (answer)
        buf_add(in, str_n(answer->bv_val, answer->bv_len));
    ber_bvfree(answer);
    ldap_msgfree(message);
    return code;
}

/* RFC 4752 3.1: after the proof the server says what it can, and we choose. */
static bool choose_layer(struct directory *d, struct str in, struct buf *out, size_t *peer_max) {
    const struct directory_security *s = d->security;
    char choice[LAYER_OFFER_SIZE];
    struct buf offer;
    bool unused;
    buf_init(&offer, LAYER_PIECE_MAX);
    bool is_read = s->unwrap(s->user, in, &offer, &unused) && !offer.failed &&
                   layer_read_offer(buf_str(&offer), peer_max);
    buf_fini(&offer);
    layer_write_choice(choice);
    return is_read && s->wrap(s->user, str_n(choice, sizeof choice), false, out) && !out->failed;
}

static bool bind_rounds(struct directory *d, struct buf *in, struct buf *out, int64_t until_us,
                        struct err *e) {
    const struct directory_security *s = d->security;
    bool is_proven = false;
    size_t peer_max = 0;
    for (unsigned i = 0; i < ROUNDS_MAX; i++) {
        buf_clear(out);
        if (is_proven && !choose_layer(d, buf_str(in), out, &peer_max))
            return fail(d, "does not seal what it sends", LDAP_CONFIDENTIALITY_REQUIRED, e);
        if (!is_proven && !s->step(s->user, buf_str(in), out, &is_proven, e))
            return false;
        int code = bind_round(d, out, in, until_us);
        if (code == LDAP_SUCCESS && peer_max)
            return seal_begin(d->ld, s, peer_max) || fail(d, "has no room", LDAP_NO_MEMORY, e);
        if (code == LDAP_SUCCESS || peer_max)
            return fail(d, "does not take our proof",
                        code == LDAP_SUCCESS ? LDAP_PROTOCOL_ERROR : code, e);
        if (code != LDAP_SASL_BIND_IN_PROGRESS)
            return fail(d, "does not take our ticket", code, e);
    }
    return fail(d, "asks for no end of proof", LDAP_PROTOCOL_ERROR, e);
}

static bool prove(struct directory *d, int64_t until_us, struct err *e) {
    struct buf in, out;
    buf_init(&in, MESSAGE_MAX);
    buf_init_secret(&out, MESSAGE_MAX);
    bool done = bind_rounds(d, &in, &out, until_us, e);
    buf_fini(&in);
    buf_fini(&out);
    return done;
}

struct berval **directory_values(struct directory *d, LDAPMessage *entry, const char *name) {
    struct berval **values = ldap_get_values_len(d->ld, entry, name);
    if (values && values[0])
        return values;
    ldap_value_free_len(values);
    return NULL;
}

bool directory_text(struct directory *d, LDAPMessage *entry, const char *name, char *out,
                    size_t size) {
    struct berval **values = directory_values(d, entry, name);
    out[0] = '\0';
    if (!values)
        return false;
    struct str s = str_n(values[0]->bv_val, values[0]->bv_len);
    bool fits = s.n > 0 && s.n < size && str_index(s, '\0') == s.n;
    if (fits)
        snprintf(out, size, "%.*s", STR_ARG(s));
    ldap_value_free_len(values);
    return fits;
}

static unsigned entries_max(const struct directory_search *s) {
    return s->entries_max ? s->entries_max : DIRECTORY_ENTRIES_MAX;
}

/* The entries of an answer one by one; then LDAP's code. */
static int take_answer(struct directory *d, const struct directory_search *s, int id) {
    int code = LDAP_SUCCESS;
    for (unsigned entries = 0;;) {
        LDAPMessage *message = await(d, id, s->until_us, &code);
        if (!message)
            return code;
        int kind = ldap_msgtype(message);
        if (kind == LDAP_RES_SEARCH_ENTRY && entries++ < entries_max(s))
            s->take(d, message, s->user);
        if (kind == LDAP_RES_SEARCH_RESULT)
            ldap_parse_result(d->ld, message, &code, NULL, NULL, NULL, NULL, 0);
        ldap_msgfree(message);
        if (kind == LDAP_RES_SEARCH_RESULT)
            return code == LDAP_SIZELIMIT_EXCEEDED ? LDAP_SUCCESS : code;
    }
}

bool directory_search(struct directory *d, const struct directory_search *s, struct err *e) {
    int id;
    int code = ldap_search_ext(d->ld, s->base, s->scope, s->filter, s->attributes, 0, NULL, NULL,
                               NULL, (int)entries_max(s), &id);
    if (code == LDAP_SUCCESS)
        code = take_answer(d, s, id);
    if (code == LDAP_REFERRAL)
        return fail_elsewhere(d, e);
    return code == LDAP_SUCCESS || code == LDAP_NO_SUCH_OBJECT ||
           fail(d, "cannot be searched", code, e);
}

static void take_contexts(struct directory *d, LDAPMessage *entry, void *unused) {
    (void)unused;
    directory_text(d, entry, "defaultNamingContext", d->domain, sizeof d->domain);
    directory_text(d, entry, "configurationNamingContext", d->configuration,
                   sizeof d->configuration);
}

static bool read_contexts(struct directory *d, int64_t until_us, struct err *e) {
    char domain[] = "defaultNamingContext", configuration[] = "configurationNamingContext";
    char *wanted[] = {domain, configuration, NULL};
    struct directory_search s = {.base = "",
                                 .scope = LDAP_SCOPE_BASE,
                                 .filter = "(objectClass=*)",
                                 .attributes = wanted,
                                 .until_us = until_us,
                                 .take = take_contexts};
    return directory_search(d, &s, e) &&
           ((d->domain[0] && d->configuration[0]) ||
            fail(d, "does not say of which domain it is", LDAP_OTHER, e));
}

bool directory_connect(struct directory *d, int fd, struct err *e) {
    int version = LDAP_VERSION3;
    ber_len_t message_max = MESSAGE_MAX;
    Sockbuf *sockbuf = NULL;
    int code = ldap_init_fd(fd, LDAP_PROTO_TCP, NULL, &d->ld);
    if (code != LDAP_SUCCESS) {
        close(fd);
        return fail(d, "cannot be asked", code, e);
    }
    ldap_set_option(d->ld, LDAP_OPT_PROTOCOL_VERSION, &version);
    ldap_set_option(d->ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
    ldap_set_option(d->ld, LDAP_OPT_RESTART, LDAP_OPT_OFF);
    ldap_get_option(d->ld, LDAP_OPT_SOCKBUF, (void *)&sockbuf);
    ber_sockbuf_ctrl(sockbuf, LBER_SB_OPT_SET_MAX_INCOMING, &message_max);
    return true;
}

static bool set_up(struct directory *d, const struct directory_open *o, struct err *e) {
    return directory_connect(d, o->fd, e) && prove(d, o->until_us, e) &&
           read_contexts(d, o->until_us, e);
}

struct directory *directory_open(const struct directory_open *o, struct err *e) {
    struct directory *d = calloc(1, sizeof *d);
    if (!d) {
        close(o->fd);
        err_set(e, ERR_NO_MEMORY, "no memory to ask the directory");
        return NULL;
    }
    d->is_catalogue = o->is_catalogue;
    d->has_no_catalogue = o->has_no_catalogue;
    d->security = o->security;
    snprintf(d->host, sizeof d->host, "%s", o->host);
    if (set_up(d, o, e))
        return d;
    directory_close(d);
    return NULL;
}

void directory_close(struct directory *d) {
    if (!d)
        return;
    if (d->ld)
        ldap_unbind_ext(d->ld, NULL, NULL);
    free(d);
}
