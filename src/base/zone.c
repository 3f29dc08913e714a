/* SPDX-License-Identifier: Apache-2.0 */
#include "base/zone.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FOLDER "/usr/share/zoneinfo/"

enum { HEAD_SIZE = 44, OFFSET_MAX_S = 26 * 3600 };

/* RFC 9636 3.1 */
struct head {
    uint64_t ut_count, std_count, leap_count, time_count, type_count, char_count;
};

static int64_t number(const char *p, unsigned bytes) {
    uint64_t n = bytes == 4 && (signed char)p[0] < 0 ? UINT64_MAX : 0;
    for (unsigned i = 0; i < bytes; i++)
        n = n << 8 | (unsigned char)p[i];
    return (int64_t)n;
}

static bool take_head(struct str *rest, struct head *h) {
    uint64_t *const COUNTS[] = {&h->ut_count,   &h->std_count,  &h->leap_count,
                                &h->time_count, &h->type_count, &h->char_count};
    if (rest->n < HEAD_SIZE || !str_starts(*rest, STR("TZif")) || rest->p[4] < '2')
        return false;
    for (size_t i = 0; i < sizeof COUNTS / sizeof *COUNTS; i++) {
        *COUNTS[i] = (uint64_t)number(rest->p + 20 + 4 * i, 4);
        if (*COUNTS[i] > ZONE_FILE_MAX)
            return false;
    }
    *rest = str_from(*rest, HEAD_SIZE);
    return h->type_count > 0;
}

static size_t body_size(const struct head *h, unsigned time_size) {
    return h->time_count * (time_size + 1) + h->type_count * 6 + h->char_count +
           h->leap_count * (time_size + 4) + h->std_count + h->ut_count;
}

static bool read_offset(struct str body, const struct head *h, size_t type, int32_t *out) {
    const char *types = body.p + h->time_count * 9;
    int64_t offset = type < h->type_count ? number(types + 6 * type, 4) : INT64_MAX;
    *out = (int32_t)offset;
    return offset >= -OFFSET_MAX_S && offset <= OFFSET_MAX_S;
}

/* RFC 9636 3.2 */
static bool read_body(struct arena *a, struct str body, const struct head *h, struct zone *out) {
    int64_t *at = arena_array(a, h->time_count, sizeof *at);
    int32_t *offset = arena_array(a, h->time_count, sizeof *offset);
    if (!at || !offset || !read_offset(body, h, 0, &out->first))
        return false;
    for (size_t i = 0; i < h->time_count; i++) {
        at[i] = number(body.p + 8 * i, 8);
        if ((i > 0 && at[i] <= at[i - 1]) ||
            !read_offset(body, h, (unsigned char)body.p[8 * h->time_count + i], &offset[i]))
            return false;
    }
    out->at = at;
    out->offset = offset;
    out->count = h->time_count;
    return true;
}

/* RFC 9636 3.3 */
static bool read_footer(struct str rest, struct zone *out) {
    struct str rule = str_head(str_from(rest, 1), str_index(str_from(rest, 1), '\n'));
    if (rest.n < 2 || rest.p[0] != '\n' || rule.n + 1 >= rest.n)
        return false;
    out->has_rule = rule.n > 0;
    return !out->has_rule || zone_rule_parse(rule, &out->rule);
}

bool zone_parse(struct arena *a, struct str bytes, struct zone *out) {
    struct head old, h;
    *out = (struct zone){0};
    if (!take_head(&bytes, &old) || bytes.n < body_size(&old, 4))
        return false;
    bytes = str_from(bytes, body_size(&old, 4));
    if (!take_head(&bytes, &h) || bytes.n < body_size(&h, 8))
        return false;
    return read_body(a, bytes, &h, out) && read_footer(str_from(bytes, body_size(&h, 8)), out);
}

int32_t zone_offset_s(const struct zone *z, int64_t wall_s) {
    size_t low = 0, high = z->count; /* the first that is later */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (z->at[middle] <= wall_s)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == z->count && z->has_rule)
        return zone_rule_offset_s(&z->rule, wall_s);
    return low ? z->offset[low - 1] : z->first;
}

/* No way out of the folder, and no file of another kind in it. */
static bool is_name(struct str name) {
    for (size_t i = 0; i < name.n; i++) {
        char c = str_lower(name.p[i]);
        bool is_letter = c >= 'a' && c <= 'z', is_first = i == 0 || name.p[i - 1] == '/';
        bool is_more = str_is_digit(c) || c == '_' || c == '-' || c == '+' || c == '/';
        if (!is_letter && (is_first || !is_more))
            return false;
    }
    return name.n > 0 && name.n <= ZONE_NAME_MAX;
}

static size_t read_file(const char *file, char *to, size_t size) {
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    size_t n = 0;
    ssize_t got = fd >= 0 ? 1 : 0;
    while (got > 0 && n < size) {
        got = read(fd, to + n, size - n);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            n += (size_t)got;
    }
    if (fd >= 0)
        close(fd);
    return got == 0 ? n : 0;
}

const struct zone *zone_load(struct arena *a, struct str name, const char **why) {
    char file[sizeof FOLDER + ZONE_NAME_MAX];
    *why = "names no time zone of this machine (package tzdata)";
    if (!is_name(name))
        return NULL;
    snprintf(file, sizeof file, FOLDER "%.*s", STR_ARG(name));
    struct zone *z = arena_alloc(a, sizeof *z);
    char *bytes = malloc(ZONE_FILE_MAX);
    size_t n = bytes ? read_file(file, bytes, ZONE_FILE_MAX) : 0;
    bool is_read = z && n > 0 && zone_parse(a, str_n(bytes, n), z);
    free(bytes);
    return is_read ? z : NULL;
}
