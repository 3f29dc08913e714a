/* SPDX-License-Identifier: Apache-2.0 */
#include "config/schema.h"

#include <stdio.h>

static const struct {
    const char *name, *expected;
} TYPES[SCHEMA_TYPE_COUNT] = {
    [SCHEMA_SECTION] = {"mapping", "keys with their values"},
    [SCHEMA_CHOICE] = {"word", "one of a few words"},
    [SCHEMA_COUNT] = {"number", "a number"},
    [SCHEMA_SIZE] = {"size", "a size such as 512, 32KiB or 1MiB"},
    [SCHEMA_MS] = {"duration", "a duration such as 500ms, 15s, 30m or 12h"},
    [SCHEMA_SECONDS] = {"duration", "a duration such as 15s, 30m, 12h or 7d"},
    [SCHEMA_LISTEN] = {"address", "an address such as \"0.0.0.0:443\" or \"[::]:443\""},
    [SCHEMA_DNS] = {"address", "an address such as \"10.0.0.10\" or \"[2001:db8::10]:53\""},
    [SCHEMA_BACKEND] = {"host and port",
                        "a host and its port such as web1.corp.example:80 or \"[fd00::1]:80\""},
    [SCHEMA_RANGE] = {"addresses", "an address or network such as 10.0.0.0/8 or fd00::1"},
    [SCHEMA_URL] = {"URL", "a URL such as https://hr.example.com/"},
    [SCHEMA_TRANSFORM] = {"transformation",
                          "a transformation such as to_lowercase or extract_before(\"@\")"},
    [SCHEMA_HOURS] = {"hours", "days, times and a time zone such as \"Mon-Fri 08:00-18:00 "
                               "Europe/Berlin\""},
    [SCHEMA_COLOR] = {"colour", "a colour such as \"#1f5fa8\""},
    [SCHEMA_PROVIDER] = {"name", "the name of an identity provider, or passthrough"},
    [SCHEMA_ACCOUNT] = {"name", "the name of one of connector.kerberos.accounts"},
    [SCHEMA_NAME] = {"name", "a name of letters, digits, '.', '_' and '-'"},
    [SCHEMA_HOST] = {"host", "a host name such as hr.corp.example"},
    [SCHEMA_REALM] = {"realm", "a realm such as CORP.EXAMPLE"},
    [SCHEMA_PRINCIPAL] = {"principal", "a principal such as svc-kerbgate@CORP.EXAMPLE"},
    [SCHEMA_SPN] = {"SPN", "an SPN such as HTTP/hr.corp.example"},
    [SCHEMA_SPN_PATTERN] = {"SPN pattern", "an SPN such as HTTP/*.corp.example"},
    [SCHEMA_USER] = {"user", "a user name such as alice or alice@corp.example"},
    [SCHEMA_GROUP] = {"group",
                      "a SID such as S-1-5-21-1-2-3-1104, or a name such as \"Domain Admins\""},
    [SCHEMA_MEMBERSHIP] = {"group", "the name of a group, or a SID such as S-1-5-21-1-2-3-1104"},
    [SCHEMA_FILE] = {"file", "the name of a file"},
    [SCHEMA_LOG] = {"file", "the name of a file, or \"-\" for standard output"},
    [SCHEMA_PATH] = {"path", "a path such as /hr/api/"},
    [SCHEMA_TARGET] = {"path", "a path such as /health"},
    [SCHEMA_ORIGIN] = {"origin", "an origin such as https://www.example.com, or \"*\" for all"},
    [SCHEMA_METHOD] = {"method", "a method in capital letters such as PUT"},
    [SCHEMA_HEADER] = {"header", "the name of a header such as X-Request-Id"},
    [SCHEMA_CLAIM] = {"claim", "the name of a claim such as user_principal_name"},
    [SCHEMA_TEXT] = {"text", "a text of at most 256 bytes"},
    [SCHEMA_ISSUER] = {"URL", "a URL such as https://login.example.com/"},
    [SCHEMA_LINK] = {"URL", "a URL such as https://password.example.com/change?from=vpn"},
    [SCHEMA_PROXY] = {"URL", "a URL such as http://proxy.corp.example:3128"},
    [SCHEMA_STORE] = {"store", "sqlite: and a file, such as sqlite:/var/lib/kerbgate/state.db"},
};

const char *schema_type_name(enum schema_type type) { return TYPES[type].name; }

const char *schema_type_expected(enum schema_type type) { return TYPES[type].expected; }

static bool find(const struct schema_key *keys, const char *name, const char *above, size_t size,
                 char path[]) {
    for (const struct schema_key *key = keys; key->name; key++) {
        char here[128];
        snprintf(here, sizeof here, "%s%s%s", above, *above ? "." : "", key->name);
        if (strcmp(key->name, name) == 0) {
            snprintf(path, size, "%s", here);
            return true;
        }
        if (key->keys && find(key->keys, name, here, size, path))
            return true;
    }
    return false;
}

bool schema_find(const char *name, size_t size, char path[]) {
    return find(SCHEMA_ROOT, name, "", size, path);
}
