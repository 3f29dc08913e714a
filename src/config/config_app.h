/* SPDX-License-Identifier: Apache-2.0
 *
 * What the configuration says about one app: a part of config.h, which says who owns it and who may
 * read it. When the host of the external URL is a wildcard ("*.apps.example.com"), that of the
 * internal URL, of the SPN and of the back end may be one too: there the label that the client
 * asked for is put in the place of '*' (config/wildcard.h).
 */
#pragma once
#include "config/config_access.h"
#include "http/url.h"

struct config_provider;
struct config_account;

enum config_sso_mode {
    SSO_KERBEROS,
    SSO_HEADERS, /* who somebody is stands in headers alone */
    SSO_NONE,
};

enum config_token {
    TOKEN_SPNEGO,
    TOKEN_KRB5,
};

/* The five names of the original, and what a claim of the file's choice may be taken as. */
enum config_login_identity {
    LOGIN_USER_PRINCIPAL_NAME,
    LOGIN_ON_PREMISES_USER_PRINCIPAL_NAME,
    LOGIN_USER_PRINCIPAL_USERNAME,
    LOGIN_ON_PREMISES_USER_PRINCIPAL_USERNAME,
    LOGIN_ON_PREMISES_SAM_ACCOUNT_NAME,
    LOGIN_CLAIM_UPN,
    LOGIN_CLAIM_USERNAME,
    LOGIN_CLAIM_SAM_ACCOUNT_NAME,
    LOGIN_CLAIM_SID,
    LOGIN_CLAIM_CERTIFICATE,
};

enum config_host_header {
    HOST_INTERNAL, /* the authority of the internal URL */
    HOST_EXTERNAL, /* the one the client asked for */
};

enum config_robots {
    ROBOTS_DENY,    /* kerbgate answers /robots.txt: nothing is for robots */
    ROBOTS_FORWARD, /* the app answers it */
};

/* Whether the home lists it. */
enum config_listed {
    LISTED_AUTO, /* for whom it is known that they may use it */
    LISTED_OFF,
    LISTED_ON, /* also when nobody signs in to it */
};

/* An address that serves the internal URL. */
struct config_backend {
    char *host; /* name or numeric address, without brackets */
    uint16_t port;
};

/* How a back end is asked whether it is well. */
struct config_health {
    char *path; /* path and query of the request, NULL: it is not asked */
    int64_t interval_ms;
    int64_t timeout_ms;
    unsigned fall; /* this many failures in a row: it is down */
    unsigned rise; /* this many successes in a row: it is up again */
};

/* What can be made of a claim (config/transformation.h). */
enum config_transform_kind {
    TRANSFORM_EXTRACT_MAIL_PREFIX,
    TRANSFORM_JOIN,
    TRANSFORM_TO_LOWERCASE,
    TRANSFORM_TO_UPPERCASE,
    TRANSFORM_CONTAINS,
    TRANSFORM_START_WITH,
    TRANSFORM_END_WITH,
    TRANSFORM_EXTRACT_AFTER,
    TRANSFORM_EXTRACT_BEFORE,
    TRANSFORM_EXTRACT_BETWEEN,
    TRANSFORM_EXTRACT_ALPHA_PREFIX,
    TRANSFORM_EXTRACT_ALPHA_SUFFIX,
    TRANSFORM_EXTRACT_NUMERIC_PREFIX,
    TRANSFORM_EXTRACT_NUMERIC_SUFFIX,
    TRANSFORM_IF_NOT_EMPTY,
    TRANSFORM_SUBSTRING,
    TRANSFORM_KINDS
};

enum { CONFIG_ARGUMENTS_MAX = 3 };

struct config_argument {
    char *text;      /* as it is written; NULL: it is left out */
    unsigned number; /* its value, when it is one */
    bool is_claim;   /* it stands for the value of the claim with this name */
};

struct config_transform {
    enum config_transform_kind kind;
    struct config_argument arguments[CONFIG_ARGUMENTS_MAX];
};

/* A header that says something about the person. */
struct config_header {
    char *name;
    char *claim;
    struct config_transform *transforms; /* of each value, one behind the other */
    size_t transform_count;
    char *separator; /* between the values of a list; NULL: the claim has one value */
    struct config_mark mark;
};

/* The signed statement of who the person is. */
struct config_assertion {
    char *header;   /* that carries it */
    char *audience; /* whom it is for; NULL: none is made */
    int64_t lifetime_s;
    char **claims; /* beside those that each has */
    size_t claim_count;
};

/* Which scripts of other origins may use what is below a path (CORS, Fetch standard 3.2). */
struct config_cors {
    char *path;     /* normalised, lies in the app's external path */
    char **origins; /* as browsers write them, or "*"; never "*" with credentials */
    size_t origin_count;
    char **methods; /* beyond GET, HEAD and POST, which need no leave */
    size_t method_count;
    char **headers; /* beyond those that need no leave */
    size_t header_count;
    bool allows_credentials;
    int64_t max_age_s;
    struct config_mark mark;
};

enum {
    CONFIG_BACKENDS_MAX = 64, /* of one app */
    CONFIG_PROVIDERS_MAX = 8, /* of one app */
    CONFIG_HEADERS_MAX = 32,  /* about the person, of one app */
    CONFIG_TRANSFORMS_MAX = 4,
};

struct config_app {
    char *name;
    const struct config_app *wildcard; /* of which this is the app for one label (route_app); NULL:
                                          this is as the file has it */
    struct url external;               /* scheme https, path ends with '/' */
    struct url internal;               /* scheme http or https, path ends with '/' */
    const struct config_provider **providers; /* of whom each may sign people in */
    size_t provider_count;                    /* 0: passthrough */
    struct config_allow allow;                /* where no rule is for the path */
    struct config_rule *rules;                /* the longest path counts */
    size_t rule_count;
    enum config_sso_mode sso;
    char *connector_group;
    char *spn;                     /* "HTTP/host", verbatim; NULL unless sso is kerberos */
    struct config_header *headers; /* none with SSO_NONE */
    size_t header_count;
    struct config_assertion assertion;
    enum config_login_identity login_identity;
    char *login_claim;                    /* of LOGIN_CLAIM_…; else NULL */
    const struct config_account *account; /* that gets its tickets; NULL: the first */
    enum config_token token;
    bool uses_own_ticket;          /* the person's own, no delegation */
    bool allows_transition;        /* who came with a ticket that cannot be evidence, too */
    bool waits_for_challenge;      /* a token is sent after a 401 only */
    bool authenticates_connection; /* one token is for all requests of a connection */
    bool binds_channel;            /* to an https back end's certificate */
    bool is_mutual_required;       /* the back end must prove itself */
    unsigned *gss_flags;           /* of enum mint_flag, beside integrity */
    size_t gss_flag_count;
    char *backend_ca;                /* PEM file, NULL: the system's */
    char *backend_name;              /* expected name in the certificate, NULL: the URL's host */
    struct config_backend *backends; /* at least one: the internal URL's own when not in the file */
    size_t backend_count;
    struct config_health health;
    bool is_sticky; /* a session stays at one back end */
    int64_t connect_timeout_ms;
    int64_t timeout_ms;       /* to the first byte of an answer */
    int64_t idle_timeout_ms;  /* between two pieces, either way */
    int64_t total_timeout_ms; /* the whole exchange; 0: no limit */
    enum config_host_header host_header;
    bool translates_headers; /* Location, Set-Cookie and so on are for the external URL */
    bool is_in_maintenance;
    enum config_robots robots;
    struct config_cors *cors;
    size_t cors_count;
    char *title; /* for people, NULL: the name */
    char *icon;  /* an image, NULL: none */
    enum config_listed listed;
    struct config_mark mark;
};

/* The app as the file has it: of all labels of a wildcard app the same. */
static inline const struct config_app *config_app_written(const struct config_app *app) {
    return app->wildcard ? app->wildcard : app;
}
