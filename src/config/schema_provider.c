/* SPDX-License-Identifier: Apache-2.0 */
#include "config/schema_row.h"

#define OIDC(field) IN(struct config_provider, oidc.field)

static const struct schema_choice CLIENT_AUTHENTICATION[] = {
    {"client_secret_basic", .value = CLIENT_SECRET_BASIC},
    {"client_secret_post", .value = CLIENT_SECRET_POST},
    {"private_key_jwt", .value = CLIENT_PRIVATE_KEY_JWT},
    {"tls_client_auth", .value = CLIENT_TLS},
    {NULL}};

static const struct schema_choice PROMPTS[] = {{"default", .value = PROMPT_NONE_SAID},
                                               {"login", .value = PROMPT_LOGIN},
                                               {"consent", .value = PROMPT_CONSENT},
                                               {"select_account", .value = PROMPT_SELECT_ACCOUNT},
                                               {NULL}};

static const struct schema_key CLAIMS[] = {
    {"user_principal_name", SCHEMA_CLAIM, 0, OIDC(upn), .example = "upn",
     .help = "The claim with the user principal name (name@domain)."},
    {"on_premises_user_principal_name", SCHEMA_CLAIM, 0, OIDC(on_premises_upn),
     .example = "onprem_upn", .help = "The claim with the user principal name inside."},
    {"on_premises_sam_account_name", SCHEMA_CLAIM, 0, OIDC(sam_account_name),
     .example = "onprem_sam", .help = "The claim with the account name inside."},
    {NULL}};

static const struct schema_choice PROVIDER_TYPES[] = {
    {"form", .value = PROVIDER_FORM},           {"oidc", .value = PROVIDER_OIDC},
    {"bearer", .value = PROVIDER_BEARER},       {"certificate", .value = PROVIDER_CERTIFICATE},
    {"negotiate", .value = PROVIDER_NEGOTIATE}, {NULL}};

static const struct schema_choice BINDINGS[] = {
    {"when_sent", .value = false}, {"required", .value = true}, {NULL}};

#define FACTOR(field) IN(struct config_provider, second_factor.field)

static const struct schema_choice FACTOR_TYPES[] = {
    {"none", .value = FACTOR_NOTHING}, {"totp", .value = FACTOR_TOTP}, {NULL}};
static const struct schema_choice FACTOR_REQUIRED[] = {
    {"everybody", .value = false}, {"enrolled", .value = true}, {NULL}};
static const struct schema_choice FACTOR_ALGORITHMS[] = {
    {"sha1", .value = false}, {"sha256", .value = true}, {NULL}};
static const struct schema_choice FACTOR_DIGITS[] = {
    {"6", .value = false}, {"8", .value = true}, {NULL}};

static const struct schema_key SECOND_FACTOR[] = {
    {"type", SCHEMA_CHOICE, APART, .choices = FACTOR_TYPES, FACTOR(type), .initial = "none",
     .help = "totp: the codes of an authenticator app (RFC 6238), which kerbgate totp enroll sets "
             "up for a person."},
    {"required", SCHEMA_CHOICE, APART, .choices = FACTOR_REQUIRED, FACTOR(is_for_enrolled),
     .initial = "everybody",
     .help = "everybody: nobody signs in without; enrolled: only who has one is asked for it."},
    {"key_file", SCHEMA_FILE, APART, FACTOR(key_file), .example = "totp.key",
     .help = "File with the key that people's secrets are sealed with in the store, required with "
             "totp; made once with openssl rand -base64 32, never changed, left to root, mode "
             "0600, and kept apart from copies of the store."},
    {"issuer", SCHEMA_TEXT, APART, FACTOR(issuer), .initial = "kerbgate",
     .example = "Corp remote access",
     .help = "What an authenticator app calls the entry, beside the person's name."},
    {"algorithm", SCHEMA_CHOICE, APART, .choices = FACTOR_ALGORITHMS, FACTOR(is_sha256),
     .initial = "sha1",
     .help = "Of those set up from now on; some authenticator apps know no other than sha1."},
    {"digits", SCHEMA_CHOICE, APART, .choices = FACTOR_DIGITS, FACTOR(has_8_digits), .initial = "6",
     .help = "Of those set up from now on; some authenticator apps know no other than 6."},
    {NULL}};

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

const struct schema_key SCHEMA_PROVIDER_KEYS[] = {
    {"name", SCHEMA_NAME, REQUIRED, IN(struct config_provider, name), .example = "staff",
     .help = "What the pre_authentication of an app names."},
    {"type", SCHEMA_CHOICE, REQUIRED, .choices = PROVIDER_TYPES, IN(struct config_provider, type),
     .example = "form",
     .help =
         "form: a page asks for user name and password, and the domain checks them; oidc: "
         "people are sent to an OpenID Connect provider; bearer: programs bring an access token "
         "of an issuer with each request; certificate: browsers show a TLS client certificate; "
         "negotiate: browsers inside sign people in with a "
         "Kerberos ticket, without a page."},
    {"label", SCHEMA_TEXT, 0, IN(struct config_provider, label), .example = "Staff of Example Corp",
     .help = "What people read where they choose between providers; name when left out."},
    {"realm", SCHEMA_REALM, 0, IN(struct config_provider, realm), .example = "CORP.EXAMPLE",
     .help =
         "Kerberos realm whose KDC checks the password; required with type form, and of no other."},
    {"throttle", SCHEMA_SECTION, 0, THROTTLE, .help = "When failed sign-ins are slowed down."},
    {"second_factor", SCHEMA_SECTION, APART, SECOND_FACTOR,
     .help = "What is asked for after the right password; for type form."},
    {"password_change_url", SCHEMA_LINK, APART, IN(struct config_provider, password_change_url),
     .example = "https://password.example.com/",
     .help = "Where people change a password that has expired or must be changed; a link on the "
             "sign-in page, shown after the right old password alone; for type form."},
    {"issuer", SCHEMA_ISSUER, APART, OIDC(issuer), .example = "https://login.example.com/",
     .help = "The provider's name for itself, an https URL, exactly as it writes it; required with "
             "types oidc and bearer; this and all down to algorithms are of type oidc alone, and "
             "those that say so of type bearer, too."},
    {"client_id", SCHEMA_TEXT, APART, OIDC(client_id), .example = "kerbgate",
     .help =
         "What the provider calls kerbgate, where https://HOST/.kerbgate/callback of each app's "
         "host is to be registered as redirect URI; required with type oidc."},
    {"client_authentication", SCHEMA_CHOICE, APART, .choices = CLIENT_AUTHENTICATION,
     OIDC(authentication), .initial = "client_secret_basic",
     .help = "How kerbgate proves who it is to the provider."},
    {"client_secret_file", SCHEMA_FILE, APART, OIDC(client_secret_file), .example = "oidc.secret",
     .help = "File with the secret that the provider gave out, required with client_secret_basic "
             "and client_secret_post; leave it to root, mode 0600."},
    {"client_key_file", SCHEMA_FILE, APART, OIDC(client_key_file), .example = "oidc.key",
     .help = "PEM file of the private key, required with private_key_jwt (EC on P-256 or RSA) and "
             "tls_client_auth; leave it to root, mode 0600."},
    {"client_certificate", SCHEMA_FILE, APART, OIDC(client_certificate), .example = "oidc.pem",
     .help = "PEM file of the certificate for client_key_file, required with tls_client_auth."},
    {"ca", SCHEMA_FILE, APART, OIDC(ca), .example = "idp-ca.pem",
     .help = "PEM file of the authorities that the provider's certificate is verified with; the "
             "system's when left out; type bearer, too."},
    {"proxy", SCHEMA_PROXY, APART, OIDC(proxy), .example = "http://proxy.corp.example:3128",
     .help = "HTTP proxy through which the provider is asked; directly when left out; type bearer, "
             "too."},
    {"scopes", SCHEMA_CLAIM, APART | LIST | NOT_EMPTY,
     LIST_IN(struct config_provider, oidc.scopes, oidc.scope_count), .longest = 32,
     .why_not_empty = "at least openid is needed", .example = "[openid, profile, email]",
     .help = "What is asked for; openid alone when left out; with type bearer what an access token "
             "has to have, all of it; nothing when left out."},
    {"claims", SCHEMA_SECTION, APART, CLAIMS,
     .help = "Which of the provider's claims say who somebody is in the directory; without one, "
             "login identities of that name end with event 13016; type bearer, too."},
    {"audiences", SCHEMA_TEXT, APART | LIST,
     LIST_IN(struct config_provider, oidc.audiences, oidc.audience_count), .longest = 16,
     .example = "[]",
     .help = "Others that an ID token may be for as well; one for anybody else beside client_id is "
             "refused; with type bearer, which needs it, the names of what is here, one of which "
             "an access "
             "token has to be for (aud)."},
    {"acr_values", SCHEMA_CLAIM, APART | LIST,
     LIST_IN(struct config_provider, oidc.acr_values, oidc.acr_value_count), .longest = 16,
     .example = "[]",
     .help = "Ways to authenticate, best first, one of which a sign-in must have been (acr); "
             "type bearer, too."},
    {"max_age", SCHEMA_SECONDS, APART, OIDC(max_age_s), .initial = "0s", RANGE("0s", "30d"),
     .help = "How long ago people may have proven to the provider who they are; 0s: any time; "
             "type bearer, too."},
    {"prompt", SCHEMA_CHOICE, APART, .choices = PROMPTS, OIDC(prompt), .initial = "default",
     .help = "What the provider is to ask people in any case."},
    {"parameters", SCHEMA_TEXT, APART | LIST,
     LIST_IN(struct config_provider, oidc.parameters, oidc.parameter_count), .longest = 16,
     .example = "[\"domain_hint=corp.example\"]",
     .help = "More parameters of the authorization request, each as name=value."},
    {"timeout", SCHEMA_MS, APART, OIDC(timeout_ms), .initial = "10s", RANGE("100ms", "1m"),
     .help = "The wait for one answer of the provider; type bearer, too."},
    {"keep", SCHEMA_SECONDS, APART, OIDC(keep_s), .initial = "1h", RANGE("1m", "7d"),
     .help =
         "How long the provider's metadata and keys are used before they are read again; a key "
         "that is not known is looked for at once; with type bearer also how long an access token "
         "is remembered as good."},
    {"jwks_uri", SCHEMA_ISSUER, APART, OIDC(jwks_uri), .example = "https://login.example.com/jwks",
     .help =
         "Of type bearer alone: where the issuer's keys are, an https URL, where the issuer has no "
         "metadata that say it (OpenID Connect Discovery)."},
    {"algorithms", SCHEMA_CLAIM, APART | LIST | NOT_EMPTY,
     LIST_IN(struct config_provider, oidc.algorithms, oidc.algorithm_count), .longest = 16,
     .why_not_empty = "nothing would be signed", .example = "[RS256, ES256]",
     .help = "Of type bearer alone: how an access token may be signed; RS, PS and ES 256 to 512 "
             "and EdDSA "
             "when left out."},
    {"refresh", SCHEMA_SECONDS, APART, OIDC(refresh_s), .initial = "0s", RANGE("0s", "7d"),
     .help = "How old what the provider said of somebody gets before it is asked again with a "
             "refresh token, behind a request; 0s: never; most providers give such a token for the "
             "scope offline_access, some only with prompt: consent."},
    {"refresh_limit", SCHEMA_SECONDS, APART, OIDC(refresh_limit_s), .initial = "1h",
     RANGE("1s", "30d"),
     .help = "How old it gets at most while the provider does not answer, or nobody comes: then "
             "requests wait for its answer, and fail without one."},
    {"front_channel_logout", SCHEMA_CHOICE, APART, .choices = SCHEMA_SWITCH,
     OIDC(front_channel_logout), .initial = "off",
     .help = "Whether a page of the provider's may end sessions by a frame with iss and sid; "
             "anybody who knows a sid can then do so, and backchannel_logout_uri is better where "
             "the provider has it."},
    {"certificates", SCHEMA_SECTION, APART, SCHEMA_CERTIFICATES,
     .help = "Which TLS client certificates are accepted, and as whom; required with type "
             "certificate, and of no other."},
    {"sources", SCHEMA_RANGE, APART | LIST | NOT_EMPTY,
     LIST_IN(struct config_provider, negotiate.sources, negotiate.source_count), .longest = 64,
     .why_not_empty = "name the networks inside", .example = "[10.0.0.0/8]",
     .help =
         "Networks whose browsers are asked for a ticket; everybody else goes to the app's next "
         "provider; required with type negotiate, and this and all below are of that type "
         "alone."},
    {"account", SCHEMA_NAME, APART, IN(struct config_provider, negotiate.account),
     .example = "partner",
     .help = "Which of connector.kerberos.accounts has the SPN of the external hosts, so that its "
             "keytab opens the tickets; connector.kerberos.principal when left out."},
    {"realms", SCHEMA_REALM, APART | LIST,
     LIST_IN(struct config_provider, negotiate.realms, negotiate.realm_count), .longest = 32,
     .example = "[CORP.EXAMPLE]",
     .help = "Kerberos realms whose people are let in; that of the account when left out."},
    {"spns", SCHEMA_SPN, APART | LIST,
     LIST_IN(struct config_provider, negotiate.spns, negotiate.spn_count), .longest = 64,
     .example = "[HTTP/hr.example.com]",
     .help =
         "What tickets may be for, where browsers know the host by another name, as by an alias "
         "in DNS; HTTP/ and the host of the app's external_url when left out."},
    {"channel_binding", SCHEMA_CHOICE, APART, .choices = BINDINGS,
     IN(struct config_provider, negotiate.requires_binding), .initial = "when_sent",
     .help = "A ticket that is bound to a TLS connection has to be bound to ours; required: one "
             "that is bound to none is refused, too, which shuts out curl and browsers on Unix."},
    {NULL}};
