/* SPDX-License-Identifier: Apache-2.0 */
#include "config/schema_row.h"

#include "base/jws.h"

const struct schema_choice SCHEMA_SWITCH[] = {
    {.name = "off", .value = false}, {.name = "on", .value = true}, {.name = NULL}};

static const struct schema_key CERTIFICATE[] = {
    {"certificate", SCHEMA_FILE, REQUIRED, IN(struct config_certificate, certificate),
     .example = "tls/example.org.pem", .help = "PEM file: the certificate, then its chain."},
    {"key", SCHEMA_FILE, REQUIRED, IN(struct config_certificate, key),
     .example = "tls/example.org.key.pem", .help = "PEM file: its key, without a passphrase."},
    {NULL}};

static const struct schema_choice LISTEN_MODES[] = {{.name = "https", .value = LISTEN_HTTPS},
                                                    {.name = "http", .value = LISTEN_HTTP},
                                                    {.name = "redirect", .value = LISTEN_REDIRECT},
                                                    {.name = NULL}};

static const struct schema_key LISTEN[] = {
    {"address", SCHEMA_LISTEN, REQUIRED, IN(struct config_listen, address),
     .example = "\"0.0.0.0:443\"", .help = "Numeric address and port, IPv6 as \"[::]:443\"."},
    {"mode", SCHEMA_CHOICE, 0, .choices = LISTEN_MODES, IN(struct config_listen, mode),
     .initial = "https",
     .help = "https: by TLS; http: in clear, for a proxy in front that has ended TLS and is in "
             "trusted_proxies or proxy_protocol_from; redirect: in clear, and every request is "
             "sent to the https URL."},
    {"certificate", SCHEMA_FILE, 0, IN(struct config_listen, certificate),
     .example = "tls/fullchain.pem",
     .help = "PEM file: the certificate, then its chain; with mode https it and key, or one of "
             "certificates, are required."},
    {"key", SCHEMA_FILE, 0, IN(struct config_listen, key), .example = "tls/key.pem",
     .help = "PEM file: the private key, without a passphrase."},
    {"certificates", SCHEMA_SECTION, LIST, CERTIFICATE,
     LIST_IN(struct config_listen, certificates, certificate_count),
     .mark = offsetof(struct config_certificate, mark), .longest = 1000,
     .help = "More certificates, chosen by the host that the browser names (SNI)."},
    {"http2", SCHEMA_CHOICE, 0, .choices = SCHEMA_SWITCH, IN(struct config_listen, http2),
     .initial = "on", .help = "Whether HTTP/2 is offered beside HTTP/1.1."},
    {"proxy_protocol_from", SCHEMA_RANGE, LIST,
     LIST_IN(struct config_listen, proxy_from, proxy_from_count), .example = "[]", .longest = 1000,
     .help = "Proxies in front, by address or network, that must begin each connection with a "
             "PROXY header; all others must not."},
    {NULL}};

static const struct schema_choice SECURE[] = {
    {.name = "on"},
    {.name = "off",
     .never = "would send the cookie in clear too, and external_url is always https"},
    {.name = NULL}};

static const struct schema_key COOKIE[] = {
    {"persistent", SCHEMA_CHOICE, 0, .choices = SCHEMA_SWITCH,
     IN(struct config, cookie_is_persistent), .initial = "off",
     .help = "Whether the sign-in outlives the browser, for as long as session.lifetime."},
    {"http_only", SCHEMA_CHOICE, 0, .choices = SCHEMA_SWITCH,
     IN(struct config, cookie_is_http_only), .initial = "on",
     .help = "Whether the cookie is kept from scripts in the page."},
    {"secure", SCHEMA_CHOICE, UNSTORED, .choices = SECURE, .initial = "on",
     .help = "Always on: the cookie is for https alone, as every external_url is."},
    {NULL}};

static const struct schema_key SESSION[] = {
    {"idle_timeout", SCHEMA_SECONDS, 0, IN(struct config, session_idle_s), .initial = "1h",
     RANGE("1s", "30d"), .help = "A session that is not used for this long ends."},
    {"lifetime", SCHEMA_SECONDS, 0, IN(struct config, session_lifetime_s), .initial = "12h",
     RANGE("1s", "90d"), .help = "A session ends this long after the sign-in, used or not."},
    {"cookie", SCHEMA_SECTION, 0, COOKIE, .help = "The cookie that a session is known by."},
    {NULL}};

static const struct schema_key ADMIN[] = {
    {"address", SCHEMA_LISTEN, REQUIRED, IN(struct config, admin.address),
     .example = "\"127.0.0.1:9090\"", .help = "Numeric address and port, IPv6 as \"[::1]:9090\"."},
    {NULL}};

static const struct schema_choice ACCESS_LOG_FORMATS[] = {
    {.name = "json", .value = ACCESS_LOG_JSON},
    {.name = "text", .value = ACCESS_LOG_TEXT},
    {.name = NULL}};

static const struct schema_key ACCESS_LOG[] = {
    {"file", SCHEMA_LOG, REQUIRED, IN(struct config, access_log.file),
     .example = "/var/log/kerbgate/access.log",
     .help = "The file it is appended to; \"-\" is standard output."},
    {"format", SCHEMA_CHOICE, 0, .choices = ACCESS_LOG_FORMATS,
     IN(struct config, access_log.format), .initial = "json", .help = "How a line is written."},
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
    {"request_body", SCHEMA_SIZE, 0, IN(struct config, limits.request_body), .initial = "0",
     RANGE("0", "1048576GiB"), .help = "Body of a request; 0 is no limit."},
    {"streams", SCHEMA_COUNT, 0, IN(struct config, limits.streams), .initial = "100",
     RANGE("1", "10000"), .help = "Requests at one time in one HTTP/2 connection."},
    {"requests_per_client", SCHEMA_COUNT, 0, IN(struct config, limits.requests_per_client),
     .initial = "256", RANGE("1", "1000000"),
     .help = "Requests at one time from one client address (IPv6: one /64 network) per thread."},
    {"backend_connections", SCHEMA_COUNT, 0, IN(struct config, limits.backend_connections),
     .initial = "4096", RANGE("1", "1000000"),
     .help = "Connections to the back ends of all apps per thread."},
    {"backend_connections_per_app", SCHEMA_COUNT, 0,
     IN(struct config, limits.backend_connections_per_app), .initial = "256", RANGE("1", "65536"),
     .help = "Connections to the back ends of one app per thread."},
    {"backend_connections_per_identity", SCHEMA_COUNT, 0,
     IN(struct config, limits.backend_connections_per_identity), .initial = "32",
     RANGE("1", "65536"),
     .help = "Connections to the back ends of one app in the name of one person per thread; of who "
             "has not signed in, of one connection, not counting those that plain requests share."},
    {"tickets", SCHEMA_COUNT, 0, IN(struct config, limits.tickets), .initial = "10000",
     RANGE("1", "1000000"), .help = "Service tickets kept per thread."},
    {"ticket_bytes", SCHEMA_SIZE, 0, IN(struct config, limits.ticket_bytes), .initial = "128MiB",
     RANGE("1MiB", "64GiB"),
     .help =
         "Memory for service tickets per thread, with what their tokens are made of; one is 7 to "
         "10 KiB, of somebody in a thousand groups up to 220 KiB."},
    {"sessions", SCHEMA_COUNT, 0, IN(struct config, limits.sessions), .initial = "100000",
     RANGE("1", "10000000"), .help = "Sessions kept in the store."},
    {"bearer_tokens", SCHEMA_COUNT, 0, IN(struct config, limits.bearer_tokens), .initial = "8192",
     RANGE("16", "1000000"),
     .help =
         "Access tokens remembered as verified, of all threads together; one is about 2 KiB and "
         "16 KiB at the most, and one more takes the place of one that was not used for long."},
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
     .why_not_empty = "nobody could connect", .help = "Where browsers connect."},
    {"trusted_proxies", SCHEMA_RANGE, LIST,
     LIST_IN(struct config, trusted_proxies, trusted_proxy_count), .example = "[]", .longest = 1000,
     .help = "Proxies in front, by address or network, whose X-Forwarded-For says who the client "
             "is; nobody else's is believed."},
    {"access_log", SCHEMA_SECTION, 0, ACCESS_LOG,
     .help =
         "A line for each request, with the fields of docs/events.md; after the file was renamed, "
         "kerbgate reload begins the next."},
    {"session", SCHEMA_SECTION, 0, SESSION, .help = "How long a sign-in lasts."},
    {"threads", SCHEMA_COUNT, 0, IN(struct config, threads), .initial = "0", RANGE("0", "256"),
     .help = "Event loops; 0 is one per processor."},
    {"run_as", SCHEMA_SECTION, 0, RUN_AS, .help = "Accounts to change to when started as root."},
    {"limits", SCHEMA_SECTION, 0, LIMITS,
     .help = "Every queue, table and wait has an end; these are the ends."},
    {"pages", SCHEMA_SECTION, 0, SCHEMA_PAGES,
     .help = "How kerbgate's own pages look, and in which languages; docs/pages.md."},
    {"admin", SCHEMA_SECTION, 0, ADMIN,
     .help = "Where /metrics (Prometheus), /healthz and /readyz are asked for, in clear and "
             "without sign-in; nowhere when left out."},
    {"connectors", SCHEMA_SECTION, PLANNED, .help = "Where remote connectors dial in."},
    {NULL}};

static const struct schema_key ACCOUNT[] = {
    {"name", SCHEMA_NAME, REQUIRED, IN(struct config_account, name), .example = "partner",
     .help = "Name that apps choose it by (sso.account)."},
    {"keytab", SCHEMA_FILE, REQUIRED, IN(struct config_account, keytab),
     .example = "partner.keytab", .help = "Its keys; leave the file to root, mode 0600."},
    {"principal", SCHEMA_PRINCIPAL, REQUIRED, IN(struct config_account, principal),
     .example = "\"svc-kerbgate@PARTNER.EXAMPLE\"", .help = "The account, with its realm."},
    {NULL}};

static const struct schema_key KERBEROS[] = {
    {"keytab", SCHEMA_FILE, REQUIRED, IN(struct config, kerberos.keytab),
     .example = "connector.keytab",
     .help = "Keys of the connector's account; leave the file to root, mode 0600."},
    {"principal", SCHEMA_PRINCIPAL, REQUIRED, IN(struct config, kerberos.principal),
     .example = "\"svc-kerbgate@CORP.EXAMPLE\"",
     .help = "The connector's account in the domain, with its realm."},
    {"accounts", SCHEMA_SECTION, LIST, ACCOUNT,
     LIST_IN(struct config, kerberos.accounts, kerberos.account_count), .longest = 16,
     .mark = offsetof(struct config_account, mark),
     .help = "More accounts of the connector's, for realms that no trust leads to: each gets the "
             "tickets of the apps that name it, and proves the KDC of its realm to people who sign "
             "in there."},
    {"krb5_conf", SCHEMA_FILE, 0, IN(struct config, kerberos.krb5_conf), .example = "krb5.conf",
     .help = "Kerberos library configuration; the system's when left out."},
    {"allow_spns", SCHEMA_SPN_PATTERN, LIST,
     LIST_IN(struct config, kerberos.allow_spns, kerberos.allow_spn_count),
     .example = "[\"HTTP/*.corp.example\"]",
     .help = "SPNs the broker gets tickets to, with at most one '*' each; exactly those of the "
             "apps when left out."},
    {"deny_users", SCHEMA_USER, LIST,
     LIST_IN(struct config, kerberos.deny_users, kerberos.deny_user_count), .example = "[]",
     .help = "People the broker gets no ticket for, with or without a realm or NetBIOS domain. "
             "Letters beyond A to Z are to be spelled as the directory has them."},
    {"deny_groups", SCHEMA_GROUP, LIST,
     LIST_IN(struct config, kerberos.deny_groups, kerberos.deny_group_count), .longest = 64,
     .example = "[\"Domain Admins\", \"Enterprise Admins\"]",
     .help = "Groups whose members, nested ones too, the broker gets no ticket for: SIDs, names "
             "that every domain has a group of, which is that of every domain, or other names, "
             "which the directory is asked for once; those not with accounts."},
    {"timeout", SCHEMA_MS, 0, IN(struct config, kerberos.timeout_ms), .initial = "10s",
     RANGE("100ms", "5m"), .help = "The wait for a ticket."},
    {"threads", SCHEMA_COUNT, 0, IN(struct config, kerberos.threads), .initial = "4",
     RANGE("1", "64"), .help = "Exchanges with KDCs at one time."},
    {NULL}};

static const struct schema_key DIRECTORY[] = {
    {"servers", SCHEMA_BACKEND, LIST | NOT_EMPTY,
     LIST_IN(struct config, ldap.servers, ldap.server_count), .longest = 16,
     .why_not_empty = "leave it out to use the KDCs of krb5.conf",
     .example = "[\"dc1.corp.example:389\"]",
     .help =
         "Domain controllers by their own names and LDAP ports, 3268 for the global catalogue of "
         "the forest; those that krb5.conf names as KDCs of the realm when left out."},
    {NULL}};

static const struct schema_key DOCTOR[] = {
    {"interval", SCHEMA_SECONDS, 0, IN(struct config, doctor.interval_s), .initial = "1h",
     RANGE("0s", "7d"), .help = "Between two runs; 0s: none."},
    {"user", SCHEMA_USER, 0, IN(struct config, doctor.user), .example = "alice",
     .help = "A person, best one that is there for this, whose tickets to all apps are tried; "
             "without one, only what needs nobody is."},
    {NULL}};

static const struct schema_choice GATEWAYS[] = {{"local"}, {NULL}};

static const struct schema_key CONNECTOR[] = {
    {"group", SCHEMA_NAME, 0, IN(struct config, connector_group), .initial = "default",
     .help = "Name that apps choose this connector by."},
    {"gateways", SCHEMA_CHOICE, UNSTORED, .choices = GATEWAYS, .initial = "local",
     .planned_form = "a list of gateways to dial",
     .help = "local: gateway and connector are this one machine."},
    {"dns", SCHEMA_DNS, LIST, LIST_IN(struct config, dns, dns_count), .example = "[\"10.0.0.10\"]",
     .help = "Resolvers for internal names, with :port if it is not 53; the system's when left "
             "out."},
    {"assertion_keys", SCHEMA_FILE, LIST,
     LIST_IN(struct config, assertion_keys, assertion_key_count), .longest = JWS_KEYS_MAX,
     .example = "[assertion.key]",
     .help = "PEM files of private keys, EC on P-256 or RSA, without a passphrase: the first signs "
             "the assertions of apps, the public halves of all are at /.kerbgate/jwks.json; "
             "the files must be root's, with mode 0600."},
    {"kerberos", SCHEMA_SECTION, 0, KERBEROS,
     .help = "Needed by apps with sso mode kerberos and by providers of type form."},
    {"directory", SCHEMA_SECTION, 0, DIRECTORY,
     .help = "Where accounts are looked up by name or SID, and denied groups by name; asked with "
             "the connector's own ticket, sealed."},
    {"doctor", SCHEMA_SECTION, 0, DOCTOR,
     .help = "kerbgate doctor on a schedule: what it finds is in the metrics, behind /readyz and "
             "among the events, best before anybody notices."},
    {NULL}};

static const struct schema_key HOME[] = {
    {"external_url", SCHEMA_URL, REQUIRED, IN(struct config, home.external),
     .example = "https://apps.example.com/",
     .help = "Where people find it; ends with '/'; apps may be below it, and then have one sign-in "
             "with it."},
    {"pre_authentication", SCHEMA_PROVIDER, REQUIRED | LIST | NOT_EMPTY | LONE,
     LIST_IN(struct config, home.providers, home.provider_count), .longest = CONFIG_PROVIDERS_MAX,
     .example = "staff", .why_not_empty = "it lists apps for somebody who is known",
     .help = "Name of an identity provider, or a list of those of whom each may sign people in; "
             "listed are apps of the one that somebody has signed in at."},
    {NULL}};

const struct schema_key SCHEMA_ROOT[] = {
    {"gateway", SCHEMA_SECTION, REQUIRED, GATEWAY, .help = "The side that faces people."},
    {"store", SCHEMA_STORE, 0, IN(struct config, store),
     .initial = "sqlite:/var/lib/kerbgate/state.db",
     .help = "Where sessions and events are kept: sqlite: and a file."},
    {"identity_providers", SCHEMA_SECTION, LIST, SCHEMA_PROVIDER_KEYS,
     LIST_IN(struct config, providers, provider_count),
     .mark = offsetof(struct config_provider, mark), .help = "Who says who somebody is."},
    {"connector", SCHEMA_SECTION, 0, CONNECTOR, .help = "The side that faces the apps."},
    {"apps", SCHEMA_SECTION, REQUIRED | LIST | NOT_EMPTY, SCHEMA_APP,
     LIST_IN(struct config, apps, app_count), .mark = offsetof(struct config_app, mark),
     .why_not_empty = "there would be nothing to reach", .help = "What is published."},
    {"home", SCHEMA_SECTION, 0, HOME,
     .help =
         "A page that lists the apps which somebody may use (docs/pages.md); none when left out."},
    {NULL}};
