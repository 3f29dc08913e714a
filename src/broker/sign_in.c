/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/sign_in.h"

#include "base/log.h"
#include "broker/explain.h"
#include "broker/own_ticket.h"
#include "broker/ticket_pac.h"

#include <stdio.h>

enum { TGT_LIFE_S = 5 * 60 };

/* One sign-in under way. */
struct attempt {
    struct krb *k;
    struct arena arena; /* wiped: holds the password */
    char *user, *realm, *password;
    krb5_principal client;
    krb5_get_init_creds_opt *options;
    krb5_init_creds_context exchange;
    krb5_creds creds;
    krb5_ccache ccache; /* for the ticket that names groups */
    bool is_password_proven;
    uint32_t life_s; /* of the ticket-granting ticket */
    bool is_kept;    /* it is given to the person's session */
};

/* Directories do not tell blanks at the ends from none, nor several in a row from one: each count
 * of them would be another name to the throttle, and the same account to the KDC. */
static bool has_loose_blanks(struct str name) {
    for (size_t i = 0; i + 1 < name.n; i++) {
        if (name.p[i] == ' ' && name.p[i + 1] == ' ')
            return true;
    }
    return str_trim(name).n != name.n;
}

static bool is_plain(struct str name) {
    if (has_loose_blanks(name))
        return false;
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        if (c < 0x20 || c == 0x7f || c == '@' || c == '/' || c == '\\')
            return false;
    }
    return name.n > 0;
}

/* The name without its realm or domain, if that is ours. */
static bool strip(struct str typed, struct str realm, struct str *name) {
    size_t slash = str_index(typed, '\\'), at = str_index(typed, '@');
    *name = typed;
    if (slash < typed.n) {
        *name = str_from(typed, slash + 1);
        return str_eq_ci(str_head(typed, slash), str_head(realm, str_index(realm, '.')));
    }
    if (at < typed.n) {
        *name = str_head(typed, at);
        return str_eq_ci(str_from(typed, at + 1), realm);
    }
    return true;
}

bool sign_in_normalise(struct arena *a, struct str typed, struct str realm, struct str *user) {
    struct str name;
    *user = STR_NONE;
    if (typed.n > SIGN_IN_USER_MAX || !strip(typed, realm, &name) || !is_plain(name))
        return false;
    char *lower = arena_cstr(a, name);
    if (!lower)
        return false;
    for (size_t i = 0; i < name.n; i++)
        lower[i] = str_lower(lower[i]);
    *user = str_n(lower, name.n);
    return true;
}

static bool fail(struct attempt *t, enum cause_step step, krb5_error_code code, struct err *e) {
    struct explain_case c = {
        .step = step,
        .code = code,
        .facts = t->is_password_proven ? FACT_PASSWORD_PROVEN : 0,
        .user = t->user,
    };
    return explain_krb(t->k, &c, e);
}

static bool is_signed_in_here(const struct config *config, struct str realm) {
    for (size_t i = 0; i < config->provider_count; i++) {
        const char *own = config->providers[i].realm;
        if (own && str_eq(str_of(own), realm))
            return true;
    }
    return false;
}

static bool has_own_app(const struct config *config) {
    for (size_t i = 0; i < config->app_count; i++) {
        if (config->apps[i].uses_own_ticket)
            return true;
    }
    return false;
}

static bool prepare(struct attempt *t, const struct config *config, const struct broker_request *q,
                    struct err *e) {
    struct str user;
    if (!is_signed_in_here(config, q->realm))
        return err_set(e, ERR_SIGN_IN_REFUSED, "no identity provider signs in users of %.*s",
                       STR_ARG(q->realm));
    if (q->password.n == 0)
        return err_set(e, ERR_SIGN_IN_REFUSED, "the password is empty");
    if (!sign_in_normalise(&t->arena, q->user, q->realm, &user))
        return err_set(e, ERR_SIGN_IN_REFUSED, "\"%.*s\" does not name one user of %.*s",
                       STR_ARG(q->user), STR_ARG(q->realm));
    t->is_kept = q->own_life_s > 0 && has_own_app(config);
    t->life_s = t->is_kept ? q->own_life_s : TGT_LIFE_S;
    t->user = arena_cstr(&t->arena, user);
    t->realm = arena_cstr(&t->arena, q->realm);
    t->password = arena_cstr(&t->arena, q->password);
    if (!t->user || !t->realm || !t->password)
        return err_set(e, ERR_NO_MEMORY, "no memory for a sign-in");
    return true;
}

static void end_exchange(struct attempt *t) {
    krb5_context context = t->k->context;
    krb5_free_cred_contents(context, &t->creds);
    krb5_init_creds_free(context, t->exchange);
    krb5_get_init_creds_opt_free(context, t->options);
    krb5_free_principal(context, t->client);
    t->exchange = NULL;
    t->options = NULL;
    t->client = NULL;
}

/* One AS exchange with the password, for a ticket to `service` (NULL: a TGT). Not
 * krb5_get_init_creds_password, which asks the primary KDC again when it fails: a wrong password
 * would count twice towards a lock-out. No prompter, so that nothing but this password is ever
 * tried. */
static krb5_error_code ask_kdc(struct attempt *t, const char *service) {
    krb5_context context = t->k->context;
    evidence_begin(&t->k->evidence, "AS-REQ");
    krb5_error_code code = krb5_build_principal(context, &t->client, (unsigned)strlen(t->realm),
                                                t->realm, t->user, (char *)NULL);
    if (code == 0)
        code = krb5_get_init_creds_opt_alloc(context, &t->options);
    if (code != 0)
        return code;
    krb5_get_init_creds_opt_set_forwardable(t->options, 0);
    krb5_get_init_creds_opt_set_proxiable(t->options, 0);
    krb5_get_init_creds_opt_set_tkt_life(t->options, (krb5_deltat)t->life_s);
    krb5_get_init_creds_opt_set_renew_life(t->options, 0);
    krb5_get_init_creds_opt_set_canonicalize(t->options, 1);
    code = krb5_init_creds_init(context, t->client, NULL, NULL, 0, t->options, &t->exchange);
    if (code == 0 && service)
        code = krb5_init_creds_set_service(context, t->exchange, service);
    if (code == 0)
        code = krb5_init_creds_set_password(context, t->exchange, t->password);
    if (code == 0)
        code = krb5_init_creds_get(context, t->exchange);
    if (code == 0)
        code = krb5_init_creds_get_creds(context, t->exchange, &t->creds);
    t->is_password_proven = code == 0 || t->k->evidence.has_preauth;
    return code;
}

/* Some KDCs say that a password has expired before they have seen it. A ticket to the service that
 * changes passwords is given also then, and only to those who know the old one. */
static krb5_error_code check_password(struct attempt *t) {
    krb5_error_code code = ask_kdc(t, NULL);
    if (code != KRB5KDC_ERR_KEY_EXP || t->is_password_proven)
        return code;
    end_exchange(t);
    krb5_error_code other = ask_kdc(t, "kadmin/changepw");
    return other == 0 ? code : other;
}

/* A KDC that is not our domain's cannot make a ticket that our own key opens (RFC 4120 10,
 * "spoofing of the KDC"). */
static krb5_error_code prove_kdc(struct attempt *t) {
    krb5_verify_init_creds_opt options;
    krb5_verify_init_creds_opt_init(&options);
    krb5_verify_init_creds_opt_set_ap_req_nofail(&options, 1);
    evidence_begin(&t->k->evidence, "TGS-REQ");
    return krb5_verify_init_creds(t->k->context, &t->creds, t->k->self, t->k->keytab, NULL,
                                  &options);
}

/* The person's ticket to ourselves, which names their groups; libkrb5 does not hand out the one of
 * the proof. */
static krb5_error_code get_own(struct attempt *t, krb5_creds **out) {
    krb5_context context = t->k->context;
    krb5_creds wanted = {.client = t->creds.client, .server = t->k->self};
    evidence_begin(&t->k->evidence, "TGS-REQ");
    krb5_error_code code = krb5_cc_new_unique(context, "MEMORY", NULL, &t->ccache);
    if (code == 0)
        code = krb5_cc_initialize(context, t->ccache, t->creds.client);
    if (code == 0)
        code = krb5_cc_store_cred(context, t->ccache, &t->creds);
    return code ? code : krb5_get_credentials(context, KRB5_GC_NO_STORE, t->ccache, &wanted, out);
}

/* Who is not known to be in a group is in none. */
static void find_groups(struct attempt *t, struct member_groups *members, struct broker_reply *r) {
    struct ticket_pac pac = {0};
    krb5_creds *own = NULL;
    bool is_read = false;
    if (!member_groups_are_wanted(members))
        return;
    if (get_own(t, &own) == 0)
        ticket_pac_open(&pac, t->k, &own->ticket, &is_read);
    if (is_read && ticket_pac_is_of(&pac, t->k, &t->creds))
        r->groups = member_groups_of(members, &pac.pac);
    else
        log_printf(
            LOG_WARN,
            "the groups of %s are not known: no ticket of this sign-in to us that lists them",
            r->principal);
    ticket_pac_close(&pac, t->k);
    krb5_free_creds(t->k->context, own);
}

static bool name_of(struct attempt *t, char principal[BROKER_NAME_MAX + 1], struct err *e) {
    char *name = NULL;
    if (krb5_unparse_name(t->k->context, t->creds.client, &name) != 0)
        return err_set(e, ERR_NO_MEMORY, "no memory for a sign-in");
    int length = snprintf(principal, BROKER_NAME_MAX + 1, "%s", name);
    bool fits = length <= BROKER_NAME_MAX;
    krb5_free_unparsed_name(t->k->context, name);
    return fits || err_set(e, ERR_SIGN_IN_REFUSED, "the name in the directory is too long");
}

/* What is sealed here is looked for by the account of the realm that it names. */
static bool is_of_realm(const struct attempt *t, struct err *e) {
    const krb5_data *realm = &t->creds.client->realm;
    return str_eq(str_n(realm->data, realm->length), str_of(t->realm)) ||
           err_set(e, ERR_SIGN_IN_UNAVAILABLE,
                   "%s is an account of %.*s, and apps with sso.ticket: own are for those of %s",
                   t->user, (int)realm->length, realm->data, t->realm);
}

static void release(struct attempt *t) {
    if (t->ccache)
        krb5_cc_destroy(t->k->context, t->ccache);
    end_exchange(t);
    arena_fini_wiped(&t->arena);
}

bool sign_in(struct krb *k, const struct sign_in_tools *tools, const struct broker_request *q,
             struct broker_reply *r, struct err *e) {
    struct attempt t = {.k = k};
    krb5_error_code code;
    arena_init(&t.arena, 8192);
    bool done = prepare(&t, tools->config, q, e);
    if (done && (code = check_password(&t)) != 0)
        done = fail(&t, STEP_SIGN_IN, code, e);
    if (done && (code = prove_kdc(&t)) != 0)
        done = fail(&t, STEP_PROOF, code, e);
    done = done && name_of(&t, r->principal, e);
    if (done && t.is_kept)
        done = is_of_realm(&t, e) && own_ticket_seal(k, &t.creds, r, e);
    if (done)
        find_groups(&t, tools->members, r);
    release(&t);
    return done;
}
