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
#include "http/url.h"

/* Where a value stands in the file, 1-based; for the messages of later checks. */
struct config_mark {
    unsigned line, column;
};

struct config_listen {
    char *address; /* numeric address, without brackets */
    uint16_t port;
    char *certificate; /* PEM chain */
    char *key;         /* PEM */
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
};

struct config_provider {
    char *name;
    enum config_provider_type type;
    char *realm; /* upper-case Kerberos realm */
    struct config_throttle throttle;
    struct config_mark mark;
};

enum config_sso_mode {
    SSO_KERBEROS,
    SSO_NONE,
};

enum config_token {
    TOKEN_SPNEGO,
    TOKEN_KRB5,
};

/* The five names of the original. */
enum config_login_identity {
    LOGIN_USER_PRINCIPAL_NAME,
    LOGIN_ON_PREMISES_USER_PRINCIPAL_NAME,
    LOGIN_USER_PRINCIPAL_USERNAME,
    LOGIN_ON_PREMISES_USER_PRINCIPAL_USERNAME,
    LOGIN_ON_PREMISES_SAM_ACCOUNT_NAME,
};

struct config_app {
    char *name;
    struct url external;                    /* scheme https, path ends with '/' */
    struct url internal;                    /* scheme http or https, path ends with '/' */
    const struct config_provider *provider; /* NULL: passthrough */
    char **allow_users;                     /* NULL: everybody who signed in */
    size_t allow_user_count;
    enum config_sso_mode sso;
    char *connector_group;
    char *spn; /* "HTTP/host", verbatim; NULL unless sso is kerberos */
    enum config_login_identity login_identity;
    enum config_token token;
    char *backend_ca;   /* PEM file, NULL: the system's */
    char *backend_name; /* expected name in the certificate, NULL: the URL's host */
    int64_t timeout_ms; /* wait for the first byte of the answer, and for each next one */
    int64_t connect_timeout_ms;
    struct config_mark mark;
};

struct config_kerberos {
    char *keytab;
    char *principal;   /* "name@REALM" */
    char *krb5_conf;   /* NULL: the system's */
    char **allow_spns; /* patterns with at most one '*'; not in the file: the SPNs of the apps */
    size_t allow_spn_count;
    char **deny_users; /* user names, or principals */
    size_t deny_user_count;
    int64_t timeout_ms; /* one question to the broker, queueing included */
    unsigned threads;   /* exchanges with KDCs at one time */
    bool present;       /* false: no app needs Kerberos */
};

struct config_limits {
    size_t request_head;                  /* bytes of request line and headers from a client */
    size_t response_head;                 /* the same from a back end */
    size_t headers;                       /* header fields in one message */
    unsigned connections;                 /* client connections per worker thread */
    unsigned backend_connections_per_app; /* per worker thread */
    unsigned tickets;                     /* service tickets kept per worker thread */
    unsigned sessions;                    /* rows in the store */
    unsigned events;                      /* rows in the store; the oldest go first */
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

struct config_field;

struct config {
    struct arena arena; /* owns everything below */
    char *file;         /* as named by the user */
    char *directory;    /* absolute folder of the file */
    struct config_listen *listen;
    size_t listen_count;
    unsigned threads; /* event loops per worker; 0 in the file has become one per processor */
    int64_t session_idle_s, session_lifetime_s;
    char *store;       /* absolute path of the SQLite file */
    char *user;        /* account of the workers when started as root; NULL: not in the file */
    char *broker_user; /* account of the broker when started as root; NULL: not in the file */
    struct config_provider *providers;
    size_t provider_count;
    char *connector_group;
    struct config_dns *dns; /* none: the system's */
    size_t dns_count;
    struct config_kerberos kerberos;
    struct config_app *apps;
    size_t app_count;
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
 * list does not allow). Opens no file. NULL and at least one line in `r` when anything is wrong;
 * else the caller owns the result and frees it with config_free. */
struct config *config_parse(const char *file, struct str text, struct config_report *r);
void config_free(struct config *c);

/* Where the value that is stored at `field` (an address inside `c`, as `&app->spn` or
 * `&app->allow_users[2]`) was written; all zero when the file does not have it. */
struct config_mark config_mark_of(const struct config *c, const void *field);

/* Looks at the world around a parsed configuration: certificates and keys readable, fitting each
 * other and not expired, keytab and krb5.conf present and the keytab not readable by others, the
 * store's folder there; for root, the accounts of gateway.run_as there and without its rights, so
 * that `kerbgate run` never serves as root. The keytab's content is the broker's alone to read.
 * Reports like config_parse; false when it found an error. Main thread of a process that may still
 * read those files. */
bool config_check_files(const struct config *c, struct config_report *r);

/* Reads a whole configuration file, at most CONFIG_TEXT_MAX bytes, into `out`, which it
 * initialises and the caller frees, also after a failure. */
bool config_read(const char *file, struct buf *out, struct err *e);
