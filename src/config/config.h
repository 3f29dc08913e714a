/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration as the rest of the program sees it: plain, immutable after loading, owned by
 * one arena. It is loaded from bytes (so that every process of one generation sees the same text)
 * and describes itself: src/config/schema.c is the one table from which loading, the messages,
 * the example file and the manual page come. Relative file names are resolved against the
 * folder of the configuration file while loading. Any thread may read it.
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "config/config_app.h"
#include "config/config_certificate.h"
#include "config/config_pages.h"
#include "net/address_range.h"

enum config_listen_mode {
    LISTEN_HTTPS,
    LISTEN_HTTP,     /* behind somebody who ended TLS */
    LISTEN_REDIRECT, /* without TLS, and answers only with the https URL */
};

/* Two PEM files. */
struct config_certificate {
    char *certificate; /* the certificate, then its chain */
    char *key;
    struct config_mark mark;
};

struct config_listen {
    char *address; /* numeric address, without brackets */
    uint16_t port;
    enum config_listen_mode mode;
    /* PEM files of the certificate for clients that name no host, or an unknown one; never NULL
     * with LISTEN_HTTPS (the first of `certificates` when the file has no other), else NULL. */
    char *certificate;
    char *key;
    struct config_certificate *certificates; /* more, chosen by the host that the client names */
    size_t certificate_count;
    bool http2;
    struct address_range *proxy_from; /* who must begin with a PROXY header */
    size_t proxy_from_count;
    struct config_mark mark;
};

struct config_throttle {
    unsigned user_attempts; /* failed sign-ins per user name within the window */
    int64_t user_window_s;
    unsigned source_attempts; /* failed sign-ins per client address (IPv6: per /64) */
    int64_t source_window_s;
};

enum config_provider_type {
    PROVIDER_FORM,
    PROVIDER_OIDC,
    PROVIDER_BEARER,
    PROVIDER_NEGOTIATE, /* the browser's own Kerberos ticket, from inside */
    PROVIDER_CERTIFICATE,
};

/* How we prove to an identity provider who asks. */
enum config_client_authentication {
    CLIENT_SECRET_BASIC,
    CLIENT_SECRET_POST,
    CLIENT_PRIVATE_KEY_JWT,
    CLIENT_TLS, /* RFC 8705 2.1 */
};

enum config_prompt { PROMPT_NONE_SAID, PROMPT_LOGIN, PROMPT_CONSENT, PROMPT_SELECT_ACCOUNT };

/* An OpenID Connect provider, or the issuer of access tokens. */
struct config_oidc {
    char *issuer; /* verbatim, https */
    char *client_id;
    enum config_client_authentication authentication;
    char *client_secret_file; /* one line; NULL: another authentication */
    char *client_key_file;    /* PEM; of CLIENT_PRIVATE_KEY_JWT and CLIENT_TLS */
    char *client_certificate; /* PEM; of CLIENT_TLS */
    char *ca;                 /* PEM file, NULL: the system's */
    char *proxy;              /* "http://host:port", NULL: none */
    char **scopes;
    size_t scope_count; /* asked for, or with type bearer had by every token */
    /* That may stand beside client_id in what it issues; with type bearer: our own names. */
    char **audiences;
    size_t audience_count;
    char **acr_values; /* one of which a sign-in must have; none: any */
    size_t acr_value_count;
    char **parameters; /* "name=value", more of the authorization request */
    size_t parameter_count;
    enum config_prompt prompt;
    int64_t max_age_s; /* since the person was asked for a proof; 0: any */
    int64_t timeout_ms;
    int64_t keep_s;          /* metadata and keys, and tokens that were verified */
    int64_t refresh_s;       /* age of what it said of somebody when it is asked again; 0: never */
    int64_t refresh_limit_s; /* age at which requests wait for its answer */
    bool front_channel_logout; /* pages of its end sessions, by frames */
    /* With type bearer: */
    char *jwks_uri;    /* NULL: its metadata say it */
    char **algorithms; /* none: all that base/jws_token.h knows */
    size_t algorithm_count;
    /* Claims that become ours of these names; NULL: none does. */
    char *upn, *on_premises_upn, *sam_account_name;
};

enum config_factor_type { FACTOR_NOTHING, FACTOR_TOTP };

/* What a form asks for after the right password. */
struct config_second_factor {
    enum config_factor_type type;
    bool is_for_enrolled; /* whoever has none signs in without */
    char *key_file;       /* one line; what people's secrets are sealed with */
    char *issuer;         /* what an authenticator shows above the code */
    bool is_sha256;       /* of secrets to come, otherwise SHA-1 */
    bool has_8_digits;    /* likewise, otherwise 6 */
};

/* Kerberos at the edge. */
struct config_negotiate {
    struct address_range *sources; /* whose browsers are asked for a ticket */
    size_t source_count;
    char *account; /* of connector.kerberos.accounts, whose keys open tickets; NULL: the first */
    char **realms; /* whose people are let in; none: that of the account */
    size_t realm_count;
    char **spns; /* that tickets may be for; none: HTTP/ and the host of the app's external URL */
    size_t spn_count;
    bool requires_binding; /* a ticket has to be bound to our certificate */
};

struct config_provider {
    char *name;
    char *label; /* for people who choose; NULL: the name */
    enum config_provider_type type;
    char *realm; /* upper-case Kerberos realm; NULL unless type is form */
    struct config_throttle throttle;
    char *password_change_url; /* of type form: where people change an expired password; or NULL */
    struct config_second_factor second_factor; /* of type form */
    struct config_oidc oidc;                   /* with types oidc and bearer */
    struct config_negotiate negotiate;         /* with type negotiate */
    struct config_certificates certificates;   /* with type certificate */
    struct config_mark mark;
};

/* Another account of the connector's, most often in a realm that the first has no way to. */
struct config_account {
    char *name; /* by which apps choose it */
    char *keytab;
    char *principal;
    struct config_mark mark;
};

struct config_kerberos {
    char *keytab;
    char *principal; /* "name@REALM" */
    struct config_account *accounts;
    size_t account_count;
    char *krb5_conf;   /* NULL: the system's */
    char **allow_spns; /* patterns with at most one '*'; not in the file: the SPNs of the apps */
    size_t allow_spn_count;
    char **deny_users; /* user names, or principals */
    size_t deny_user_count;
    char **deny_groups; /* SIDs, or names that every domain has a group of */
    size_t deny_group_count;
    int64_t timeout_ms; /* one question to the broker, queueing included */
    unsigned threads;   /* exchanges with KDCs at one time */
    bool present;       /* false: no app needs Kerberos */
};

/* Where accounts are looked up that a claim names for the directory alone, and denied groups. */
struct config_ldap {
    struct config_backend *servers; /* by names that tickets are got for; none: the realm's KDCs */
    size_t server_count;
    bool is_in_krb5_conf; /* another account's realm than the first one's: they stand there alone */
};

/* The doctor on a schedule. */
struct config_doctor {
    int64_t interval_s; /* between two runs; 0: none */
    char *user;         /* the person that it gets tickets for; NULL: nobody */
};

struct config_limits {
    size_t request_head;                       /* bytes of request line and headers from a client */
    size_t response_head;                      /* the same from a back end */
    size_t headers;                            /* header fields in one message */
    unsigned connections;                      /* client connections per worker thread */
    size_t request_body;                       /* bytes of a request's body; 0: no limit */
    unsigned streams;                          /* HTTP/2 streams of one client connection */
    unsigned requests_per_client;              /* in flight, per client address and worker thread */
    unsigned backend_connections;              /* of all apps, per worker thread */
    unsigned backend_connections_per_app;      /* per worker thread */
    unsigned backend_connections_per_identity; /* of one person to one app, per worker thread */
    unsigned tickets;                          /* service tickets kept per worker thread */
    size_t ticket_bytes;                       /* their bytes, per worker thread */
    unsigned sessions;                         /* rows in the store */
    unsigned bearer_tokens;                    /* remembered as verified, per worker */
    unsigned events;                           /* rows in the store; the oldest go first */
    int64_t head_timeout_ms;      /* from the first byte of a head to its end, TLS included */
    int64_t keepalive_timeout_ms; /* an idle client connection */
    int64_t body_timeout_ms;      /* between two pieces of a request body */
    int64_t drain_timeout_ms;     /* requests in flight at reload and stop */
};

/* A resolver for internal names. */
struct config_dns {
    char *address; /* numeric, without brackets */
    uint16_t port;
};

/* Where metrics and health are asked for. */
struct config_admin {
    char *address; /* numeric, without brackets; NULL: nowhere */
    uint16_t port;
};

enum config_access_log_format {
    ACCESS_LOG_JSON,
    ACCESS_LOG_TEXT,
};

struct config_access_log {
    char *file; /* absolute, or "-": standard output; NULL: none is written */
    enum config_access_log_format format;
};

struct config_field;

struct config {
    struct arena arena; /* owns everything below */
    char *file;         /* as named by the user */
    char *directory;    /* absolute folder of the file */
    struct config_listen *listen;
    size_t listen_count;
    unsigned threads; /* event loops per worker; 0 in the file has become one per processor */
    struct address_range *trusted_proxies; /* whose X-Forwarded-For is believed */
    size_t trusted_proxy_count;
    struct config_access_log access_log;
    struct config_admin admin;
    struct config_pages pages;
    int64_t session_idle_s, session_lifetime_s;
    bool cookie_is_persistent; /* the session's cookie outlives the browser */
    bool cookie_is_http_only;  /* scripts cannot read it */
    char *store;               /* absolute path of the SQLite file */
    char *user;        /* account of the workers when started as root; NULL: not in the file */
    char *broker_user; /* account of the broker when started as root; NULL: not in the file */
    struct config_provider *providers;
    size_t provider_count;
    char *connector_group;
    struct config_dns *dns; /* none: the system's */
    size_t dns_count;
    char **assertion_keys; /* PEM files; the first one signs */
    size_t assertion_key_count;
    struct config_kerberos kerberos;
    struct config_ldap ldap;
    struct config_doctor doctor;
    struct config_app home; /* what of it a page of ours needs: name, place, providers */
    bool has_home;
    struct config_app *apps;
    size_t app_count;
    struct str *person_headers; /* names by which an app is told who somebody is, of all apps */
    size_t person_header_count;
    struct config_limits limits;
    struct config_field *fields; /* where each value stands: config_mark_of */
    size_t field_count;
};

enum {
    CONFIG_TEXT_MAX = 1 << 20, /* bytes of a configuration file */
    CONFIG_FINDINGS_MAX = 50,  /* lines one check reports */
};

/* What was found, one line each "file:line:column: what, what was expected; the nearest valid key"
 * in the order of the file, at most CONFIG_FINDINGS_MAX. Warnings are lines whose text begins with
 * "warning: "; they make nothing fail. */
struct config_report {
    struct buf text;
    unsigned errors, warnings;
};
void config_report_init(struct config_report *r);
void config_report_fini(struct config_report *r);

/* Parses and checks `text` (the content of `file`): syntax, keys, values, and what only shows when
 * values meet (two apps at one address, a provider that is not defined, an SPN that the broker's
 * list does not allow). Opens no files but those of the time zones that it names. NULL and at least
 * one line in `r` when anything is wrong; else the caller owns the result and frees it with
 * config_free. */
struct config *config_parse(const char *file, struct str text, struct config_report *r);
void config_free(struct config *c);

/* The app's provider of that name; NULL: it has none of it. */
const struct config_provider *config_app_provider(const struct config_app *app, struct str name);
/* Its first one of that type; NULL: none. */
const struct config_provider *config_app_provider_of(const struct config_app *app,
                                                     enum config_provider_type type);
/* The number of the account whose keys open the tickets of a provider of type negotiate, as
 * config_account_of counts; SIZE_MAX: there is none of that name. */
size_t config_negotiate_account(const struct config *c, const struct config_provider *p);
/* Whether a ticket for `spn` signs people in at `host`, an external host, by the provider. */
bool config_negotiate_takes(const struct config_provider *p, struct str host, struct str spn);
/* Whether its tickets can be evidence for those that the app asks for: both are of one account. */
bool config_negotiate_feeds(const struct config_provider *p, const struct config_app *app);
/* Whether the provider may sign people in to the app. */
bool config_app_has(const struct config_app *app, const struct config_provider *provider);

/* The number of the account that gets an app's tickets: 0 for the first, from 1 on those of
 * kerberos.accounts. */
static inline size_t config_account_of(const struct config *c, const struct config_app *app) {
    return app->account ? (size_t)(app->account - c->kerberos.accounts) + 1 : 0;
}
/* The realm of the account with that number. */
struct str config_account_realm(const struct config *c, size_t number);

/* Appends the configured resolvers as net/resolve.h reads them; nothing: the system's. */
void config_resolvers(const struct config *c, struct buf *out);

/* Where the value that is stored at `field` (an address inside `c`, as `&app->spn` or
 * `&app->allow.users[2]`) was written; all zero when the file does not have it. */
struct config_mark config_mark_of(const struct config *c, const void *field);
/* The first of its values that the file has; all zero when it has none. */
struct config_mark config_allow_mark(const struct config *c, const struct config_allow *a);

/* Looks at the world around a parsed configuration: certificates and keys readable, fitting each
 * other and not expired, keytab and krb5.conf present and the keytab not readable by others, the
 * folders of store and access log there; for root, the accounts of gateway.run_as there and without
 * its rights, so that `kerbgate run` never serves as root. The keytab's content is the broker's
 * alone to read. Reports like config_parse; false when it found an error. Main thread of a process
 * that may still read those files. */
bool config_check_files(const struct config *c, struct config_report *r);

/* Reads a whole configuration file, at most CONFIG_TEXT_MAX bytes, into `out`, which it
 * initialises and the caller frees, also after a failure. */
bool config_read(const char *file, struct buf *out, struct err *e);
