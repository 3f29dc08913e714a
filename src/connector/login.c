/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/login.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/secret.h"
#include "base/sid.h"

#include <stdio.h>

/* What a claim has to be, and what becomes of it. */
enum form {
    FORM_UPN,         /* the whole of it, for the KDC to find */
    FORM_BEFORE_AT,   /* a UPN, whose first part is an account of the connector's realm */
    FORM_ACCOUNT,     /* an account of the connector's realm */
    FORM_NAME,        /* an account, perhaps DOMAIN\name, for the directory */
    FORM_SID,         /* for the directory */
    FORM_CERTIFICATE, /* for the KDC */
};

enum { CERTIFICATE_MAX = 12 * 1024 };

/* How a login identity is made of a claim. */
struct rule {
    const char *name;  /* as in the configuration */
    const char *claim; /* NULL: the one of the configuration */
    enum form form;
};

static const struct rule RULES[] = {
    [LOGIN_USER_PRINCIPAL_NAME] = {"user_principal_name", CLAIM_UPN, FORM_UPN},
    [LOGIN_ON_PREMISES_USER_PRINCIPAL_NAME] = {"on_premises_user_principal_name",
                                               CLAIM_ON_PREMISES_UPN, FORM_UPN},
    [LOGIN_USER_PRINCIPAL_USERNAME] = {"user_principal_username", CLAIM_UPN, FORM_BEFORE_AT},
    [LOGIN_ON_PREMISES_USER_PRINCIPAL_USERNAME] = {"on_premises_user_principal_username",
                                                   CLAIM_ON_PREMISES_UPN, FORM_BEFORE_AT},
    [LOGIN_ON_PREMISES_SAM_ACCOUNT_NAME] = {"on_premises_sam_account_name", CLAIM_SAM_ACCOUNT_NAME,
                                            FORM_ACCOUNT},
    [LOGIN_CLAIM_UPN] = {"upn", NULL, FORM_UPN},
    [LOGIN_CLAIM_USERNAME] = {"username", NULL, FORM_ACCOUNT},
    [LOGIN_CLAIM_SAM_ACCOUNT_NAME] = {"sam_account_name", NULL, FORM_NAME},
    [LOGIN_CLAIM_SID] = {"sid", NULL, FORM_SID},
    [LOGIN_CLAIM_CERTIFICATE] = {"certificate", NULL, FORM_CERTIFICATE},
};

static const char *const EXPECTED[] = {
    [FORM_UPN] = "is not of the form name@domain",
    [FORM_BEFORE_AT] = "is not of the form name@domain",
    [FORM_ACCOUNT] = "is not an account name",
    [FORM_NAME] = "is not an account name, alone or as DOMAIN\\name",
    [FORM_SID] = "is not a SID as S-1-5-21-1-2-3-1104",
    [FORM_CERTIFICATE] = "is not a certificate in base64",
};

const char *login_claim(const struct config_app *app) {
    const char *claim = RULES[app->login_identity].claim;
    if (app->uses_own_ticket)
        return NULL;
    return claim ? claim : app->login_claim;
}

int login_compare(const struct config_app *a, const struct config_app *b) {
    if (a->uses_own_ticket || b->uses_own_ticket)
        return a->uses_own_ticket - b->uses_own_ticket;
    int by = (int)a->login_identity - (int)b->login_identity;
    return by ? by : strcmp(login_claim(a), login_claim(b));
}

/* Not the characters that would make another name of it in Kerberos' text form (RFC 1964 2.1.1),
 * nor those no account has; blanks at its ends are nothing to a directory (RFC 4518 2.6.1), so that
 * it would find an account by a name that a list of denied users does not have. */
static bool is_plain(struct str s) {
    if (str_trim(s).n != s.n)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x20 || c == 0x7f || c == '/' || c == '\\' || c == '@')
            return false;
    }
    return s.n > 0;
}

static bool is_upn(struct str s) {
    size_t at = str_index(s, '@');
    return at < s.n && is_plain(str_head(s, at)) && is_plain(str_from(s, at + 1));
}

static bool refuse(const struct config_app *app, const struct rule *rule, const char *why,
                   struct err *e) {
    err_set(e, ERR_CLAIM_MISSING,
            "app %s asks for tickets by %s, which comes of the claim \"%s\", and that %s",
            app->name, rule->name, login_claim(app), why);
    err_hint(
        e,
        "Let the identity provider send the claim \"%s\", or choose another sso.login_identity "
        "for app %s. Nothing else is tried in its place.",
        login_claim(app), app->name);
    return false;
}

/* The provider of type negotiate by which somebody signed in; NULL: it was another. */
static const struct config_provider *taker_of(const struct config_app *app,
                                              const struct identity *who) {
    const struct config_provider *p = config_app_provider(app, str_of(who->provider));
    return p && p->type == PROVIDER_NEGOTIATE ? p : NULL;
}

static bool has_evidence(const struct config_app *app, const struct identity *who) {
    const struct config_provider *p = taker_of(app, who);
    return p && who->own_ticket && config_negotiate_feeds(p, app) &&
           who->own_ends_s > clock_wall_s();
}

bool login_is_over(const struct config_app *app, const struct identity *who, int64_t now_s) {
    bool is_of_client = app->sso == SSO_KERBEROS && !app->allows_transition && who->own_ticket &&
                        taker_of(app, who);
    return (app->uses_own_ticket || is_of_client) && who->own_ends_s <= now_s;
}

bool login_needs_person(const struct config_app *app) {
    bool is_negotiate = app->provider_count > 0 && !app->allows_transition;
    for (size_t i = 0; i < app->provider_count; i++)
        is_negotiate &= app->providers[i]->type == PROVIDER_NEGOTIATE;
    return app->uses_own_ticket || is_negotiate;
}

static bool refuse_evidence(const struct config_app *app, const struct identity *who,
                            struct err *e) {
    err_set(e, ERR_NEGOTIATE_EVIDENCE,
            "the ticket that %s signed in with is not forwardable, so that no ticket to app %s can "
            "be got with it",
            who->subject, app->name);
    err_hint(e,
             "On Windows tickets are forwardable, unless the account is sensitive or in Protected "
             "Users, which may not be delegated at all: Get-ADUser -Properties "
             "AccountNotDelegated,MemberOf. Elsewhere: forwardable = true in [libdefaults] of "
             "krb5.conf, or kinit -f. Or set sso.protocol_transition: on for app %s.",
             app->name);
    return false;
}

/* By the principal, whose own ticket or evidence goes along. */
static bool write_principal(struct login *out, enum broker_name_type type,
                            const struct identity *who) {
    out->type = type;
    int length = snprintf(out->name, sizeof out->name, "%s", who->principal ? who->principal : "");
    return who->principal && length < (int)sizeof out->name;
}

static bool login_of_own(const struct config_app *app, const struct identity *who,
                         struct login *out, struct err *e) {
    return write_principal(out, BROKER_NAME_OWN, who) ||
           err_set(e, ERR_CLAIM_MISSING,
                   "app %s asks for tickets with people's own, and this sign-in was without a "
                   "password",
                   app->name);
}

static bool write_name(struct login *out, enum broker_name_type type, struct str name,
                       struct str realm) {
    const struct str pieces[] = {name, realm.n ? STR("@") : STR_NONE, realm};
    size_t n = 0;
    out->type = type;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        if (pieces[i].n >= sizeof out->name - n)
            return false;
        memcpy(out->name + n, pieces[i].n ? pieces[i].p : "", pieces[i].n);
        n += pieces[i].n;
    }
    out->name[n] = 0;
    return n > 0;
}

/* A name that the KDC itself has proven is a principal; any other is a name that the directory has
 * to look up. */
static bool write_upn(struct login *out, struct str claim, const struct identity *who) {
    bool is_proven = who->principal && str_eq(claim, str_of(who->principal));
    return is_upn(claim) &&
           write_name(out, is_proven ? BROKER_NAME_PRINCIPAL : BROKER_NAME_ENTERPRISE, claim,
                      STR_NONE);
}

static bool write_account(struct login *out, struct str claim) {
    size_t slash = str_index(claim, '\\');
    bool has_domain = slash < claim.n;
    return (!has_domain || is_plain(str_head(claim, slash))) &&
           is_plain(has_domain ? str_from(claim, slash + 1) : claim) &&
           write_name(out, BROKER_NAME_ACCOUNT, claim, STR_NONE);
}

static bool write_sid(struct login *out, struct str claim) {
    struct sid sid;
    char text[SID_TEXT_MAX];
    if (!sid_parse(claim, &sid))
        return false;
    sid_text(&sid, text);
    return write_name(out, BROKER_NAME_SID, str_of(text), STR_NONE);
}

/* DER of a sequence, as a certificate is; what else is in it, is the KDC's to judge. */
static bool read_certificate(struct str claim, struct buf *der) {
    return decode_base64(der, claim) && buf_size(der) > 2 && buf_str(der).p[0] == 0x30;
}

/* Called by its SHA-256, as no account is: to caches, connections and logs one certificate is one
 * person. */
static bool write_certificate(struct login *out, struct str claim) {
    unsigned char digest[SHA256_SIZE];
    struct buf der, hex;
    buf_init(&der, CERTIFICATE_MAX);
    buf_init(&hex, sizeof out->name);
    bool is_read = read_certificate(claim, &der);
    secret_sha256(buf_str(&der), digest);
    buf_add(&hex, STR("certificate sha256:"));
    encode_hex(&hex, str_n((const char *)digest, sizeof digest));
    is_read = is_read && write_name(out, BROKER_NAME_CERTIFICATE, buf_str(&hex), STR_NONE);
    buf_fini(&hex);
    buf_fini(&der);
    return is_read;
}

bool login_proof(struct arena *a, const struct config_app *app, const struct identity *who,
                 struct str *out) {
    struct buf der;
    *out = STR_NONE;
    bool is_kept = app->uses_own_ticket || has_evidence(app, who);
    if (is_kept)
        *out = str_n((const char *)who->own_ticket, who->own_ticket_size);
    if (is_kept || app->login_identity != LOGIN_CLAIM_CERTIFICATE)
        return true;
    buf_init(&der, CERTIFICATE_MAX);
    if (read_certificate(str_of(identity_claim(who, login_claim(app))), &der))
        *out = arena_str(a, buf_str(&der));
    buf_fini(&der);
    return out->p;
}

static bool write_login(struct login *out, enum form form, struct str claim,
                        const struct identity *who, struct str realm) {
    switch (form) {
    case FORM_UPN:
        return write_upn(out, claim, who);
    case FORM_BEFORE_AT:
        return is_upn(claim) && write_name(out, BROKER_NAME_PRINCIPAL,
                                           str_head(claim, str_index(claim, '@')), realm);
    case FORM_ACCOUNT:
        return is_plain(claim) && write_name(out, BROKER_NAME_PRINCIPAL, claim, realm);
    case FORM_NAME:
        return write_account(out, claim);
    case FORM_SID:
        return write_sid(out, claim);
    case FORM_CERTIFICATE:
        return write_certificate(out, claim);
    }
    return false;
}

bool login_of(const struct config_app *app, const struct identity *who, struct str realm,
              struct login *out, struct err *e) {
    const struct rule *rule = &RULES[app->login_identity];
    if (app->uses_own_ticket)
        return login_of_own(app, who, out, e);
    if (has_evidence(app, who))
        return write_principal(out, BROKER_NAME_EVIDENCE, who) || refuse_evidence(app, who, e);
    if (taker_of(app, who) && !app->allows_transition)
        return refuse_evidence(app, who, e);
    struct str claim = str_of(identity_claim(who, login_claim(app)));
    if (claim.n == 0)
        return refuse(app, rule, "is missing in this sign-in", e);
    return write_login(out, rule->form, claim, who, realm) ||
           refuse(app, rule, EXPECTED[rule->form], e);
}
