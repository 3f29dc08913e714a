/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/accept.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "broker/accept_cause.h"
#include "broker/client_ticket.h"
#include "broker/ticket_pac.h"
#include "kerberos/ap_req.h"
#include "kerberos/bindings.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    GSS_CHECKSUM = 0x8003, /* RFC 4121 4.1.1 */
    GSS_CHECKSUM_LEAST = 24,
    VERSIONS_SIZE = 64,
    WILDCARD = 2, /* "*." */
};

/* One ticket under way. */
struct acceptance {
    struct krb *k;
    const struct accept_tools *tools;
    const struct broker_request *q;
    const struct config_provider *provider;
    struct ap_req ap_req;
    krb5_auth_context auth;
    krb5_authenticator *authenticator;
    krb5_ticket *ticket; /* opened */
    krb5_flags options;  /* of the AP-REQ */
    struct ticket_pac pac;
};

static bool is_host_of(const struct config_app *app, struct str host) {
    struct str own = app->external.host;
    bool is_wild = str_starts(own, STR("*."));
    struct str domain = str_from(own, WILDCARD - 1);
    if (!is_wild)
        return str_eq_ci(own, host);
    return host.n > domain.n && str_ends_ci(host, domain) &&
           str_index(host, '.') == host.n - domain.n;
}

/* It stands in commands. */
static bool is_host(struct str host) {
    for (size_t i = 0; i < host.n; i++) {
        if (!str_is_alnum(host.p[i]) && host.p[i] != '.' && host.p[i] != '-')
            return false;
    }
    return host.n > 0 && host.p[0] != '-';
}

const struct config_provider *accept_provider(const struct config *c, struct str name,
                                              struct str host) {
    for (size_t i = 0; is_host(host) && i < c->app_count; i++) {
        const struct config_provider *p = config_app_provider(&c->apps[i], name);
        if (p && p->type == PROVIDER_NEGOTIATE && is_host_of(&c->apps[i], host))
            return p;
    }
    return NULL;
}

static struct str str_of_data(const krb5_data *d) { return str_n(d->data, d->length); }

/* The versions of our own keys, each once. */
static void list_versions(struct krb *k, char out[VERSIONS_SIZE]) {
    krb5_kt_cursor cursor;
    krb5_keytab_entry entry;
    unsigned last = 0;
    size_t used = 0;
    snprintf(out, VERSIONS_SIZE, "none");
    if (krb5_kt_start_seq_get(k->context, k->keytab, &cursor) != 0)
        return;
    while (krb5_kt_next_entry(k->context, k->keytab, &entry, &cursor) == 0) {
        bool is_new = krb5_principal_compare(k->context, entry.principal, k->self) &&
                      (used == 0 || entry.vno != last);
        if (is_new && used < VERSIONS_SIZE)
            used += (size_t)snprintf(out + used, VERSIONS_SIZE - used, "%s%u", used ? ", " : "",
                                     entry.vno);
        last = entry.vno;
        krb5_free_keytab_entry_contents(k->context, &entry);
    }
    krb5_kt_end_seq_get(k->context, k->keytab, &cursor);
}

static int64_t skew_of(const struct acceptance *a) {
    /* krb5_timestamp is 32 bits that are meant to be unsigned after 2038. */
    return a->authenticator ? clock_wall_s() - (int64_t)(uint32_t)a->authenticator->ctime : 0;
}

static bool fail(struct acceptance *a, krb5_error_code code, struct err *e) {
    char versions[VERSIONS_SIZE], text[256];
    list_versions(a->k, versions);
    krb_text(a->k->context, code, text, sizeof text);
    struct accept_case c = {.kerberos = a->k->config,
                            .host = a->q->host,
                            .ap_req = &a->ap_req,
                            .versions = versions,
                            .skew_s = skew_of(a),
                            .text = text};
    return accept_explain(&c, code, e);
}

/* The one service, before any key is tried. An account's key opens the tickets to all of its
 * names, and whoever has one may write another name on it: between names of one account this keeps
 * mistakes apart, not attackers. */
static bool check_service(struct acceptance *a, struct err *e) {
    struct accept_case c = {.kerberos = a->k->config, .host = a->q->host, .ap_req = &a->ap_req};
    if (!ap_req_read(a->q->ap_req, &a->ap_req))
        return err_set(e, ERR_NEGOTIATE_TOKEN, "what came as a ticket cannot be read");
    if (a->ap_req.is_user_to_user)
        return err_set(e, ERR_NEGOTIATE_TOKEN, "the ticket is for another user, not for a service");
    return (str_eq(a->ap_req.realm, str_of_data(&a->k->self->realm)) &&
            config_negotiate_takes(a->provider, a->q->host, str_of(a->ap_req.service))) ||
           accept_explain_spn(&c, e);
}

static bool open_ticket(struct acceptance *a, struct err *e) {
    krb5_context context = a->k->context;
    krb5_data in = {.length = (unsigned)a->q->ap_req.n, .data = (char *)a->q->ap_req.p};
    krb5_error_code code = krb5_auth_con_init(context, &a->auth);
    /* No times here, which would want a file of replays: check_fresh has them. */
    if (code == 0)
        code = krb5_auth_con_setflags(context, a->auth, KRB5_AUTH_CONTEXT_DO_SEQUENCE);
    if (code == 0)
        code = krb5_rd_req(context, &a->auth, &in, NULL, a->k->keytab, &a->options, &a->ticket);
    /* libkrb5 has one only after the ticket was opened; the skew shows in it. */
    if (code == 0 || code == KRB5KRB_AP_ERR_SKEW)
        krb5_auth_con_getauthenticator(context, a->auth, &a->authenticator);
    if (code == 0 && (!a->authenticator || !a->ticket || !a->ticket->enc_part2))
        code = KRB5KRB_AP_ERR_MSG_TYPE;
    return code == 0 || fail(a, code, e);
}

static bool check_fresh(struct acceptance *a, struct err *e) {
    int64_t made_ms =
        (int64_t)(uint32_t)a->authenticator->ctime * 1000 + a->authenticator->cusec / 1000;
    switch (replay_judge(a->tools->replay, a->ap_req.authenticator, made_ms, clock_wall_ms())) {
    case REPLAY_NEW:
        return true;
    case REPLAY_SEEN:
        err_set(e, ERR_NEGOTIATE_REPLAY, "this very token has signed somebody in before");
        err_hint(e, "A browser makes a new one for each request. Whoever sends one twice has "
                    "recorded it: look at who could read it, such as a proxy that logs headers.");
        return false;
    case REPLAY_EARLIER:
        err_set(e, ERR_NEGOTIATE_REPLAY,
                "the token is from before this process began, so that nobody knows whether it was "
                "used; the person's clock may be behind");
        err_hint(e, "This is over a moment after each start, and after as long as the clock of the "
                    "person's computer is behind: w32tm /resync there.");
        return false;
    case REPLAY_SKEWED:
        return fail(a, KRB5KRB_AP_ERR_SKEW, e);
    case REPLAY_FULL:
        break;
    }
    return err_set(e, ERR_BUSY, "more sign-ins with tickets than can be remembered");
}

static bool refuse_binding(struct err *e, const char *what, const char *hint) {
    err_set(e, ERR_NEGOTIATE_BINDING, "the ticket is bound to %s", what);
    err_hint(e, "%s", hint);
    return false;
}

static bool check_binding(const struct acceptance *a, struct str sent, struct err *e) {
    static const char NONE[BINDINGS_SIZE];
    unsigned char hash[BINDINGS_SIZE];
    bool is_required = a->provider->negotiate.requires_binding;
    bool is_bound = !str_eq(sent, str_n(NONE, sizeof NONE));
    bool is_known = bindings_hash(a->k->context, a->q->end_point, hash);
    if (!is_bound && is_required)
        return refuse_binding(e,
                              "no connection, and identity_providers.channel_binding is required",
                              "Browsers on Windows bind tickets, others do not: set "
                              "channel_binding: when_sent to let those in, too.");
    if (is_bound && !is_known && is_required)
        return refuse_binding(e, "a connection, and ours has no certificate that can be compared",
                              "A certificate that is signed with Ed25519 has no such hash (RFC "
                              "5929 4.1): use one with ECDSA or RSA, or channel_binding: "
                              "when_sent.");
    if (!is_bound || !is_known || str_eq(sent, str_n((const char *)hash, sizeof hash)))
        return true;
    return refuse_binding(
        e,
        "a connection with another certificate than ours: somebody stands between the browser and "
        "us",
        "If that is a proxy of your own that ends TLS, let it go through, or let the listener be "
        "of mode http, where our certificate is not asked for.");
}

/* RFC 4121 4.1.1: the length of what follows, the hash of the channel, and flags. */
static bool check_channel(const struct acceptance *a, struct err *e) {
    static const char SIZE[] = {BINDINGS_SIZE, 0, 0, 0};
    const krb5_checksum *sum = a->authenticator->checksum;
    if (!sum || sum->checksum_type != GSS_CHECKSUM || sum->length < GSS_CHECKSUM_LEAST ||
        memcmp(sum->contents, SIZE, sizeof SIZE) != 0)
        return err_set(e, ERR_NEGOTIATE_TOKEN,
                       "the ticket was not sent by GSS (RFC 4121 4.1.1), as browsers do");
    return check_binding(a, str_n((const char *)sum->contents + sizeof SIZE, BINDINGS_SIZE), e);
}

static bool refuse_client(struct err *e, const char *why) {
    err_set(e, ERR_NEGOTIATE_CLIENT, "the ticket is of %s", why);
    return false;
}

static bool is_of_realms(const struct acceptance *a, struct str realm) {
    const struct config_negotiate *n = &a->provider->negotiate;
    for (size_t i = 0; i < n->realm_count; i++) {
        if (str_eq(str_of(n->realms[i]), realm))
            return true;
    }
    return n->realm_count == 0 && str_eq(str_of_data(&a->k->self->realm), realm);
}

/* The account's name, which stands in the PAC; the client in the ticket may be a user principal
 * name (pac.h). */
static bool name_client(const struct acceptance *a, struct broker_reply *r, struct err *e) {
    krb5_const_principal client = a->ticket->enc_part2->client;
    struct str realm = str_of_data(&client->realm);
    if (client->length != 1)
        return refuse_client(e, "a service, and not of a person");
    struct str name =
        a->pac.pac.account[0] ? str_of(a->pac.pac.account) : str_of_data(&client->data[0]);
    for (size_t i = 0; i < name.n; i++) {
        if ((unsigned char)name.p[i] < 0x20 || str_index(STR("@/\\"), name.p[i]) < 3)
            return refuse_client(e, "somebody whose name cannot be used");
    }
    if (name.n == 0)
        return refuse_client(e, "somebody without a name");
    if (name.p[name.n - 1] == '$')
        return refuse_client(e, "a computer or a service, and not of a person");
    if (!is_of_realms(a, realm)) {
        err_set(e, ERR_NEGOTIATE_CLIENT,
                "the ticket is of %.*s@%.*s, a realm that %s does not let in",
                STR_ARG(str_head(name, 100)), STR_ARG(str_head(realm, 100)), a->provider->name);
        err_hint(e, "If its people should be, add it to identity_providers.realms.");
        return false;
    }
    int n = snprintf(r->principal, sizeof r->principal, "%.*s@%.*s", STR_ARG(name), STR_ARG(realm));
    return n < (int)sizeof r->principal || refuse_client(e, "somebody whose name is too long");
}

static bool know_client(struct acceptance *a, struct broker_reply *r, struct err *e) {
    krb5_data der = {.length = (unsigned)a->ap_req.ticket.n, .data = (char *)a->ap_req.ticket.p};
    bool is_read = false;
    krb5_error_code code = ticket_pac_open(&a->pac, a->k, &der, &is_read);
    if (code != 0)
        return fail(a, code, e);
    if (!is_read)
        return err_set(e, ERR_NEGOTIATE_TOKEN, "the PAC in the ticket cannot be read");
    if (!name_client(a, r, e) || !ticket_pac_is_allowed(&a->pac, a->k, r->principal, e))
        return false;
    if (a->pac.pac.sid.count)
        sid_text(&a->pac.pac.sid, r->sid);
    if (member_groups_are_wanted(a->tools->members))
        r->groups = member_groups_of(a->tools->members, &a->pac.pac);
    return true;
}

static bool prove_ourselves(const struct acceptance *a, struct broker_reply *r, struct err *e) {
    krb5_data out = {0};
    if (!(a->options & AP_OPTS_MUTUAL_REQUIRED))
        return true;
    krb5_error_code code = krb5_mk_rep(a->k->context, a->auth, &out);
    r->ap_rep = code == 0 && out.length <= BROKER_AP_REP_MAX ? malloc(out.length) : NULL;
    if (r->ap_rep) {
        memcpy(r->ap_rep, out.data, out.length);
        r->ap_rep_size = out.length;
    }
    krb5_free_data_contents(a->k->context, &out);
    return r->ap_rep || err_set(e, ERR_INTERNAL, "the answer to a ticket cannot be made");
}

/* Who has none is told where the app needs it, and of that alone. */
static void keep_evidence(const struct acceptance *a, struct broker_reply *r) {
    // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): because open_ticket has seen it
    const krb5_enc_tkt_part *in = a->ticket->enc_part2;
    bool is_good = in->flags & TKT_FLG_FORWARDABLE;
    if (a->q->wants_evidence && is_good &&
        !client_ticket_seal(a->k, a->ap_req.ticket, (int64_t)(uint32_t)in->times.endtime, r))
        log_printf(LOG_WARN, "the ticket of %s is too large to be kept", r->principal);
}

static void release(struct acceptance *a) {
    krb5_context context = a->k->context;
    ticket_pac_close(&a->pac, a->k);
    krb5_free_ticket(context, a->ticket);
    krb5_free_authenticator(context, a->authenticator);
    krb5_auth_con_free(context, a->auth);
}

bool accept_ticket(struct krb *k, const struct accept_tools *tools, const struct broker_request *q,
                   struct broker_reply *r, struct err *e) {
    struct acceptance a = {.k = k, .tools = tools, .q = q};
    krb_use_own_clock(k);
    a.provider = accept_provider(tools->config, q->provider, q->host);
    bool done = a.provider
                    ? check_service(&a, e) && open_ticket(&a, e) && check_fresh(&a, e) &&
                          check_channel(&a, e) && know_client(&a, r, e) && prove_ourselves(&a, r, e)
                    : err_set(e, ERR_NEGOTIATE_TOKEN, "no provider of that name takes tickets");
    if (done)
        keep_evidence(&a, r);
    release(&a);
    return done;
}
