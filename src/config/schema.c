/* SPDX-License-Identifier: Apache-2.0 */
#include "config/schema.h"

#define REQUIRED SCHEMA_REQUIRED
#define LIST SCHEMA_LIST
#define NOT_EMPTY SCHEMA_NOT_EMPTY
#define PLANNED SCHEMA_PLANNED
#define UNSTORED SCHEMA_UNSTORED

#define IN(type, field) .offset = offsetof(type, field), .width = sizeof(((type *)0)->field)
#define LIST_IN(type, field, number)                                                               \
    .offset = offsetof(type, field), .width = sizeof(*((type *)0)->field),                         \
    .count = offsetof(type, number)
#define RANGE(from, to) .least = (from), .most = (to)

static const struct schema_key LISTEN[] = {
    {"address", SCHEMA_LISTEN, REQUIRED, IN(struct config_listen, address),
     .example = "\"0.0.0.0:443\"", .help = "Numeric address and port, IPv6 as \"[::]:443\"."},
    {"certificate", SCHEMA_FILE, REQUIRED, IN(struct config_listen, certificate),
     .example = "tls/fullchain.pem", .help = "PEM file: the certificate, then its chain."},
    {"key", SCHEMA_FILE, REQUIRED, IN(struct config_listen, key), .example = "tls/key.pem",
     .help = "PEM file: the private key, without a passphrase."},
    {NULL}};

static const struct schema_key SESSION[] = {
    {"idle_timeout", SCHEMA_SECONDS, 0, IN(struct config, session_idle_s), .initial = "1h",
     RANGE("1s", "30d"), .help = "A session that is not used for this long ends."},
    {"lifetime", SCHEMA_SECONDS, 0, IN(struct config, session_lifetime_s), .initial = "12h",
     RANGE("1s", "90d"), .help = "A session ends this long after the sign-in, used or not."},
    {NULL}};

static const struct schema_key RUN_AS[] = {
    {"user", SCHEMA_NAME, 0, IN(struct config, user), .example = "kerbgate",
     .help = "Account of the processes that serve HTTP; required when started as root."},
    {"broker_user", SCHEMA_NAME, 0, IN(struct config, broker_user), .example = "kerbgate-broker",
     .help = "Account of the process that holds the keytab; required when started as root with "
             "connector.kerberos."},
    {NULL}};

static const struct schema_key LIMITS[] = {
    {"request_head", SCHEMA_SIZE, 0, IN(struct config, limits.request_head), .initial = "32KiB",
     RANGE("1KiB", "1MiB"), .help = "Request line and headers from a client."},
    {"response_head", SCHEMA_SIZE, 0, IN(struct config, limits.response_head), .initial = "64KiB",
     RANGE("1KiB", "1MiB"), .help = "Status line and headers from a back end."},
    {"headers", SCHEMA_COUNT, 0, IN(struct config, limits.headers), .initial = "100",
     RANGE("10", "1000"), .help = "Header fields in one message."},
    {"connections", SCHEMA_COUNT, 0, IN(struct config, limits.connections), .initial = "10000",
     RANGE("1", "1000000"), .help = "Client connections per thread."},
    {"backend_connections_per_app", SCHEMA_COUNT, 0,
     IN(struct config, limits.backend_connections_per_app), .initial = "256", RANGE("1", "65536"),
     .help = "Connections to the back end of one app per thread."},
    {"tickets", SCHEMA_COUNT, 0, IN(struct config, limits.tickets), .initial = "10000",
     RANGE("1", "1000000"), .help = "Service tickets kept per thread."},
    {"sessions", SCHEMA_COUNT, 0, IN(struct config, limits.sessions), .initial = "100000",
     RANGE("1", "10000000"), .help = "Sessions kept in the store."},
    {"events", SCHEMA_COUNT, 0, IN(struct config, limits.events), .initial = "100000",
     RANGE("1", "100000000"), .help = "Events kept in the store; the oldest go first."},
    {"head_timeout", SCHEMA_MS, 0, IN(struct config, limits.head_timeout_ms), .initial = "15s",
     RANGE("100ms", "10m"),
     .help = "A client's time for the TLS handshake, and for one request's headers."},
    {"keepalive_timeout", SCHEMA_MS, 0, IN(struct config, limits.keepalive_timeout_ms),
     .initial = "60s", RANGE("100ms", "1h"), .help = "An idle client connection is closed."},
    {"body_timeout", SCHEMA_MS, 0, IN(struct config, limits.body_timeout_ms), .initial = "60s",
     RANGE("100ms", "1h"), .help = "The longest pause between two pieces of a request's body."},
    {"drain_timeout", SCHEMA_MS, 0, IN(struct config, limits.drain_timeout_ms), .initial = "30s",
     RANGE("100ms", "1h"), .help = "Requests in flight may finish for this long at a stop."},
    {NULL}};

static const struct schema_key GATEWAY[] = {
    {"listen", SCHEMA_SECTION, REQUIRED | LIST | NOT_EMPTY, LISTEN,
     LIST_IN(struct config, listen, listen_count), .mark = offsetof(struct config_listen, mark),
     .why_not_empty = "nobody could connect", .help = "Where browsers connect, always by TLS."},
    {"session", SCHEMA_SECTION, 0, SESSION, .help = "How long a sign-in lasts."},
    {"threads", SCHEMA_COUNT, 0, IN(struct config, threads), .initial = "0", RANGE("0", "256"),
     .help = "Event loops; 0 is one per processor."},
    {"run_as", SCHEMA_SECTION, 0, RUN_AS, .help = "Accounts to change to when started as root."},
    {"limits", SCHEMA_SECTION, 0, LIMITS,
     .help = "Every queue, table and wait has an end; these are the ends."},
    {"admin", SCHEMA_SECTION, PLANNED, .help = "Administration over HTTP."},
    {"connectors", SCHEMA_SECTION, PLANNED, .help = "Where remote connectors dial in."},
    {NULL}};

static const struct schema_choice PROVIDER_TYPES[] = {
    {"form", PROVIDER_FORM, false}, {"oidc", 0, true}, {NULL, 0, false}};

static const struct schema_key THROTTLE[] = {
    {"user_attempts", SCHEMA_COUNT, 0, IN(struct config_provider, throttle.user_attempts),
     .initial = "3", RANGE("1", "1000"),
     .help = "Failed sign-ins of one user name within user_window; keep it below the domain's "
             "lock-out threshold."},
    {"user_window", SCHEMA_SECONDS, 0, IN(struct config_provider, throttle.user_window_s),
     .initial = "30m", RANGE("1s", "7d"), .help = "How long a failed sign-in counts for a user."},
    {"source_attempts", SCHEMA_COUNT, 0, IN(struct config_provider, throttle.source_attempts),
     .initial = "20", RANGE("1", "1000000"),
     .help = "Failed sign-ins from one client address (IPv6: one /64 network) within "
             "source_window."},
    {"source_window", SCHEMA_SECONDS, 0, IN(struct config_provider, throttle.source_window_s),
     .initial = "10m", RANGE("1s", "7d"),
     .help = "How long a failed sign-in counts for a client address."},
    {NULL}};

static const struct schema_key PROVIDER[] = {
    {"name", SCHEMA_NAME, REQUIRED, IN(struct config_provider, name), .example = "staff",
     .help = "What the pre_authentication of an app names."},
    {"type", SCHEMA_CHOICE, REQUIRED, .choices = PROVIDER_TYPES, IN(struct config_provider, type),
     .example = "form",
     .help = "form: a page asks for user name and password, and the domain "
             "checks them."},
    {"realm", SCHEMA_REALM, REQUIRED, IN(struct config_provider, realm), .example = "CORP.EXAMPLE",
     .help = "Kerberos realm whose KDC checks the password."},
    {"throttle", SCHEMA_SECTION, 0, THROTTLE, .help = "When failed sign-ins are slowed down."},
    {"issuer", SCHEMA_USER, PLANNED, .help = "OpenID Connect."},
    {"client_id", SCHEMA_USER, PLANNED, .help = "OpenID Connect."},
    {"client_secret_file", SCHEMA_FILE, PLANNED, .help = "OpenID Connect."},
    {NULL}};

static const struct schema_key KERBEROS[] = {
    {"keytab", SCHEMA_FILE, REQUIRED, IN(struct config, kerberos.keytab),
     .example = "connector.keytab",
     .help = "Keys of the connector's account; leave the file to root, mode 0600."},
    {"principal", SCHEMA_PRINCIPAL, REQUIRED, IN(struct config, kerberos.principal),
     .example = "\"svc-kerbgate@CORP.EXAMPLE\"",
     .help = "The connector's account in the domain, with its realm."},
    {"krb5_conf", SCHEMA_FILE, 0, IN(struct config, kerberos.krb5_conf), .example = "krb5.conf",
     .help = "Kerberos library configuration; the system's when left out."},
    {"allow_spns", SCHEMA_SPN_PATTERN, LIST,
     LIST_IN(struct config, kerberos.allow_spns, kerberos.allow_spn_count),
     .example = "[\"HTTP/*.corp.example\"]",
     .help = "SPNs the broker gets tickets to, with at most one '*' each; exactly those of the "
             "apps when left out."},
    {"deny_users", SCHEMA_USER, LIST,
     LIST_IN(struct config, kerberos.deny_users, kerberos.deny_user_count), .example = "[]",
     .help = "People the broker gets no ticket for."},
    {"deny_groups", SCHEMA_USER, LIST | PLANNED, .help = "Groups the broker gets no ticket for."},
    {"timeout", SCHEMA_MS, 0, IN(struct config, kerberos.timeout_ms), .initial = "10s",
     RANGE("100ms", "5m"), .help = "The wait for a ticket."},
    {"threads", SCHEMA_COUNT, 0, IN(struct config, kerberos.threads), .initial = "4",
     RANGE("1", "64"), .help = "Exchanges with KDCs at one time."},
    {NULL}};

static const struct schema_choice GATEWAYS[] = {{"local", 0, false}, {NULL, 0, false}};

static const struct schema_key CONNECTOR[] = {
    {"group", SCHEMA_NAME, 0, IN(struct config, connector_group), .initial = "default",
     .help = "Name that apps choose this connector by."},
    {"gateways", SCHEMA_CHOICE, UNSTORED, .choices = GATEWAYS, .initial = "local",
     .planned_form = "a list of gateways to dial",
     .help = "local: gateway and connector are this one machine."},
    {"dns", SCHEMA_DNS, LIST, LIST_IN(struct config, dns, dns_count), .example = "[\"10.0.0.10\"]",
     .help = "Resolvers for internal names, with :port if it is not 53; the system's when left "
             "out."},
    {"kerberos", SCHEMA_SECTION, 0, KERBEROS,
     .help = "Needed by apps with sso mode kerberos and by providers of type form."},
    {NULL}};

static const struct schema_key ALLOW[] = {
    {"users", SCHEMA_USER, LIST | NOT_EMPTY | REQUIRED,
     LIST_IN(struct config_app, allow_users, allow_user_count),
     .why_not_empty = "nobody could ever enter; leave allow out to let in everybody who signed in",
     .example = "[\"alice@corp.example\", bob]", .help = "The only people who may use the app."},
    {"groups", SCHEMA_USER, LIST | PLANNED, .help = "Groups whose members may use the app."},
    {NULL}};

static const struct schema_choice SSO_MODES[] = {{"kerberos", SSO_KERBEROS, false},
                                                 {"none", SSO_NONE, false},
                                                 {"headers", 0, true},
                                                 {NULL, 0, false}};

static const struct schema_choice LOGIN_IDENTITIES[] = {
    {"user_principal_name", LOGIN_USER_PRINCIPAL_NAME, false},
    {"on_premises_user_principal_name", LOGIN_ON_PREMISES_USER_PRINCIPAL_NAME, false},
    {"user_principal_username", LOGIN_USER_PRINCIPAL_USERNAME, false},
    {"on_premises_user_principal_username", LOGIN_ON_PREMISES_USER_PRINCIPAL_USERNAME, false},
    {"on_premises_sam_account_name", LOGIN_ON_PREMISES_SAM_ACCOUNT_NAME, false},
    {NULL, 0, false}};

static const struct schema_choice TOKENS[] = {
    {"spnego", TOKEN_SPNEGO, false}, {"krb5", TOKEN_KRB5, false}, {NULL, 0, false}};
static const struct schema_choice NEGOTIATE[] = {
    {"preemptive", 0, false}, {"on_challenge", 0, true}, {NULL, 0, false}};
static const struct schema_choice AUTHENTICATE[] = {
    {"request", 0, false}, {"connection", 0, true}, {NULL, 0, false}};
static const struct schema_choice MUTUAL[] = {
    {"optional", 0, false}, {"required", 0, true}, {NULL, 0, false}};

static const struct schema_key SSO[] = {
    {"mode", SCHEMA_CHOICE, REQUIRED, .choices = SSO_MODES, IN(struct config_app, sso),
     .initial = "none", .example = "kerberos",
     .help = "kerberos: the app gets a ticket in the name of the person; none: it asks itself."},
    {"spn", SCHEMA_SPN, 0, IN(struct config_app, spn), .example = "HTTP/hr.corp.example",
     .help = "Service principal name of the app, taken as it is written; required with mode "
             "kerberos."},
    {"login_identity", SCHEMA_CHOICE, 0, .choices = LOGIN_IDENTITIES,
     IN(struct config_app, login_identity), .initial = "user_principal_name",
     .planned_form = "the form { claim: ..., as: ... }",
     .help = "Which name of the person the ticket is asked for."},
    {"negotiate", SCHEMA_CHOICE, UNSTORED, .choices = NEGOTIATE, .initial = "preemptive",
     .help = "When the token is sent: with every request."},
    {"token", SCHEMA_CHOICE, 0, .choices = TOKENS, IN(struct config_app, token),
     .initial = "spnego", .help = "How the ticket is wrapped."},
    {"authenticate", SCHEMA_CHOICE, UNSTORED, .choices = AUTHENTICATE, .initial = "request",
     .help = "What one token vouches for."},
    {"channel_binding", SCHEMA_NAME, PLANNED, .help = "Binds the token to the TLS connection."},
    {"mutual", SCHEMA_CHOICE, UNSTORED, .choices = MUTUAL, .initial = "optional",
     .help = "Whether the back end must prove itself by Kerberos."},
    {NULL}};

static const struct schema_key BACKEND_TLS[] = {
    {"ca", SCHEMA_FILE, 0, IN(struct config_app, backend_ca), .example = "internal-ca.pem",
     .help = "PEM file of the authorities that are trusted; the system's when left out."},
    {"name", SCHEMA_HOST, 0, IN(struct config_app, backend_name), .example = "hr.corp.example",
     .help = "Name in the back end's certificate; the host of internal_url when left out."},
    {NULL}};

static const struct schema_key APP[] = {
    {"name", SCHEMA_NAME, REQUIRED, IN(struct config_app, name), .example = "hr",
     .help = "Name of the app in commands, logs and events."},
    {"external_url", SCHEMA_URL, REQUIRED, IN(struct config_app, external),
     .example = "https://hr.example.com/", .help = "Where people find the app; ends with '/'."},
    {"internal_url", SCHEMA_URL, REQUIRED, IN(struct config_app, internal),
     .example = "https://hr.corp.example/", .help = "Where the app really is; ends with '/'."},
    {"pre_authentication", SCHEMA_PROVIDER, REQUIRED, IN(struct config_app, provider),
     .example = "staff",
     .help = "Name of an identity provider; or passthrough: everybody reaches the app, unasked."},
    {"allow", SCHEMA_SECTION, 0, ALLOW,
     .help = "Who may use the app; everybody who signed in when left out."},
    {"connector_group", SCHEMA_NAME, 0, IN(struct config_app, connector_group),
     .initial = "default", .help = "Group of the connector that reaches the app."},
    {"sso", SCHEMA_SECTION, 0, SSO,
     .help = "How the person is signed in to the app; mode none when left out."},
    {"backend_tls", SCHEMA_SECTION, 0, BACKEND_TLS,
     .help = "How the certificate of an https back end is verified; it always is."},
    {"timeout", SCHEMA_MS, 0, IN(struct config_app, timeout_ms), .initial = "85s",
     RANGE("100ms", "24h"), .help = "The wait for the next byte of the app's answer."},
    {"connect_timeout", SCHEMA_MS, 0, IN(struct config_app, connect_timeout_ms), .initial = "5s",
     RANGE("100ms", "5m"), .help = "The wait for a connection to the app."},
    {NULL}};

const struct schema_key SCHEMA_ROOT[] = {
    {"gateway", SCHEMA_SECTION, REQUIRED, GATEWAY, .help = "The side that faces people."},
    {"store", SCHEMA_STORE, 0, IN(struct config, store),
     .initial = "sqlite:/var/lib/kerbgate/state.db",
     .help = "Where sessions and events are kept: sqlite: and a file."},
    {"identity_providers", SCHEMA_SECTION, LIST, PROVIDER,
     LIST_IN(struct config, providers, provider_count),
     .mark = offsetof(struct config_provider, mark), .help = "Who says who somebody is."},
    {"connector", SCHEMA_SECTION, 0, CONNECTOR, .help = "The side that faces the apps."},
    {"apps", SCHEMA_SECTION, REQUIRED | LIST | NOT_EMPTY, APP,
     LIST_IN(struct config, apps, app_count), .mark = offsetof(struct config_app, mark),
     .why_not_empty = "there would be nothing to reach", .help = "What is published."},
    {NULL}};
