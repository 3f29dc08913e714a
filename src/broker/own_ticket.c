/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/own_ticket.h"

#include "base/clock.h"
#include "base/secret.h"
#include "broker/explain.h"
#include "broker/policy.h"
#include "broker/sealed.h"
#include "broker/service_ticket.h"
#include "broker/ticket_pac.h"

enum { NAMES_MAX = 4096 };

/* libkrb5 frees its texts as they are. */
static void wipe_data(krb5_context context, krb5_data *d) {
    if (d)
        secret_wipe(d->data, d->length);
    krb5_free_data(context, d);
}

bool own_ticket_seal(struct krb *k, krb5_creds *tgt, struct broker_reply *r, struct err *e) {
    krb5_data *plain = NULL;
    bool is_sealed =
        krb5_marshal_credentials(k->context, tgt, &plain) == 0 &&
        sealed_reply(k, str_n(plain->data, plain->length), (uint32_t)tgt->times.endtime, r);
    wipe_data(k->context, plain);
    return is_sealed ||
           err_set(e, ERR_INTERNAL, "the ticket-granting ticket of a person cannot be sealed");
}

/* One question under way. */
struct own {
    struct krb *k;
    struct arena arena;
    char *user_text, *spn_text;
    krb5_principal spn;
    krb5_creds *tgt; /* the person's */
    krb5_ccache ccache;
    krb5_creds *service;
};

static bool fail(struct own *o, enum cause_step step, krb5_error_code code, struct err *e) {
    struct explain_case c = {.step = step, .code = code, .user = o->user_text, .spn = o->spn_text};
    return explain_krb(o->k, &c, e);
}

static bool fail_over(const struct own *o, const char *why, struct err *e) {
    err_set(e, ERR_SIGN_IN_REQUIRED, "the own ticket of %s %s", o->user_text, why);
    err_hint(e, "Signing in again gives a new one.");
    return false;
}

static bool open_own(struct own *o, struct str sealed, struct err *e) {
    struct buf opened;
    buf_init_secret(&opened, BROKER_OWN_MAX);
    bool is_open = sealed_open(o->k, sealed, &opened);
    if (is_open) {
        krb5_data plain = {.length = (unsigned)buf_size(&opened),
                           .data = (char *)buf_str(&opened).p};
        is_open = krb5_unmarshal_credentials(o->k->context, &plain, &o->tgt) == 0;
    }
    buf_fini(&opened);
    if (!is_open)
        return fail_over(o, "was sealed with a key that the keytab does not hold any more", e);
    bool is_over = (int64_t)(uint32_t)o->tgt->times.endtime <= clock_wall_s();
    return !is_over || fail_over(o, "is over", e);
}

/* The sealed one says whose it is; a worker that mixes people up gets no ticket (invariant 2). */
static bool is_theirs(struct own *o, struct err *e) {
    char *name = NULL;
    krb5_error_code code = krb5_unparse_name(o->k->context, o->tgt->client, &name);
    bool is_same = code == 0 && strcmp(name, o->user_text) == 0;
    if (!is_same)
        err_set(e, ERR_KRB_WRONG_CLIENT, "asked with the own ticket of %s for a ticket of %s",
                name ? name : "somebody", o->user_text);
    krb5_free_unparsed_name(o->k->context, name);
    return is_same;
}

static bool prepare(struct own *o, const struct broker_request *q, struct err *e) {
    o->user_text = arena_cstr(&o->arena, q->user);
    o->spn_text = arena_cstr(&o->arena, q->spn);
    if (!o->user_text || !o->spn_text)
        return err_set(e, ERR_NO_MEMORY, "no memory for a ticket");
    /* In no realm, as in s4u.c: the KDCs say which one has it. */
    if (krb5_parse_name_flags(o->k->context, o->spn_text, KRB5_PRINCIPAL_PARSE_NO_REALM, &o->spn) !=
        0)
        return err_set(e, ERR_KRB_SPN_NOT_ALLOWED, "\"%s\" is not an SPN", o->spn_text);
    o->spn->type = KRB5_NT_SRV_INST;
    return open_own(o, q->proof, e) && is_theirs(o, e);
}

static krb5_error_code fill_ccache(struct own *o) {
    krb5_context context = o->k->context;
    krb5_error_code code = krb5_cc_new_unique(context, "MEMORY", NULL, &o->ccache);
    if (code == 0)
        code = krb5_cc_initialize(context, o->ccache, o->tgt->client);
    if (code == 0)
        code = krb5_cc_store_cred(context, o->ccache, o->tgt);
    return code;
}

static krb5_error_code ask_kdc(struct own *o, krb5_principal server, krb5_flags options,
                               krb5_creds **out) {
    krb5_creds in = {.client = o->tgt->client, .server = server};
    evidence_begin(&o->k->evidence, "TGS-REQ");
    return krb5_get_credentials(o->k->context, options | KRB5_GC_NO_STORE, o->ccache, &in, out);
}

static bool judge(struct own *o, const struct ticket_pac *to_us, bool is_read, struct err *e) {
    if (!is_read)
        return err_set(e, ERR_KRB_OTHER, "the PAC in the ticket of %s cannot be read",
                       o->user_text);
    return ticket_pac_is_of(to_us, o->k, o->tgt)
               ? ticket_pac_is_allowed(to_us, o->k, o->user_text, e)
               : fail(o, STEP_TGS_SELF, KRB5_KDCREP_MODIFIED, e);
}

/* The other names of a person and her groups show in a ticket to ourselves: that to the application
 * is not ours to open. */
static bool is_allowed(struct own *o, const struct config_kerberos *c, struct err *e) {
    struct ticket_pac to_us = {.opened = NULL};
    krb5_creds *ticket = NULL;
    bool is_read = false;
    if (c->deny_group_count == 0 && c->deny_user_count == 0)
        return true;
    krb5_error_code code = ask_kdc(o, o->k->self, 0, &ticket);
    if (code == 0)
        code = ticket_pac_open(&to_us, o->k, &ticket->ticket, &is_read);
    bool is_allowed = code == 0 ? judge(o, &to_us, is_read, e) : fail(o, STEP_TGS_SELF, code, e);
    ticket_pac_close(&to_us, o->k);
    krb5_free_creds(o->k->context, ticket);
    return is_allowed;
}

/* The reply's client and server. */
static bool check_service(struct own *o, struct err *e) {
    krb5_context context = o->k->context;
    krb5_ticket *outer;
    krb5_error_code code = krb5_decode_ticket(&o->service->ticket, &outer);
    if (code != 0)
        return fail(o, STEP_TGS, code, e);
    bool is_server = krb5_principal_compare_any_realm(context, outer->server, o->spn);
    krb5_free_ticket(context, outer);
    if (!krb5_principal_compare(context, o->service->client, o->tgt->client))
        return fail(o, STEP_TGS, KRB5_KDCREP_MODIFIED, e);
    return is_server || fail(o, STEP_TGS, KRB5KRB_AP_WRONG_PRINC, e);
}

static void release(struct own *o) {
    krb5_context context = o->k->context;
    krb5_free_creds(context, o->service);
    if (o->ccache)
        krb5_cc_destroy(context, o->ccache);
    krb5_free_creds(context, o->tgt);
    krb5_free_principal(context, o->spn);
    arena_fini(&o->arena);
}

bool own_ticket(struct krb *k, const struct config *config, const struct broker_request *q,
                struct ticket **out, struct err *e) {
    struct own o = {.k = k};
    krb5_error_code code;
    int64_t from_us = clock_mono_us();
    *out = NULL;
    arena_init(&o.arena, NAMES_MAX);
    krb_use_own_clock(k);
    bool done = policy_allows_spn(config, q->spn, e) &&
                policy_allows_user(&config->kerberos, policy_name_of(q->user), e) &&
                prepare(&o, q, e);
    if (done && (code = fill_ccache(&o)) != 0)
        done = fail(&o, STEP_TGS, code, e);
    done = done && is_allowed(&o, &config->kerberos, e);
    if (done && (code = ask_kdc(&o, o.spn, KRB5_GC_CANONICALIZE, &o.service)) != 0)
        done = fail(&o, STEP_TGS, code, e);
    done = done && check_service(&o, e);
    if (done) {
        *out = service_ticket_of(k->context, o.service, k->evidence.last.address);
        if (*out)
            (*out)->took_us = clock_mono_us() - from_us;
        done = *out || err_set(e, ERR_NO_MEMORY, "no memory for a ticket");
    }
    release(&o);
    return done;
}
