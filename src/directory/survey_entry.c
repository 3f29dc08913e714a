/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/attribute.h"
#include "directory/survey_int.h"

#include <stdio.h>

enum { TEXT_MAX = 1024, HEX_MAX = 64 };

const struct survey_field SURVEY_ACCOUNT[] = {
    {"sAMAccountName", "account", SURVEY_TEXT},
    {"objectSid", "sid", SURVEY_SID},
    {"userPrincipalName", "upn", SURVEY_TEXT},
    {"mail", "mail", SURVEY_TEXT},
    {"userAccountControl", "uac", SURVEY_UINT32},
    {"msDS-User-Account-Control-Computed", "uac_computed", SURVEY_UINT32},
    {"servicePrincipalName", "spns", SURVEY_TEXTS},
    {"msDS-AllowedToDelegateTo", "delegates_to", SURVEY_TEXTS},
    {"msDS-SupportedEncryptionTypes", "etypes", SURVEY_UINT32},
    {"msDS-KeyVersionNumber", "kvno", SURVEY_INT},
    {"pwdLastSet", "pwd_last_set", SURVEY_FILE_TIME},
    {"msDS-UserPasswordExpiryTimeComputed", "pwd_expires", SURVEY_FILE_TIME},
    {"accountExpires", "account_expires", SURVEY_EXPIRY},
    {"lockoutTime", "lockout_time", SURVEY_FILE_TIME},
    {"badPwdCount", "bad_pwd_count", SURVEY_INT},
    {"logonHours", "logon_hours", SURVEY_HEX},
    {"adminCount", "admin_count", SURVEY_INT},
    {"primaryGroupID", "primary_group", SURVEY_INT},
    {"whenChanged", "when_changed", SURVEY_TIME},
    {"whenCreated", "when_created", SURVEY_TIME},
};
const size_t SURVEY_ACCOUNT_COUNT = sizeof SURVEY_ACCOUNT / sizeof *SURVEY_ACCOUNT;

static json_t *text_of(struct str value) { return json_text(str_whole(str_head(value, TEXT_MAX))); }

static json_t *texts_of(struct berval **values) {
    json_t *list = json_array();
    for (size_t i = 0; values[i] && i < SURVEY_VALUES_MAX; i++)
        json_array_append_new(list, text_of(str_n(values[i]->bv_val, values[i]->bv_len)));
    return list;
}

static json_t *sid_of(struct str value) {
    struct sid sid;
    char text[SID_TEXT_MAX];
    if (!sid_decode(value, &sid))
        return NULL;
    sid_text(&sid, text);
    return json_string(text);
}

static json_t *hex_of(struct str value) {
    static const char DIGITS[] = "0123456789abcdef";
    char text[2 * HEX_MAX];
    if (value.n > HEX_MAX)
        return NULL;
    for (size_t i = 0; i < value.n; i++) {
        text[2 * i] = DIGITS[(unsigned char)value.p[i] >> 4];
        text[2 * i + 1] = DIGITS[value.p[i] & 15];
    }
    return json_stringn(text, 2 * value.n);
}

static bool read_number(enum survey_kind kind, struct str value, int64_t *n) {
    switch (kind) {
    case SURVEY_TIME:
        return attribute_time(value, n);
    case SURVEY_FILE_TIME:
        return attribute_file_time(value, n);
    case SURVEY_EXPIRY:
        return attribute_file_time(value, n) && *n != 0;
    case SURVEY_INTERVAL:
        return attribute_interval(value, n);
    default:
        return attribute_int(value, n);
    }
}

static json_t *number_of(enum survey_kind kind, struct str value) {
    int64_t n;
    if (!read_number(kind, value, &n))
        return NULL;
    return json_integer(kind == SURVEY_UINT32 ? (int64_t)(uint32_t)n : n);
}

static json_t *value_of(enum survey_kind kind, struct berval **values) {
    struct str value = str_n(values[0]->bv_val, values[0]->bv_len);
    switch (kind) {
    case SURVEY_TEXT:
        return text_of(value);
    case SURVEY_TEXTS:
        return texts_of(values);
    case SURVEY_SID:
        return sid_of(value);
    case SURVEY_HEX:
        return hex_of(value);
    case SURVEY_BOOL:
        return json_boolean(str_eq(value, STR("TRUE")));
    default:
        return number_of(kind, value);
    }
}

static void add_name(struct directory *d, LDAPMessage *entry, json_t *to) {
    char realm[DIRECTORY_NAME_MAX] = "";
    char *dn = ldap_get_dn(d->ld, entry);
    json_set_text(to, "dn", str_whole(str_head(str_of(dn), TEXT_MAX)));
    if (dn)
        directory_realm(dn, realm, sizeof realm);
    json_set_text(to, "realm", str_of(realm));
    ldap_memfree(dn);
}

json_t *survey_entry(struct directory *d, LDAPMessage *entry, const struct survey_field *fields,
                     size_t count) {
    json_t *to = json_object();
    if (!to)
        return NULL;
    add_name(d, entry, to);
    for (size_t i = 0; i < count; i++) {
        struct berval **values = directory_values(d, entry, fields[i].attribute);
        json_t *value = values ? value_of(fields[i].kind, values) : NULL;
        if (value)
            json_object_set_new(to, fields[i].name, value);
        ldap_value_free_len(values);
    }
    return to;
}

const char *survey_object(const struct str *classes, size_t count) {
    static const struct {
        struct str name;
        const char *object;
    } ROWS[] = {
        {{"msDS-DelegatedManagedServiceAccount", 35}, "dmsa"},
        {{"msDS-GroupManagedServiceAccount", 31}, "gmsa"},
        {{"msDS-ManagedServiceAccount", 26}, "msa"},
        {{"computer", 8}, "computer"},
        {{"user", 4}, "user"},
    };
    for (size_t row = 0; row < sizeof ROWS / sizeof *ROWS; row++) {
        for (size_t i = 0; i < count; i++) {
            if (str_eq_ci(classes[i], ROWS[row].name))
                return ROWS[row].object;
        }
    }
    return "other";
}

static void add_object(struct directory *d, LDAPMessage *entry, json_t *to) {
    struct str classes[16];
    size_t count = 0;
    struct berval **values = directory_values(d, entry, "objectClass");
    for (size_t i = 0; values && values[i] && count < 16; i++)
        classes[count++] = str_n(values[i]->bv_val, values[i]->bv_len);
    if (values)
        json_object_set_new(to, "object", json_string(survey_object(classes, count)));
    ldap_value_free_len(values);
}

/* What an account does not have and would be told of is an empty list; the global catalogue has no
 * lists of delegation at all. */
static void add_lists(const struct directory *d, json_t *to) {
    if (!json_object_get(to, "spns"))
        json_object_set_new(to, "spns", json_array());
    if (!json_object_get(to, "delegates_to") && !d->is_catalogue)
        json_object_set_new(to, "delegates_to", json_array());
}

void survey_take_account(struct directory *d, LDAPMessage *entry, void *user) {
    json_t *to = survey_entry(d, entry, SURVEY_ACCOUNT, SURVEY_ACCOUNT_COUNT);
    if (!to)
        return;
    add_object(d, entry, to);
    add_lists(d, to);
    json_array_append_new(user, to);
}
