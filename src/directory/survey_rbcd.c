/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/filter.h"
#include "directory/security_descriptor.h"
#include "directory/survey_int.h"

#include <stdlib.h>

static json_t *entries_of(const struct security_descriptor *d) {
    json_t *list = json_array();
    for (unsigned i = 0; i < d->count; i++) {
        const struct security_ace *a = &d->ace[i];
        char sid[SID_TEXT_MAX];
        sid_text(&a->sid, sid);
        json_array_append_new(list, json_pack("{s:s,s:b,s:I,s:b,s:b}", "sid", sid, "allow",
                                              a->is_allow, "mask", (json_int_t)a->mask, "acts",
                                              security_ace_is_about_acting(a), "conditional",
                                              a->is_conditional));
    }
    return list;
}

json_t *survey_rbcd(const struct survey *s, const struct berval *bytes, bool is_readable) {
    struct security_descriptor d;
    if (!bytes)
        return is_readable ? json_pack("{s:b,s:[]}", "readable", true, "entries")
                           : json_pack("{s:b}", "readable", false);
    if (!security_descriptor_read(str_n(bytes->bv_val, bytes->bv_len), &d))
        return json_pack("{s:b,s:b}", "readable", true, "malformed", true);
    json_t *rbcd = json_pack("{s:b,s:o}", "readable", true, "entries", entries_of(&d));
    if (!d.has_list)
        json_object_set_new(rbcd, "everybody", json_true());
    /* Without our groups a yes is still one; a no is not. */
    bool lets_us = security_descriptor_lets_act(&d, s->sids, s->sid_count);
    const json_t *us = json_object_get(s->facts, "connector");
    if (lets_us || json_object_get(us, "groups"))
        json_object_set_new(rbcd, "lets_us", json_boolean(lets_us));
    return rbcd;
}

struct names {
    json_t *targets;
};

static void name_entries(const json_t *targets, const json_t *sid, json_t *account) {
    json_t *target, *entry;
    size_t i, k;
    json_array_foreach(targets, i, target) {
        json_array_foreach(json_object_get(json_object_get(target, "rbcd"), "entries"), k, entry) {
            if (json_equal(json_object_get(entry, "sid"), sid))
                json_object_set(entry, "account", account);
        }
    }
}

static void take_name(struct directory *d, LDAPMessage *entry, void *user) {
    static const struct survey_field FIELDS[] = {
        {"sAMAccountName", "account", SURVEY_TEXT},
        {"objectSid", "sid", SURVEY_SID},
    };
    const struct names *n = user;
    json_t *found = survey_entry(d, entry, FIELDS, 2);
    json_t *account = json_object_get(found, "account"), *sid = json_object_get(found, "sid");
    if (account && sid)
        name_entries(n->targets, sid, account);
    json_decref(found);
}

void survey_rbcd_names(struct survey *s) {
    enum { NAMES_MAX = 32 };
    static const struct survey_field FIELDS[] = {
        {"sAMAccountName", "account", SURVEY_TEXT},
        {"objectSid", "sid", SURVEY_SID},
    };
    struct names n = {json_object_get(s->facts, "target")};
    struct buf filter;
    json_t *target, *entry;
    size_t i, k;
    unsigned count = 0;
    buf_init(&filter, SURVEY_FILTER_MAX);
    buf_add(&filter, STR("(|"));
    json_array_foreach(n.targets, i, target) {
        json_array_foreach(json_object_get(json_object_get(target, "rbcd"), "entries"), k, entry) {
            struct sid sid;
            struct str text = str_of(json_string_value(json_object_get(entry, "sid")));
            if (count < NAMES_MAX && sid_parse(text, &sid)) {
                filter_equals_sid(&filter, "objectSid", &sid);
                count++;
            }
        }
    }
    buf_add_byte(&filter, ')');
    if (count == 0) {
        buf_fini(&filter);
        return;
    }
    survey_search(s, &(struct survey_search){.base = survey_base(s),
                                             .scope = LDAP_SCOPE_SUBTREE,
                                             .filter = &filter,
                                             .fields = FIELDS,
                                             .field_count = 2,
                                             .entries_max = NAMES_MAX,
                                             .take = take_name,
                                             .user = &n});
}
