/* SPDX-License-Identifier: Apache-2.0
 *
 * Which ticket is whose, for all who keep tickets.
 */
#include "connector/tickets.h"

/* FNV-1a over both names. */
size_t tickets_hash(const struct login *login, const char *spn) {
    uint64_t hash = 14695981039346656037u;
    for (const char *p = login->name; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 1099511628211u;
    for (const char *p = spn; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 1099511628211u;
    return hash ^ hash >> 32;
}

bool tickets_is_for(const struct login *login, const char *spn, const struct login *other,
                    const char *other_spn) {
    return login->type == other->type && login->account == other->account &&
           strcmp(login->name, other->name) == 0 && strcmp(spn, other_spn) == 0;
}

/* "alice" is alice@CORP.EXAMPLE's name, and that of alice\@corp.example@CORP.EXAMPLE. */
static bool is_named(const char *name, struct str user) {
    struct str whole = str_of(name);
    if (str_index(user, '@') < user.n)
        return str_eq_ci(whole, user);
    size_t end = str_index(whole, '@');
    if (end > 0 && end < whole.n && whole.p[end - 1] == '\\')
        end--; /* as libkrb5 writes an '@' in a name */
    return str_eq_ci(str_head(whole, end), user);
}

bool tickets_is_of(const struct login *login, const char *client, struct str user) {
    return user.n == 0 || is_named(login->name, user) || (client && is_named(client, user));
}
