/* SPDX-License-Identifier: Apache-2.0 */
#include "config/schema_row.h"

static const struct schema_choice SSO_MODES[] = {{"kerberos", .value = SSO_KERBEROS},
                                                 {"headers", .value = SSO_HEADERS},
                                                 {"none", .value = SSO_NONE},
                                                 {NULL}};

static const struct schema_choice LOGIN_IDENTITIES[] = {
    {"user_principal_name", .value = LOGIN_USER_PRINCIPAL_NAME},
    {"on_premises_user_principal_name", .value = LOGIN_ON_PREMISES_USER_PRINCIPAL_NAME},
    {"user_principal_username", .value = LOGIN_USER_PRINCIPAL_USERNAME},
    {"on_premises_user_principal_username", .value = LOGIN_ON_PREMISES_USER_PRINCIPAL_USERNAME},
    {"on_premises_sam_account_name", .value = LOGIN_ON_PREMISES_SAM_ACCOUNT_NAME},
    {NULL}};

static const struct schema_choice CLAIM_KINDS[] = {
    {"upn", .value = LOGIN_CLAIM_UPN},
    {"username", .value = LOGIN_CLAIM_USERNAME},
    {"sam_account_name", .value = LOGIN_CLAIM_SAM_ACCOUNT_NAME},
    {"sid", .value = LOGIN_CLAIM_SID},
    {"certificate", .value = LOGIN_CLAIM_CERTIFICATE},
    {NULL}};

static const struct schema_key LOGIN_CLAIM[] = {
    {"claim", SCHEMA_CLAIM, REQUIRED, IN(struct config_app, login_claim), .example = "email",
     .help = "Claim of the sign-in that names the person; no other is ever taken in its place."},
    {"as", SCHEMA_CHOICE, REQUIRED, .choices = CLAIM_KINDS, IN(struct config_app, login_identity),
     .example = "upn",
     .help = "upn: a user principal name with any suffix that the directory knows; username: the "
             "name of an account in the connector's realm, without '@'; sam_account_name: the name "
             "of an account, perhaps behind the NetBIOS name of its domain, that the directory is "
             "asked for; sid: likewise, S-1-5-21-... as text; certificate: the person's X.509 "
             "certificate (DER, in base64), by which the KDC finds the account."},
    {NULL}};

static const struct schema_choice TOKENS[] = {
    {"spnego", .value = TOKEN_SPNEGO}, {"krb5", .value = TOKEN_KRB5}, {NULL}};
static const struct schema_choice TICKETS[] = {
    {"delegated", .value = false}, {"own", .value = true}, {NULL}};
static const struct schema_choice NEGOTIATE[] = {
    {"preemptive", .value = false}, {"on_challenge", .value = true}, {NULL}};
static const struct schema_choice AUTHENTICATE[] = {
    {"request", .value = false}, {"connection", .value = true}, {NULL}};
static const struct schema_choice CHANNEL_BINDINGS[] = {
    {"auto", .value = true}, {"off", .value = false}, {NULL}};
/* As RFC 4121 4.1.1.1 and MS-KILE 3.2.5.2 number them. */
static const struct schema_choice GSS_FLAGS[] = {
    {"replay", .value = 0x04},
    {"sequence", .value = 0x08},
    {"confidentiality", .value = 0x10},
    {"identify", .value = 0x2000},
    {"extended_error", .value = 0x4000},
    {"delegation", .never = "would hand over a ticket-granting ticket"},
    {"mutual", .never = "is sso.mutual: required"},
    {"integrity", .never = "is asked for in any case"},
    {NULL}};
static const struct schema_choice MUTUAL[] = {
    {"optional", .value = false}, {"required", .value = true}, {NULL}};

static const struct schema_key HEADERS[] = {
    {"name", SCHEMA_HEADER, REQUIRED, IN(struct config_header, name), .example = "X-Groups",
     .help = "Name of the header; from no client, to no app, is a header of this name passed on, "
             "however its letters and signs are written."},
    {"claim", SCHEMA_CLAIM, REQUIRED, IN(struct config_header, claim), .example = "groups",
     .help = "What it says about the person; a sign-in without this claim does not reach the app."},
    {"transform", SCHEMA_TRANSFORM, LIST,
     LIST_IN(struct config_header, transforms, transform_count), .longest = CONFIG_TRANSFORMS_MAX,
     .example = "[extract_mail_prefix, to_uppercase]",
     .help = "What is made of each value, one behind the other: extract_mail_prefix, join, "
             "to_lowercase, to_uppercase, contains, start_with, end_with, extract_after, "
             "extract_before, extract_between, extract_alpha_prefix, extract_alpha_suffix, "
             "extract_numeric_prefix, extract_numeric_suffix, if_not_empty, substring; "
             "docs/headers.md says what each does."},
    {"separator", SCHEMA_TEXT, 0, IN(struct config_header, separator), .example = "\"; \"",
     .help = "What stands between the values of a claim that is a list; without it no list "
             "passes."},
    {NULL}};

static const struct schema_key ASSERTION[] = {
    {"audience", SCHEMA_TEXT, REQUIRED, IN(struct config_app, assertion.audience),
     .example = "https://hr.corp.example/",
     .help = "Whom it is for (aud), which the app has to compare; no other app may have the same; "
             "below a wildcard external_url it must have a '*', which stands for the label."},
    {"header", SCHEMA_HEADER, 0, IN(struct config_app, assertion.header),
     .initial = "kerbgate-assertion", .help = "Name of the header that carries it."},
    {"lifetime", SCHEMA_SECONDS, 0, IN(struct config_app, assertion.lifetime_s), .initial = "60s",
     RANGE("5s", "1h"), .help = "How long it is good; each request has a new one."},
    {"claims", SCHEMA_CLAIM, LIST,
     LIST_IN(struct config_app, assertion.claims, assertion.claim_count), .longest = 32,
     .example = "[user_principal_name]",
     .help = "Claims of the person that it has beside iss, sub, aud, iat, nbf, exp, jti and idp; a "
             "sign-in without one of them does not reach the app."},
    {NULL}};

static const struct schema_key SSO[] = {
    {"mode", SCHEMA_CHOICE, REQUIRED, .choices = SSO_MODES, IN(struct config_app, sso),
     .initial = "none", .example = "kerberos",
     .help = "kerberos: the app gets a ticket in the name of the person; headers: it reads who the "
             "person is in headers; none: it asks itself."},
    {"spn", SCHEMA_SPN, 0, IN(struct config_app, spn), .example = "HTTP/hr.corp.example",
     .help = "Service principal name of the app, taken as it is written; required with mode "
             "kerberos; below a wildcard external_url it may be one too, as HTTP/*.corp.example."},
    {"headers", SCHEMA_SECTION, LIST, HEADERS, LIST_IN(struct config_app, headers, header_count),
     .mark = offsetof(struct config_header, mark), .longest = CONFIG_HEADERS_MAX,
     .help = "Headers that tell the app who the person is, for mode headers or beside the ticket; "
             "the app must be out of reach of all but kerbgate."},
    {"assertion", SCHEMA_SECTION, 0, ASSERTION,
     .help = "A signed statement of who the person is (a JSON Web Token) that the app can verify, "
             "for mode headers or beside the ticket; none when left out."},
    {"login_identity", SCHEMA_CHOICE, 0, .choices = LOGIN_IDENTITIES, .keys = LOGIN_CLAIM,
     IN(struct config_app, login_identity), .initial = "user_principal_name",
     .help = "Which name of the person the ticket is asked for: one of these words, or another "
             "claim, as { claim: email, as: upn }."},
    {"account", SCHEMA_ACCOUNT, 0, IN(struct config_app, account), .example = "partner",
     .help = "Which of connector.kerberos.accounts gets the ticket; connector.kerberos.principal "
             "when left out."},
    {"ticket", SCHEMA_CHOICE, 0, .choices = TICKETS, IN(struct config_app, uses_own_ticket),
     .initial = "delegated",
     .help =
         "How the ticket is got: delegated, by the connector in the name of the person; own, with "
         "the password of somebody who signs in by the form, which needs no right to delegate and "
         "is for Protected Users and accounts that are sensitive, too; a session is then good for "
         "these apps for as long as the domain gives tickets, 10 hours most often."},
    {"protocol_transition", SCHEMA_CHOICE, APART, .choices = SCHEMA_SWITCH,
     IN(struct config_app, allows_transition), .initial = "off",
     .help =
         "For people who sign in with a Kerberos ticket of their own (type negotiate): off, the "
         "app's ticket is got with theirs as the evidence, or not at all; on, where theirs "
         "cannot be evidence the connector gets one in their name, as for everybody else."},
    {"negotiate", SCHEMA_CHOICE, 0, .choices = NEGOTIATE,
     IN(struct config_app, waits_for_challenge), .initial = "preemptive",
     .help =
         "When the token is sent: with every request, or on_challenge, when the app has answered "
         "401 to the request without it; one with a body has it at once in any case."},
    {"token", SCHEMA_CHOICE, 0, .choices = TOKENS, IN(struct config_app, token),
     .initial = "spnego", .help = "How the ticket is wrapped."},
    {"authenticate", SCHEMA_CHOICE, 0, .choices = AUTHENTICATE,
     IN(struct config_app, authenticates_connection), .initial = "request",
     .help =
         "What one token vouches for: one request, or all that follow on the connection, as IIS "
         "has it with authPersistNonNTLM; a connection is one person's in any case."},
    {"channel_binding", SCHEMA_CHOICE, 0, .choices = CHANNEL_BINDINGS,
     IN(struct config_app, binds_channel), .initial = "auto",
     .help =
         "auto: the token is bound to the certificate of an https back end, as IIS with Extended "
         "Protection wants it; off: it is not, for a back end behind something else that ends "
         "TLS."},
    {"gss_flags", SCHEMA_CHOICE, LIST, .choices = GSS_FLAGS,
     LIST_IN(struct config_app, gss_flags, gss_flag_count), .longest = 8,
     .example = "[replay, sequence]",
     .help = "What a token asks for beside integrity, where a back end insists on it: replay, "
             "sequence, confidentiality, identify, extended_error."},
    {"mutual", SCHEMA_CHOICE, 0, .choices = MUTUAL, IN(struct config_app, is_mutual_required),
     .initial = "optional",
     .help = "optional: the proof of a back end that sends one is checked; required: it is asked "
             "for, and no answer passes without."},
    {NULL}};

static const struct schema_key BACKEND_TLS[] = {
    {"ca", SCHEMA_FILE, 0, IN(struct config_app, backend_ca), .example = "internal-ca.pem",
     .help = "PEM file of the authorities that are trusted; the system's when left out."},
    {"name", SCHEMA_HOST, 0, IN(struct config_app, backend_name), .example = "hr.corp.example",
     .help = "Name in the back end's certificate; the host of internal_url when left out."},
    {NULL}};

static const struct schema_key HEALTH[] = {
    {"path", SCHEMA_TARGET, REQUIRED, IN(struct config_app, health.path), .example = "/health",
     .help = "What each back end is asked for, by GET without a token: a path from its root, not "
             "from internal_url; any answer below 500 is well."},
    {"interval", SCHEMA_MS, 0, IN(struct config_app, health.interval_ms), .initial = "10s",
     RANGE("100ms", "1h"), .help = "From one question to the next."},
    {"timeout", SCHEMA_MS, 0, IN(struct config_app, health.timeout_ms), .initial = "5s",
     RANGE("100ms", "5m"), .help = "The wait for an answer; none in this time is a failure."},
    {"fall", SCHEMA_COUNT, 0, IN(struct config_app, health.fall), .initial = "3", RANGE("1", "100"),
     .help = "A back end is left out after so many failures in a row."},
    {"rise", SCHEMA_COUNT, 0, IN(struct config_app, health.rise), .initial = "2", RANGE("1", "100"),
     .help = "It is used again after so many good answers in a row."},
    {NULL}};

static const struct schema_key CORS[] = {
    {"path", SCHEMA_PATH, 0, IN(struct config_cors, path), .example = "/api/",
     .help = "What the rule is for, and everything below: a path as browsers see it, that of "
             "external_url included; all of the app when left out; the longest path counts."},
    {"origins", SCHEMA_ORIGIN, REQUIRED | LIST | NOT_EMPTY,
     LIST_IN(struct config_cors, origins, origin_count), .longest = 1000,
     .why_not_empty = "the rule would be for nobody", .example = "[\"https://www.example.com\"]",
     .help = "Whose scripts may read the answers; \"*\" is everybody's, which credentials do not "
             "go with."},
    {"methods", SCHEMA_METHOD, LIST, LIST_IN(struct config_cors, methods, method_count),
     .longest = 64, .example = "[PUT, DELETE]",
     .help = "What they may use beyond GET, HEAD and POST."},
    {"headers", SCHEMA_HEADER, LIST, LIST_IN(struct config_cors, headers, header_count),
     .longest = 64, .example = "[Content-Type, X-Request-Id]",
     .help = "Headers they may send beyond those that need no leave."},
    {"credentials", SCHEMA_CHOICE, 0, .choices = SCHEMA_SWITCH,
     IN(struct config_cors, allows_credentials), .initial = "off",
     .help = "Whether they may do so in the name of who is signed in."},
    {"max_age", SCHEMA_SECONDS, 0, IN(struct config_cors, max_age_s), .initial = "1h",
     RANGE("0s", "1d"), .help = "How long browsers may remember the leave."},
    {NULL}};

static const struct schema_choice HOST_HEADERS[] = {
    {"internal", .value = HOST_INTERNAL}, {"external", .value = HOST_EXTERNAL}, {NULL}};
static const struct schema_choice LISTED[] = {{"auto", .value = LISTED_AUTO},
                                              {"off", .value = LISTED_OFF},
                                              {"on", .value = LISTED_ON},
                                              {NULL}};
static const struct schema_choice ROBOTS[] = {
    {"deny", .value = ROBOTS_DENY}, {"forward", .value = ROBOTS_FORWARD}, {NULL}};

const struct schema_key SCHEMA_APP[] = {
    {"name", SCHEMA_NAME, REQUIRED, IN(struct config_app, name), .example = "hr",
     .help = "Name of the app in commands, logs and events."},
    {"external_url", SCHEMA_URL, REQUIRED, IN(struct config_app, external),
     .example = "https://hr.example.com/",
     .help = "Where people find the app; ends with '/'; a host such as *.apps.example.com is every "
             "host of one more label."},
    {"internal_url", SCHEMA_URL, REQUIRED, IN(struct config_app, internal),
     .example = "https://hr.corp.example/",
     .help = "Where the app really is; ends with '/'; below a wildcard external_url the host may "
             "be one too, and the label is carried over."},
    {"pre_authentication", SCHEMA_PROVIDER, REQUIRED | LIST | NOT_EMPTY | LONE,
     LIST_IN(struct config_app, providers, provider_count), .none = "passthrough",
     .longest = CONFIG_PROVIDERS_MAX, .example = "staff",
     .why_not_empty = "passthrough is the word for an app that everybody reaches, unasked",
     .help = "Name of an identity provider, or a list of those of whom each may sign people in; or "
             "passthrough: everybody reaches the app, unasked."},
    {"allow", SCHEMA_CHOICE, NOT_EMPTY, .choices = SCHEMA_WHO, .keys = SCHEMA_APP_ALLOW,
     IN(struct config_app, allow.who), .initial = "signed_in",
     .example = "{ groups: [HR], users: [alice] }",
     .why_not_empty = "leave allow out to let in everybody who signed in",
     .help = "Who may use the app: one of these words, or conditions that all have to hold: users, "
             "groups, claims, networks, methods, hours, acr; kerbgate.yaml(5) has them."},
    {"rules", SCHEMA_SECTION, LIST | NOT_EMPTY, SCHEMA_RULE,
     LIST_IN(struct config_app, rules, rule_count), .mark = offsetof(struct config_rule, mark),
     .longest = CONFIG_RULES_MAX, .why_not_empty = "leave rules out to have none",
     .help = "Who may use parts of the app, in the place of allow: of the rules whose path a "
             "request is below, the one with the longest path counts alone."},
    {"connector_group", SCHEMA_NAME, 0, IN(struct config_app, connector_group),
     .initial = "default", .help = "Group of the connector that reaches the app."},
    {"sso", SCHEMA_SECTION, 0, SSO,
     .help = "How the person is signed in to the app; mode none when left out."},
    {"backend_tls", SCHEMA_SECTION, 0, BACKEND_TLS,
     .help = "How the certificate of an https back end is verified; it always is."},
    {"backends", SCHEMA_BACKEND, LIST | NOT_EMPTY,
     LIST_IN(struct config_app, backends, backend_count), .longest = CONFIG_BACKENDS_MAX,
     .why_not_empty = "the app would have none; leave backends out to use the host of internal_url",
     .example = "[\"web1.corp.example:443\", \"web2.corp.example:443\"]",
     .help = "Hosts and ports that all serve internal_url, under its name; its own host and port "
             "when left out."},
    {"health", SCHEMA_SECTION, 0, HEALTH,
     .help = "How a back end is found to be ill; found out by nothing but failing requests when "
             "left out."},
    {"sticky", SCHEMA_CHOICE, 0, .choices = SCHEMA_SWITCH, IN(struct config_app, is_sticky),
     .initial = "on",
     .help = "Whether a person stays at one back end while that is well; who has not signed in "
             "is known by the client's address, which many may share."},
    {"connect_timeout", SCHEMA_MS, 0, IN(struct config_app, connect_timeout_ms), .initial = "5s",
     RANGE("100ms", "5m"), .help = "The wait for a connection to the app."},
    {"timeout", SCHEMA_MS, 0, IN(struct config_app, timeout_ms), .initial = "85s",
     RANGE("100ms", "24h"),
     .help = "The wait for the first byte of the app's answer, anew behind each interim one (100, "
             "103)."},
    {"idle_timeout", SCHEMA_MS, 0, IN(struct config_app, idle_timeout_ms), .initial = "85s",
     RANGE("100ms", "24h"), .help = "The longest pause between two pieces of the app's answer."},
    {"total_timeout", SCHEMA_MS, 0, IN(struct config_app, total_timeout_ms), .initial = "0",
     RANGE("0", "7d"), .help = "From the request to the end of the answer; 0 is no limit."},
    {"host_header", SCHEMA_CHOICE, 0, .choices = HOST_HEADERS, IN(struct config_app, host_header),
     .initial = "internal", .help = "Of which URL the app sees the host in the Host header."},
    {"translate_headers", SCHEMA_CHOICE, 0, .choices = SCHEMA_SWITCH,
     IN(struct config_app, translates_headers), .initial = "on",
     .help =
         "Whether URLs and cookies in the headers of answers are changed from the internal to "
         "the external URL; a cookie whose name begins with __Host- keeps its path, as browsers "
         "demand, so that apps in folders of one host see each other's."},
    {"maintenance", SCHEMA_CHOICE, 0, .choices = SCHEMA_SWITCH,
     IN(struct config_app, is_in_maintenance), .initial = "off",
     .help = "Whether a page that says so answers in place of the app."},
    {"robots", SCHEMA_CHOICE, 0, .choices = ROBOTS, IN(struct config_app, robots),
     .initial = "deny",
     .help = "deny: kerbgate answers /robots.txt, and nothing is for robots; forward: the app "
             "answers it."},
    {"title", SCHEMA_TEXT, 0, IN(struct config_app, title), .example = "Personnel",
     .help = "What people read for it on the home page; name when left out."},
    {"icon", SCHEMA_FILE, APART, IN(struct config_app, icon), .example = "icons/hr.png",
     .help = "Image beside the title: PNG, ICO or SVG by its content, at most 64 KiB."},
    {"listed", SCHEMA_CHOICE, 0, .choices = LISTED, IN(struct config_app, listed),
     .initial = "auto",
     .help = "Whether the home page lists it: auto, for those who may use it; off; on, also when "
             "its pre_authentication is passthrough."},
    {"cors", SCHEMA_SECTION, LIST, CORS, LIST_IN(struct config_app, cors, cors_count),
     .mark = offsetof(struct config_cors, mark), .longest = 64,
     .help = "Which other origins may use the app from scripts (CORS); kerbgate answers for it."},
    {NULL}};
