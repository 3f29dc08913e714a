/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/s4u.h"

#include "base/clock.h"
#include "broker/client_ticket.h"
#include "broker/explain.h"
#include "broker/policy.h"
#include "broker/service_ticket.h"
#include "broker/ticket_pac.h"

#include <stdio.h>

/* Exported by libkrb5 but not declared in krb5.h. It is the only entry that runs S4U2Self in a
 * context of our own, with our hooks and without any default credential: GSSAPI's
 * gss_acquire_cred_impersonate_name has neither. */
krb5_error_code krb5_get_credentials_for_user(krb5_context context, krb5_flags options,
                                              krb5_ccache ccache, krb5_creds *in_creds,
                                              krb5_data *subject_cert, krb5_creds **out_creds);

enum { NAMES_MAX = 4096 };

/* One question under way. */
struct s4u {
    struct krb *k;
    const struct config *config;
    struct arena arena;
    const struct sid *account; /* whose ticket it has to be; NULL: the name is all that is known */
    char *user_text, *spn_text;
    krb5_principal user; /* NULL: known by the certificate alone */
    krb5_principal spn;
    krb5_data certificate;
    krb5_creds *evidence;    /* the user's ticket to us */
    struct ticket_pac to_us; /* the same, decrypted, and what its PAC says */
    krb5_creds *service;     /* the user's ticket to the application */
};

static struct str str_of_data(const krb5_data *d) { return str_n(d->data, d->length); }

static unsigned facts_of(const struct s4u *s) {
    unsigned facts = 0;
    if (!s->k->is_tgt_forwardable)
        facts |= FACT_TGT_NOT_FORWARDABLE;
    if (s->evidence && !(s->evidence->ticket_flags & TKT_FLG_FORWARDABLE))
        facts |= FACT_NOT_FORWARDABLE;
    if (s->to_us.pac.is_sensitive)
        facts |= FACT_USER_SENSITIVE;
    if (s->to_us.pac.is_protected)
        facts |= FACT_USER_PROTECTED;
    if (s->to_us.pac.account[0] && !s->to_us.pac.is_sensitive && !s->to_us.pac.is_protected)
        facts |= FACT_USER_FREE;
    if (s->k->evidence.realm[0] &&
        !str_eq(str_of(s->k->evidence.realm), str_of_data(&s->k->self->realm)))
        facts |= FACT_KDC_FOREIGN;
    if (s->user && s->user->type != KRB5_NT_ENTERPRISE_PRINCIPAL &&
        !krb5_realm_compare(s->k->context, s->user, s->k->self))
        facts |= FACT_USER_FOREIGN;
    return facts;
}

static bool fail(struct s4u *s, enum cause_step step, krb5_error_code code, struct err *e) {
    struct explain_case c = {
        .step = step,
        .code = code,
        .facts = facts_of(s),
        .user = s->user_text,
        .spn = s->spn_text,
    };
    return explain_krb(s->k, &c, e);
}

/* No control bytes, no backslash, with which libkrb5's text form escapes them, and no blank at an
 * end, which a directory does not see and a list of names would. */
static bool is_plain(struct str s) {
    if (str_trim(s).n != s.n)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x20 || c == 0x7f || c == '\\')
            return false;
    }
    return s.n > 0;
}

/* MS-SFU 2.2.2: whose certificate it is, is for the KDC to know. */
static bool take_certificate(struct s4u *s, struct str der, struct err *e) {
    s->certificate = (krb5_data){.length = (unsigned)der.n, .data = (char *)der.p};
    return der.n > 0 || err_set(e, ERR_KRB_USER_UNKNOWN, "%s did not come with it", s->user_text);
}

static bool parse_user(struct s4u *s, const struct broker_request *q, struct err *e) {
    int flags = q->name_type == BROKER_NAME_ENTERPRISE ? KRB5_PRINCIPAL_PARSE_ENTERPRISE : 0;
    if (q->name_type == BROKER_NAME_CERTIFICATE)
        return take_certificate(s, q->proof, e);
    return (is_plain(q->user) &&
            krb5_parse_name_flags(s->k->context, s->user_text, flags, &s->user) == 0) ||
           err_set(e, ERR_KRB_USER_UNKNOWN, "\"%s\" is not a user name", s->user_text);
}

static bool parse_names(struct s4u *s, const struct broker_request *q, struct err *e) {
    krb5_context context = s->k->context;
    s->user_text = arena_cstr(&s->arena, q->user);
    s->spn_text = arena_cstr(&s->arena, q->spn);
    if (!s->user_text || !s->spn_text)
        return err_set(e, ERR_NO_MEMORY, "no memory for a ticket");
    if (!parse_user(s, q, e))
        return false;
    /* The SPN is configuration, verbatim (invariant 4). It is in no realm: which one has it, the
     * KDCs say, of ours with a referral, which they give to names of services (MS-SFU 3.1.5.2.2).
     */
    if (!is_plain(q->spn) ||
        krb5_parse_name_flags(context, s->spn_text, KRB5_PRINCIPAL_PARSE_NO_REALM, &s->spn) != 0)
        return err_set(e, ERR_KRB_SPN_NOT_ALLOWED, "\"%s\" is not an SPN", s->spn_text);
    s->spn->type = KRB5_NT_SRV_INST;
    return true;
}

bool s4u_is_right_client(krb5_context context, krb5_const_principal self,
                         krb5_const_principal asked, krb5_const_principal got) {
    if (krb5_principal_compare_flags(context, got, self, KRB5_PRINCIPAL_COMPARE_CASEFOLD) ||
        got->length < 1)
        return false;
    if (!asked)
        return got->length == 1;
    if (krb5_principal_compare(context, got, asked))
        return true;
    bool is_one_name = got->length == 1 && asked->length == 1;
    if (asked->type == KRB5_NT_ENTERPRISE_PRINCIPAL)
        return is_one_name;
    return is_one_name && str_eq_ci(str_of_data(&got->data[0]), str_of_data(&asked->data[0])) &&
           str_eq_ci(str_of_data(&got->realm), str_of_data(&asked->realm));
}

static bool refuse_client(struct s4u *s, krb5_const_principal got, struct err *e) {
    char *name = NULL;
    krb5_unparse_name(s->k->context, got, &name);
    err_set(e, ERR_KRB_WRONG_CLIENT,
            "asked for a ticket of %s, the domain controller gave one of %s", s->user_text,
            name ? name : "somebody else");
    krb5_free_unparsed_name(s->k->context, name);
    return false;
}

/* A name is whoever has it now; a KDC may also have found another account's userPrincipalName. */
static bool refuse_account(struct s4u *s, struct err *e) {
    char wanted[SID_TEXT_MAX], got[SID_TEXT_MAX] = "none";
    sid_text(s->account, wanted);
    if (s->to_us.pac.sid.count)
        sid_text(&s->to_us.pac.sid, got);
    err_set(
        e, ERR_KRB_WRONG_CLIENT,
        "asked for a ticket of %.128s, which is %s in the directory, the domain controller gave "
        "one of another account, %s",
        s->user_text, wanted, got);
    err_hint(e,
             "No account may have another one's name as its userPrincipalName: compare what "
             "Get-ADUser %s and Get-ADUser %s print.",
             wanted, got);
    return false;
}

/* Opens the evidence with our own key, which only the domain shares, and looks who is in it. */
static bool check_evidence(struct s4u *s, struct err *e) {
    bool is_read;
    krb5_error_code code = ticket_pac_open(&s->to_us, s->k, &s->evidence->ticket, &is_read);
    if (code != 0)
        return fail(s, STEP_S4U2SELF, code, e);
    krb5_principal got = s->to_us.opened->enc_part2->client;
    if (!s4u_is_right_client(s->k->context, s->k->self, s->user, got))
        return refuse_client(s, got, e);
    if (!is_read)
        return err_set(e, ERR_KRB_OTHER, "the PAC in the ticket of %s cannot be read",
                       s->user_text);
    if (s->account && !sid_eq(s->account, &s->to_us.pac.sid))
        return refuse_account(s, e);
    return ticket_pac_is_allowed(&s->to_us, s->k, s->user_text, e);
}

static bool count_group(void *user, const struct sid *group) {
    (void)group;
    (*(unsigned *)user)++;
    return false;
}

static void see_self(const struct s4u *s, bool is_fine) {
    struct s4u_seen *seen = s->k->seen;
    const struct pac *pac = &s->to_us.pac;
    char *name = NULL;
    if (!seen)
        return;
    seen->self_kdc = s->k->evidence.last;
    seen->has_self = is_fine;
    if (!s->to_us.opened || !s->to_us.opened->enc_part2) /* our key does not open it */
        return;
    if (krb5_unparse_name(s->k->context, s->to_us.opened->enc_part2->client, &name) == 0)
        snprintf(seen->client, sizeof seen->client, "%s", name);
    krb5_free_unparsed_name(s->k->context, name);
    seen->self_enctype = s->to_us.opened->enc_part.enctype;
    seen->self_flags = (uint32_t)s->evidence->ticket_flags;
    seen->has_pac = pac->has_groups || pac->account[0];
    snprintf(seen->account, sizeof seen->account, "%s", pac->account);
    snprintf(seen->upn, sizeof seen->upn, "%s", pac->upn);
    seen->sid = pac->sid;
    seen->is_sensitive = pac->is_sensitive;
    seen->is_protected = pac->is_protected;
    pac_find_group(pac, count_group, &seen->groups);
}

static bool fail_over(const struct s4u *s, struct err *e) {
    err_set(e, ERR_SIGN_IN_REQUIRED, "the ticket that %s signed in with is over", s->user_text);
    err_hint(e, "Signing in again gives a new one.");
    return false;
}

/* The ticket that the person's browser has sent, in the place of one by S4U2Self. The name in it
 * was judged when she signed in, and is sealed with it. */
static bool open_client_ticket(struct s4u *s, struct str sealed, struct err *e) {
    bool is_read = false;
    evidence_begin(&s->k->evidence, "");
    s->evidence = client_ticket_open(s->k, sealed, str_of(s->user_text), e);
    if (!s->evidence)
        return false;
    krb5_error_code code = ticket_pac_open(&s->to_us, s->k, &s->evidence->ticket, &is_read);
    if (code != 0)
        return fail(s, STEP_S4U2SELF, code, e);
    const krb5_enc_tkt_part *in = s->to_us.opened->enc_part2;
    s->evidence->ticket_flags = in->flags;
    if (krb5_principal_compare_flags(s->k->context, in->client, s->k->self,
                                     KRB5_PRINCIPAL_COMPARE_CASEFOLD))
        return refuse_client(s, in->client, e);
    /* krb5_timestamp is 32 bits that are meant to be unsigned after 2038. */
    if ((int64_t)(uint32_t)in->times.endtime <= clock_wall_s())
        return fail_over(s, e);
    if (!is_read)
        return err_set(e, ERR_KRB_OTHER, "the PAC in the ticket of %s cannot be read",
                       s->user_text);
    return ticket_pac_is_allowed(&s->to_us, s->k, s->user_text, e);
}

static bool take_client_ticket(struct s4u *s, struct str sealed, struct err *e) {
    bool is_fine = open_client_ticket(s, sealed, e);
    if (s->evidence)
        see_self(s, is_fine);
    return is_fine;
}

/* MS-SFU 3.1.5.1.1: a ticket of the user to ourselves. */
static bool s4u2self(struct s4u *s, struct err *e) {
    krb5_creds in = {.client = s->user, .server = s->k->self};
    evidence_begin(&s->k->evidence, "S4U2Self");
    krb5_error_code code =
        krb5_get_credentials_for_user(s->k->context, KRB5_GC_NO_STORE, s->k->ccache, &in,
                                      s->user ? NULL : &s->certificate, &s->evidence);
    bool is_fine = code == 0 ? check_evidence(s, e) : fail(s, STEP_S4U2SELF, code, e);
    see_self(s, is_fine);
    return is_fine;
}

/* The reply's client and server, outside and inside what the session key protects. */
static bool check_service(struct s4u *s, struct err *e) {
    krb5_context context = s->k->context;
    krb5_ticket *outer;
    krb5_error_code code = krb5_decode_ticket(&s->service->ticket, &outer);
    if (code != 0)
        return fail(s, STEP_S4U2PROXY, code, e);
    bool is_server = krb5_principal_compare_any_realm(context, outer->server, s->spn);
    bool is_client =
        krb5_principal_compare(context, s->service->client, s->to_us.opened->enc_part2->client);
    krb5_free_ticket(context, outer);
    if (!is_client)
        return fail(s, STEP_S4U2PROXY, KRB5_KDCREP_MODIFIED, e);
    return is_server || fail(s, STEP_S4U2PROXY, KRB5KRB_AP_WRONG_PRINC, e);
}

/* MS-SFU 3.1.5.2.1: the evidence, handed back, for a ticket of the user to the application. */
static bool s4u2proxy(struct s4u *s, struct err *e) {
    krb5_creds in = {.client = s->k->self, .server = s->spn, .second_ticket = s->evidence->ticket};
    evidence_begin(&s->k->evidence, "S4U2Proxy");
    krb5_flags options = KRB5_GC_CONSTRAINED_DELEGATION | KRB5_GC_CANONICALIZE | KRB5_GC_NO_STORE;
    krb5_error_code code =
        krb5_get_credentials(s->k->context, options, s->k->ccache, &in, &s->service);
    bool is_fine = code == 0 ? check_service(s, e) : fail(s, STEP_S4U2PROXY, code, e);
    if (s->k->seen) {
        s->k->seen->proxy_kdc = s->k->evidence.last;
        s->k->seen->has_proxy = is_fine;
    }
    return is_fine;
}

static void release(struct s4u *s) {
    krb5_context context = s->k->context;
    krb5_free_creds(context, s->service);
    ticket_pac_close(&s->to_us, s->k);
    krb5_free_creds(context, s->evidence);
    krb5_free_principal(context, s->spn);
    krb5_free_principal(context, s->user);
    arena_fini(&s->arena);
}

bool s4u_ticket(struct krb *k, const struct config *config, const struct broker_request *q,
                const struct sid *account, struct ticket **out, struct err *e) {
    struct s4u s = {.k = k, .config = config, .account = account};
    int64_t from_us = clock_mono_us();
    *out = NULL;
    arena_init(&s.arena, NAMES_MAX);
    krb_use_own_clock(k);
    bool done = policy_allows_spn(config, q->spn, e) &&
                policy_allows_user(&config->kerberos, policy_name_of(q->user), e) &&
                parse_names(&s, q, e) &&
                (q->name_type == BROKER_NAME_EVIDENCE ? take_client_ticket(&s, q->proof, e)
                                                      : s4u2self(&s, e)) &&
                s4u2proxy(&s, e);
    if (done) {
        *out = service_ticket_of(k->context, s.service, k->evidence.last.address);
        if (*out)
            (*out)->took_us = clock_mono_us() - from_us;
        done = *out || err_set(e, ERR_NO_MEMORY, "no memory for a ticket");
    }
    release(&s);
    return done;
}
