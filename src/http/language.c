/* SPDX-License-Identifier: Apache-2.0 */
#include "http/language.h"

enum { SUBTAG_MAX = 8, QUALITY_MAX = 1000 };

struct range {
    struct str tag;
    unsigned quality; /* in thousandths */
};

bool language_is_tag(struct str s) {
    struct str rest = s, subtag;
    bool is_first = true;
    if (s.n == 0 || s.n > LANGUAGE_TAG_MAX || s.p[s.n - 1] == '-')
        return false;
    while (str_split(&rest, '-', &subtag)) {
        if (subtag.n == 0 || subtag.n > SUBTAG_MAX)
            return false;
        for (size_t i = 0; i < subtag.n; i++)
            if (!str_is_alnum(subtag.p[i]) || (is_first && str_is_digit(subtag.p[i])))
                return false;
        is_first = false;
    }
    return true;
}

/* "0", "0.7", "1.000": at most three digits behind the point (RFC 9110 12.4.2). */
static bool read_quality(struct str s, unsigned *out) {
    if (s.n == 0 || s.n > 5 || (s.p[0] != '0' && s.p[0] != '1') || (s.n > 1 && s.p[1] != '.'))
        return false;
    unsigned value = s.p[0] == '1' ? QUALITY_MAX : 0, weight = QUALITY_MAX / 10;
    for (size_t i = 2; i < s.n; i++, weight /= 10) {
        if (!str_is_digit(s.p[i]))
            return false;
        value += (unsigned)(s.p[i] - '0') * weight;
    }
    *out = value;
    return value <= QUALITY_MAX;
}

static bool read_range(struct str part, struct range *out) {
    size_t end = str_index(part, ';');
    struct str weight = str_trim(str_from(part, end + 1));
    *out = (struct range){str_trim(str_head(part, end)), QUALITY_MAX};
    if (!str_eq(out->tag, STR("*")) && !language_is_tag(out->tag))
        return false;
    if (end == part.n)
        return true;
    return str_eq_ci(str_head(weight, 2), STR("q=")) &&
           read_quality(str_from(weight, 2), &out->quality);
}

/* Whether `outer` is `s`, or one or more of its first subtags. */
static bool has_outer(struct str s, struct str outer) {
    return str_eq_ci(str_head(s, outer.n), outer) &&
           (s.n == outer.n || (s.n > outer.n && s.p[outer.n] == '-'));
}

/* How closely a range is about a tag; 0: not at all. */
static size_t nearness(struct str range, struct str tag) {
    if (str_eq(range, STR("*")))
        return 1;
    if (has_outer(tag, range))
        return 1 + 2 * range.n;
    return has_outer(range, tag) ? 2 * tag.n : 0; /* "de-AT" for "de": less than "de" itself */
}

struct liking {
    unsigned quality;
    size_t nearness, place;
};

static struct liking liking_of(struct str tag, const struct range *ranges, size_t count) {
    struct liking best = {.place = count};
    for (size_t i = 0; i < count; i++) {
        size_t near = nearness(ranges[i].tag, tag);
        if (near > best.nearness)
            best = (struct liking){ranges[i].quality, near, i};
    }
    return best;
}

size_t language_choose(struct str accept, const struct str *offered, size_t count) {
    struct range ranges[LANGUAGE_RANGES_MAX];
    struct liking best = {.quality = 0};
    struct str part;
    size_t found = 0, chosen = 0;
    while (found < LANGUAGE_RANGES_MAX && str_split(&accept, ',', &part))
        found += read_range(part, &ranges[found]);
    for (size_t i = 0; i < count; i++) {
        struct liking l = liking_of(offered[i], ranges, found);
        bool is_better = l.quality > best.quality ||
                         (l.quality == best.quality && l.quality > 0 && l.place < best.place);
        if (!is_better)
            continue;
        best = l;
        chosen = i;
    }
    return chosen;
}

const char *language_direction(struct str tag) {
    static const struct str FROM_RIGHT[] = {STR("ar"), STR("arc"), STR("ckb"), STR("dv"),
                                            STR("fa"), STR("he"),  STR("ps"),  STR("sd"),
                                            STR("ug"), STR("ur"),  STR("yi")};
    struct str first = str_head(tag, str_index(tag, '-'));
    for (size_t i = 0; i < sizeof FROM_RIGHT / sizeof *FROM_RIGHT; i++)
        if (str_eq_ci(first, FROM_RIGHT[i]))
            return "rtl";
    return "ltr";
}
