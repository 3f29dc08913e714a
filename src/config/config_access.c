/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_access.h"

enum { DAY_S = 24 * 3600, ALL_DAYS = 0x7f };

static const char DAYS[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

bool config_allow_is_given(const struct config_allow *a) {
    return a->who != WHO_SIGNED_IN || a->users || a->groups || a->claims || a->networks ||
           a->methods || a->hours || a->acr;
}

static bool no(const char **why, const char *text) {
    *why = text;
    return false;
}

static bool read_day(struct str s, unsigned *out) {
    for (*out = 0; *out < sizeof DAYS / sizeof *DAYS; ++*out)
        if (str_eq_ci(s, str_of(DAYS[*out])))
            return true;
    return false;
}

/* "Mon-Fri,Sun", "Sat-Mon" or "daily". */
static bool read_days(struct str s, unsigned *out) {
    struct str part;
    *out = str_eq_ci(s, STR("daily")) ? ALL_DAYS : 0;
    if (*out)
        return true;
    while (str_split(&s, ',', &part)) {
        size_t dash = str_index(part, '-');
        unsigned from, to;
        if (!read_day(str_head(part, dash), &from))
            return false;
        to = from;
        if (dash < part.n && !read_day(str_from(part, dash + 1), &to))
            return false;
        for (unsigned day = from;; day = (day + 1) % 7) {
            *out |= 1u << day;
            if (day == to)
                break;
        }
    }
    return *out;
}

static bool read_time(struct str s, int *out_s) {
    uint64_t hours, minutes;
    if (s.n != 5 || s.p[2] != ':' || !str_to_u64(str_head(s, 2), 24, &hours) ||
        !str_to_u64(str_from(s, 3), 59, &minutes))
        return false;
    *out_s = (int)(hours * 3600 + minutes * 60);
    return *out_s <= DAY_S;
}

bool config_hours_parse(struct arena *a, struct str text, struct config_hours *out,
                        const char **why) {
    struct str days, times, zone = text;
    struct config_hours h = {0};
    if (!str_split(&zone, ' ', &days) || !str_split(&zone, ' ', &times) || zone.n == 0)
        return no(why, "is not days, times and a time zone");
    if (!read_days(days, &h.days))
        return no(why, "has days that are none of Mon, Tue, Wed, Thu, Fri, Sat, Sun and daily");
    size_t dash = str_index(times, '-');
    if (!read_time(str_head(times, dash), &h.from_s) ||
        !read_time(str_from(times, dash + 1), &h.to_s) || h.from_s == DAY_S)
        return no(why, "has times that are not as 08:00-18:00");
    if (h.from_s == h.to_s)
        return no(why, "begins and ends at the same time");
    if (!(h.zone = zone_load(a, zone, why)) || !(h.text = arena_cstr(a, text)))
        return false;
    *out = h;
    return true;
}

static bool has_day(const struct config_hours *h, int64_t days) {
    return h->days >> ((days % 7 + 7 + 4) % 7) & 1; /* the first of January 1970 was a Thursday */
}

bool config_hours_have(const struct config_hours *h, int64_t wall_s) {
    int64_t local_s = wall_s + zone_offset_s(h->zone, wall_s);
    int64_t days = local_s / DAY_S - (local_s % DAY_S < 0);
    int64_t second = local_s - days * DAY_S;
    if (h->from_s < h->to_s)
        return has_day(h, days) && second >= h->from_s && second < h->to_s;
    return (has_day(h, days) && second >= h->from_s) || (has_day(h, days - 1) && second < h->to_s);
}
