/* SPDX-License-Identifier: Apache-2.0 */
#include "main/decode_meaning.h"

#include "kerberos/krb_words.h"
#include "kerberos/nt_status.h"

static const char *frame_words(enum token_frame frame) {
    static const char *const WORDS[] = {
        [TOKEN_BARE] = "",
        [TOKEN_GSS] = "",
        [TOKEN_SPNEGO_INIT] = ", inside SPNEGO",
        [TOKEN_SPNEGO_RESPONSE] = ", inside an answer of SPNEGO",
    };
    return WORDS[frame];
}

static void name_ticket(struct buf *out, const struct token *t) {
    const struct krb_ticket *k = &t->ticket;
    buf_printf(out, "Kerberos ticket for %s in %s", k->service.text[0] ? k->service.text : "?",
               k->realm[0] ? k->realm : "?");
    if (t->is_user_to_user)
        buf_add(out, STR(", user-to-user"));
}

static void name_error(struct buf *out, const struct token *t) {
    const char *name = krb_error_name(t->error.code), *status = nt_status_text(t->error.nt_status);
    buf_printf(out, "Kerberos error %s (%lld)", name ? name : "without a name",
               (long long)t->error.code);
    if (t->error.nt_status)
        buf_printf(out, ", NTSTATUS 0x%08X%s%s", t->error.nt_status, status ? ", " : "",
                   status ? status : "");
}

static void name_ntlm(struct buf *out, const struct token *t) {
    if (t->kind == TOKEN_NTLM_NEGOTIATE) {
        buf_add(out, STR("NTLM type 1, a client that begins to sign in without Kerberos"));
    } else if (t->kind == TOKEN_NTLM_CHALLENGE) {
        buf_add(out, STR("NTLM type 2, the challenge of a server"));
        if (t->target[0])
            buf_printf(out, " of %s", t->target);
    } else if (t->is_anonymous) {
        buf_add(out, STR("NTLM type 3, of nobody (anonymous)"));
    } else {
        buf_printf(out, "NTLM type 3, the response of %s%s%s", t->domain, t->domain[0] ? "\\" : "",
                   t->user[0] ? t->user : "?");
        if (t->workstation[0])
            buf_printf(out, " at %s", t->workstation);
    }
}

static void name_answer(struct buf *out, const struct token *t) {
    static const char *const STATES[] = {
        [TOKEN_ACCEPTED] = "the server accepts",
        [TOKEN_INCOMPLETE] = "the server wants more",
        [TOKEN_REJECTED] = "the server rejects",
        [TOKEN_REQUEST_MIC] = "the server wants the list of mechanisms signed",
        [TOKEN_UNSAID] = "it does not say whether",
    };
    buf_printf(out, "Answer of SPNEGO: %s", STATES[t->state]);
    if (t->mech[0])
        buf_printf(out, ", by %s", t->mech);
    buf_add(out, STR(", without a token"));
}

static void name_offer(struct buf *out, const struct token *t) {
    buf_printf(out, "Offer of SPNEGO:%s%s%s%s, without a token",
               t->offers & TOKEN_OFFERS_KRB5 ? " Kerberos" : "",
               t->offers & TOKEN_OFFERS_NTLM ? " NTLM" : "",
               t->offers & TOKEN_OFFERS_NEGOEX ? " NegoEx" : "",
               t->offers & TOKEN_OFFERS_OTHER ? " others" : "");
}

static void name_kind(struct buf *out, const struct token *t) {
    switch (t->kind) {
    case TOKEN_AP_REQ:
        name_ticket(out, t);
        break;
    case TOKEN_AP_REP:
        buf_add(out, STR("Kerberos AP-REP, the server's proof that it could open the ticket"));
        break;
    case TOKEN_KRB_ERROR:
        name_error(out, t);
        break;
    case TOKEN_NTLM_NEGOTIATE:
    case TOKEN_NTLM_CHALLENGE:
    case TOKEN_NTLM_AUTHENTICATE:
        name_ntlm(out, t);
        break;
    case TOKEN_ANSWER:
        name_answer(out, t);
        return;
    case TOKEN_OFFER:
        name_offer(out, t);
        return;
    default: {
        const char *words = token_kind_words(t->kind);
        buf_printf(out, "%c%s", words[0] >= 'a' && words[0] <= 'z' ? words[0] - 32 : words[0],
                   words + 1);
        break;
    }
    }
    buf_add(out, str_of(frame_words(t->frame)));
}

void decode_verdict(struct buf *out, const struct token *t, size_t size) {
    char bytes[TELLING_SIZE_MAX + 8];
    telling_bytes(size, bytes);
    name_kind(out, t);
    buf_printf(out, ", %s%s", bytes, t->reading.is_cut ? ", cut off" : "");
}

void decode_scheme_verdict(struct buf *out, const struct pasted_value *v) {
    static const char *const WORDS[] = {
        [PASTED_NEGOTIATE] = "Negotiate (Kerberos, or NTLM if that fails)",
        [PASTED_NTLM] = "NTLM",
        [PASTED_BASIC] = "Basic (name and password)",
        [PASTED_BEARER] = "Bearer (a token of OAuth)",
        [PASTED_DIGEST] = "Digest (a hash of the password)",
    };
    bool is_server = v->side == PASTED_SERVER || (v->side == PASTED_NO_SIDE && v->text.n == 0);
    buf_add(out, is_server ? STR("The server offers ") : STR("The client signs in with "));
    if (v->scheme < PASTED_OTHER)
        buf_add(out, str_of(WORDS[v->scheme]));
    else
        buf_printf(out, "%.*s, which is not Windows-integrated sign-in",
                   STR_ARG(str_head(v->name, 64)));
}

static void say(struct buf *out, struct str sentence) {
    buf_add(out, sentence);
    buf_add_byte(out, '\n');
}

/* Limits of what servers read, by the header's size: names with defaults. */
static void mean_size(struct buf *out, size_t size) {
    enum { APACHE = 8190, HTTP_SYS = 16384, HTTP_SYS_MOST = 65534 };
    char bytes[TELLING_SIZE_MAX + 8];
    telling_bytes(size, bytes);
    if (size > HTTP_SYS_MOST)
        buf_printf(out,
                   "The header has %s, more than IIS can be set to read (65,534): the person is in "
                   "too many groups.\n",
                   bytes);
    else if (size > HTTP_SYS)
        buf_printf(
            out,
            "The header has %s, more than IIS reads by default (16,384; set MaxFieldLength "
            "and MaxRequestBytes), and than Apache, nginx and Tomcat do: answers 400, 413 or "
            "431 are for this. The person is in many groups.\n",
            bytes);
    else if (size > APACHE)
        buf_printf(out,
                   "The header has %s, more than Apache (LimitRequestFieldSize 8190), nginx "
                   "(large_client_header_buffers 8k) and Tomcat (maxHttpHeaderSize 8192) read by "
                   "default.\n",
                   bytes);
}

static void mean_ticket(struct buf *out, const struct token *t, const struct pasted_value *v) {
    enum { RC4 = 23, DES_LAST = 3 };
    const struct krb_ticket *k = &t->ticket;
    const char *spn = k->service.text[0] ? k->service.text : "?";
    say(out, STR("Kerberos is in use: the client got a ticket from a domain controller."));
    buf_printf(out,
               "The server can open it only with the key of the account that %s is registered at",
               spn);
    if (k->sealed.has_kvno)
        buf_printf(out, ", version %lld", (long long)k->sealed.kvno);
    buf_printf(out, " (setspn -Q %s; klist -ket of its keytab).\n", spn);
    if (v->status == 401)
        say(out, STR("The server answered 401 to it: it runs as another account, its key is older "
                     "or newer, its clock is off, or it demands channel bindings."));
    else if (v->status == 403)
        say(out, STR("The server answered 403: it knows who it is, and does not let them in."));
    if (k->sealed.enctype == RC4)
        buf_printf(out,
                   "It is encrypted with RC4, which domain controllers give up: let the account of "
                   "%s have AES (msDS-SupportedEncryptionTypes 24), and set its password anew.\n",
                   spn);
    else if (k->sealed.enctype <= DES_LAST)
        say(out, STR("It is encrypted with DES, which nobody should take any more."));
    if (!str_starts(str_of(spn), STR("HTTP/")) && !str_starts(str_of(spn), STR("http/")))
        buf_printf(out, "%s is not the name of a web application, which begins with HTTP/.\n", spn);
    if (t->is_user_to_user)
        say(out, STR("It is for user-to-user: encrypted with a session key of the service's, not "
                     "with its password's."));
    if (t->is_misfit)
        say(out, STR("The token is not of the first mechanism in the list: a server that goes by "
                     "the first one has to ask once more."));
}

static const char *error_advice(int64_t code) {
    switch (code) {
    case 31:
    case 41:
        return "The server could not open the ticket: it runs as another account than the one that "
               "has the SPN, or its keytab is of an older password. Compare the owner of the SPN "
               "(setspn -Q) with the account of the application pool or the keytab; on IIS look "
               "at useAppPoolCredentials, too.";
    case 32:
    case 33:
    case 37:
        return "The clocks of client, domain controller and server differ by more than five "
               "minutes, or the ticket is old: look at the clock of the server (w32tm /query "
               "/status, chronyc tracking).";
    case 34:
        return "The server has seen this very token before: it was sent twice, or two clients "
               "share "
               "a proxy that repeats requests.";
    case 35:
    case 44:
    case 45:
        return "The server has no key for this SPN, version or encryption type: export its keytab "
               "anew (klist -ket shows what is in it).";
    default:
        return NULL;
    }
}

static void mean_error(struct buf *out, const struct token *t) {
    const char *words = krb_error_words(t->error.code), *advice = error_advice(t->error.code);
    if (words)
        buf_printf(out, "It says: %s.\n", words);
    if (advice)
        say(out, str_of(advice));
    if (t->error.nt_status && nt_status_text(t->error.nt_status))
        buf_printf(out, "The NTSTATUS in it says: %s.\n", nt_status_text(t->error.nt_status));
}

static void mean_ntlm(struct buf *out, const struct token *t) {
    if (t->kind == TOKEN_NTLM_CHALLENGE) {
        say(out, STR("The server takes NTLM, and a client has begun with it. Kerberos would have "
                     "been asked for first, had the client a ticket for this host."));
        return;
    }
    say(out, STR("The client fell back to NTLM: it had no Kerberos ticket for this host. Either no "
                 "account has the SPN (setspn -Q HTTP/host), or two have it; or the client is not "
                 "signed in to the domain, cannot reach a domain controller, uses an IP address or "
                 "an alias, or the site is not among those it trusts (the intranet zone; "
                 "AuthServerAllowlist in Chromium)."));
    say(out, STR("Next: on the client type klist get HTTP/host, which says why there is no ticket. "
                 "NTLM cannot be delegated, so an application that takes NTLM alone has no single "
                 "sign-on through kerbgate."));
    if (t->is_misfit)
        say(out, STR("The token is not of the first mechanism in the list: the client offers "
                     "Kerberos, and sends NTLM."));
}

static void mean_answer(struct buf *out, const struct token *t) {
    if (t->state == TOKEN_ACCEPTED)
        say(out,
            STR("The server has taken the token; it did not prove itself, which it need not."));
    else if (t->state == TOKEN_REJECTED)
        say(out, STR("The server refuses the token without saying why: see its own log. Often the "
                     "ticket is encrypted with a key that it does not have."));
    else if (t->state == TOKEN_INCOMPLETE)
        say(out,
            STR("The server wants another token: of the mechanism it chose, if that is another "
                "than the client's first."));
}

void decode_meaning(struct buf *out, const struct token *t, const struct pasted_value *v,
                    size_t header_size) {
    switch (t->kind) {
    case TOKEN_AP_REQ:
        mean_ticket(out, t, v);
        break;
    case TOKEN_AP_REP:
        say(out, STR("The server could open the ticket: Kerberos worked, and what fails behind it "
                     "is the application's (403: who it is may not do this)."));
        break;
    case TOKEN_KRB_ERROR:
        mean_error(out, t);
        break;
    case TOKEN_NTLM_NEGOTIATE:
    case TOKEN_NTLM_CHALLENGE:
    case TOKEN_NTLM_AUTHENTICATE:
        mean_ntlm(out, t);
        break;
    case TOKEN_NEGOEX:
        say(out, STR("NegoEx carries what Windows has beside Kerberos and NTLM (PKU2U, online "
                     "identities). The client had no ticket for this host, as with a machine that "
                     "is not in the domain."));
        break;
    case TOKEN_TGT_REQ:
    case TOKEN_TGT_REP:
        say(out, STR("User-to-user: the service has no key of its own, as when an SPN is on a "
                     "person's account."));
        break;
    case TOKEN_IAKERB:
        say(out, STR("The client cannot reach a domain controller, and asks the server to pass its "
                     "questions on."));
        break;
    case TOKEN_ANSWER:
        mean_answer(out, t);
        break;
    case TOKEN_OFFER:
        say(out, STR("It lists mechanisms and carries no token of one, so nobody is signed in by "
                     "it."));
        break;
    default:
        break;
    }
    mean_size(out, header_size);
}
