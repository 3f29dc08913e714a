/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "doctor/checks.h"
#include "doctor/target.h"

enum { DAY_S = 86400, SOON_S = 14 * DAY_S };

static bool has_fault(const json_t *node, const char *fault) {
    return facts_has(node, "tls.faults", fault);
}

/* Whether the handshake failed for what other checks are about. */
static bool is_others(const json_t *node) {
    return facts_true(node, "variants.plain.ok") || has_fault(node, "tls-no-http1");
}

static const char *day(int64_t s, char out[CLOCK_ISO_SIZE]) {
    clock_iso(s * 1000, out);
    out[10] = '\0'; /* the date */
    return out;
}

static void show_certificate(struct checking *c, const json_t *node) {
    char from[CLOCK_ISO_SIZE], to[CLOCK_ISO_SIZE];
    const json_t *names = facts_at(node, "tls.names"), *name;
    const char *list = NULL;
    size_t i;
    if (!facts_at(node, "tls.subject") && !names)
        return;
    json_array_foreach(names, i, name) {
        list = list ? arena_printf(c->arena, "%s, %s", list, json_string_value(name))
                    : json_string_value(name);
    }
    check_evidence(
        c,
        "%s: certificate of %s, issued by %s, for %s, good from %s to %s, with %lld of its chain",
        target_place(c, node), facts_text(node, "tls.subject"), facts_text(node, "tls.issuer"),
        list ? list : "no name", day(facts_int(node, "tls.not_before", 0), from),
        day(facts_int(node, "tls.not_after", 0), to), (long long)facts_int(node, "tls.sent", 0));
}

static const char *expected_name(struct checking *c) {
    const char *name = facts_text(c->facts, "target.tls_name");
    return name[0] ? name : facts_text(c->facts, "target.host");
}

static void say_handshake_command(struct checking *c, const json_t *node) {
    const char *address = facts_text(node, "address");
    bool is_v6 = strchr(address, ':') != NULL;
    const char *at = arena_printf(c->arena, "%s%s%s:%lld", is_v6 ? "[" : "", address,
                                  is_v6 ? "]" : "", (long long)facts_int(node, "port", 0));
    check_remedy(c, REMEDY_SHELL, BY_GATEWAY_ADMIN,
                 "openssl s_client -connect %s -servername %s -showcerts </dev/null",
                 sh(c, at ? at : ""), sh(c, expected_name(c)));
}

static void say_issuer(struct checking *c, const json_t *node) {
    check_remedy(
        c, REMEDY_CONFIG, BY_GATEWAY_ADMIN,
        "backend_tls: { ca: internal-ca.pem }  # the CA that issued it, beside kerbgate.yaml");
    say_handshake_command(c, node);
    if (facts_int(node, "tls.sent", 0) == 1)
        check_remedy(c, REMEDY_TEXT, BY_WEB_ADMIN,
                     "The server sends its own certificate alone. If an intermediate authority "
                     "issued it, have the server send that one's certificate along.");
}

static bool has_no_names(const json_t *node) {
    return facts_at(node, "tls.names") && json_array_size(facts_at(node, "tls.names")) == 0;
}

static void say_name(struct checking *c, const json_t *node) {
    const char *first = facts_text(node, "tls.names.0");
    bool is_wildcard = first[0] == '*';
    if (first[0] && !is_wildcard)
        check_remedy(c, REMEDY_CONFIG, BY_GATEWAY_ADMIN, "backend_tls: { name: %s }",
                     yaml(c, first));
    if (has_no_names(node))
        check_evidence(c,
                       "it has no subjectAltName, and its subject does not count (RFC 9110 4.3.4)");
    check_remedy(c, REMEDY_TEXT, BY_WEB_ADMIN,
                 "%s the server a certificate whose subjectAltName has %s.",
                 first[0] && !is_wildcard ? "Or give" : "Give", sh(c, expected_name(c)));
}

/* handshake_failure (RFC 5246 7.2.2) is also what a TLS 1.2 server says that wants a certificate.
 */
static bool is_of_alert_40(const json_t *node) {
    return strstr(facts_text(node, "tls.error.detail"), "handshake failure") != NULL;
}

static void say_handshake(struct checking *c, const json_t *node) {
    if (has_fault(node, "tls-no-common"))
        check_remedy(
            c, REMEDY_TEXT, BY_WEB_ADMIN,
            "Let the server speak TLS 1.2 or 1.3: older versions are not used. On Windows "
            "they are keys below HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders"
            "\\SCHANNEL\\Protocols.");
    if (has_fault(node, "tls-unknown-host"))
        check_remedy(c, REMEDY_TEXT, BY_WEB_ADMIN,
                     "Add a binding for the host name %s to the site (server name indication).",
                     sh(c, expected_name(c)));
    if (has_fault(node, "tls-no-common") && is_of_alert_40(node))
        check_remedy(
            c, REMEDY_TEXT, BY_WEB_ADMIN,
            "If the server demands a certificate of whoever connects, switch that off for "
            "the application: kerbgate has none (IIS: SSL settings, client certificates).");
    if (has_fault(node, "tls-is-plain") || has_fault(node, "tls-was-closed") ||
        has_fault(node, "tls-was-silent")) {
        say_handshake_command(c, node);
        check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
                     "See whether the port of internal_url is the web server's at all, and whether "
                     "it has a certificate for %s; a firewall may cut TLS, too.",
                     sh(c, expected_name(c)));
    }
}

/* What mends each of its faults. */
static void say_remedies(struct checking *c, const json_t *node) {
    if (has_fault(node, "tls-unknown-issuer") || has_fault(node, "tls-self-signed"))
        say_issuer(c, node);
    if (has_fault(node, "tls-wrong-name"))
        say_name(c, node);
    if (has_fault(node, "tls-expired"))
        check_remedy(c, REMEDY_TEXT, BY_WEB_ADMIN, "Renew the certificate of %s.",
                     sh(c, target_place(c, node)));
    if (has_fault(node, "tls-not-yet-valid"))
        check_remedy(c, REMEDY_SHELL, BY_GATEWAY_ADMIN, "date -u; chronyc tracking");
    say_handshake(c, node);
}

static const char *words_of(const json_t *node) {
    static const struct {
        const char *fault, *words;
    } WORDS[] = {
        {"tls-unknown-issuer", "its certificate is of an authority that is not trusted"},
        {"tls-self-signed", "its certificate is its own and not of an authority"},
        {"tls-expired", "its certificate has expired"},
        {"tls-not-yet-valid", "its certificate is not valid yet, or this host's clock is behind"},
        {"tls-wrong-name", "its certificate is for another name"},
        {"tls-bad-certificate", "its certificate cannot be taken"},
        {"tls-is-plain", "what answers does not speak TLS"},
        {"tls-no-common", "it has no version or cipher of TLS in common with kerbgate"},
        {"tls-unknown-host", "it has no site of that name"},
        {"tls-was-closed", "it cuts the connection during the handshake"},
        {"tls-was-silent", "it does not answer the handshake"},
    };
    const char *code = facts_text(node, "tls.error.code");
    if (strcmp(code, "tls-wrong-name") == 0 && has_no_names(node))
        return "its certificate has no names that count";
    if (strcmp(code, "tls-no-common") == 0 && is_of_alert_40(node))
        return "it has no version or cipher of TLS in common with kerbgate, or wants a certificate";
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (strcmp(WORDS[i].fault, code) == 0)
            return WORDS[i].words;
    return "the TLS handshake fails";
}

static void judge_failure(struct checking *c, const json_t *node) {
    const char *place = target_place(c, node), *why = facts_text(node, "tls.error.detail");
    if (target_reached(c))
        check_warn(c, "TLS with %s fails: %s (%s); with other addresses it does not", place,
                   words_of(node), why);
    else
        check_fail(c, "TLS with %s fails: %s (%s)", place, words_of(node), why);
    check_evidence(c, "handshake with %s: %s", place, why);
    if (has_fault(node, "tls-wrong-name"))
        check_evidence(c, "expected in the certificate: %s", expected_name(c));
    show_certificate(c, node);
    say_remedies(c, node);
}

/* A certificate that the server wants of us, which there is none of (TLS client authentication). */
static bool wants_certificate(const json_t *node) {
    const char *code = facts_text(node, "anonymous.error.code");
    return facts_true(node, "tls.asks_certificate") &&
           (strcmp(code, "tls") == 0 || facts_int(node, "anonymous.status", 0) == 403);
}

static void judge_good(struct checking *c, const json_t *node) {
    char date[CLOCK_ISO_SIZE];
    int64_t ends_s = facts_int(node, "tls.not_after", 0);
    if (wants_certificate(node)) {
        check_fail(c, "%s wants a certificate of whoever connects, and kerbgate has none",
                   target_place(c, node));
        check_evidence(c, "it asks for one in the handshake; then: %s",
                       answer_text(c, facts_at(node, "anonymous")));
        check_remedy(c, REMEDY_POWERSHELL, BY_WEB_ADMIN,
                     "Set-WebConfigurationProperty -PSPath 'MACHINE/WEBROOT/APPHOST' -Location "
                     "'Default Web Site' -Filter 'system.webServer/security/access' -Name sslFlags "
                     "-Value 'Ssl'");
    } else if (ends_s && ends_s - c->now_s < SOON_S) {
        check_warn(c, "the certificate of %s ends on %s", target_place(c, node), day(ends_s, date));
        show_certificate(c, node);
        check_remedy(c, REMEDY_TEXT, BY_WEB_ADMIN, "Renew the certificate of %s before that day.",
                     sh(c, target_place(c, node)));
    } else {
        check_pass(c, "the certificate of %s is trusted until %s", target_place(c, node),
                   day(ends_s, date));
    }
}

void check_target_tls(struct checking *c) {
    const char *trust = facts_text(c->facts, "target.trust_error.detail");
    const json_t *node;
    size_t i;
    if (trust[0] && strcmp(facts_text(c->facts, "target.scheme"), "https") == 0) {
        check_fail(c, "%s", trust);
        check_evidence(c, "the app has https in internal_url, and backend_tls.ca cannot be read");
        check_remedy(c, REMEDY_CONFIG, BY_GATEWAY_ADMIN, "backend_tls: { ca: internal-ca.pem }");
        return;
    }
    json_array_foreach(target_nodes(c), i, node) {
        if (facts_false(node, "tls.ok") && !is_others(node))
            judge_failure(c, node);
        else if (facts_true(node, "tls.ok"))
            judge_good(c, node);
    }
}

void check_http2(struct checking *c) {
    const json_t *node;
    size_t i;
    json_array_foreach(target_nodes(c), i, node) {
        const char *said = facts_text(node, "tls.alpn");
        if (!target_is_http2(node))
            continue;
        check_fail(c, "%s speaks HTTP/2 only, and a ticket can only be sent with HTTP/1.1",
                   target_place(c, node));
        check_evidence(c, "%s, HTTP/1.1: %s", target_place(c, node),
                       answer_text(c, facts_at(node, "anonymous")));
        if (facts_at(node, "tls"))
            check_evidence(c, "ALPN: offered http/1.1, it chooses %s; offered h2 as well, %s",
                           said[0] ? said : "nothing", facts_text(node, "tls.alpn_offered_h2"));
        check_remedy(
            c, REMEDY_TEXT, BY_WEB_ADMIN,
            "Let the server take HTTP/1.1 as well, since RFC 4559 is not defined for "
            "HTTP/2. Apache: Protocols h2 http/1.1. IIS falls back by itself where Windows "
            "authentication is on.");
    }
    if (c->outcome == OUTCOME_NONE && target_reached(c) && facts_at(c->facts, "target.nodes.0.tls"))
        check_pass(c, "the server takes HTTP/1.1");
}
