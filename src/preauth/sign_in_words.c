/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/sign_in_words.h"

#include <stdio.h>

static const struct {
    enum err_code code;
    enum word notice;
} NOTICES[] = {
    {ERR_SIGN_IN_REFUSED, WORD_SIGN_IN_REFUSED},
    {ERR_SIGN_IN_MUST_CHANGE, WORD_SIGN_IN_MUST_CHANGE},
    {ERR_SIGN_IN_FORGED, WORD_SIGN_IN_FORGED},
    {ERR_FACTOR_WRONG, WORD_CODE_WRONG},
    {ERR_FACTOR_USED, WORD_CODE_USED},
    {ERR_FACTOR_STATE, WORD_CODE_OVER},
    {ERR_FACTOR_MISSING, WORD_CODE_MISSING},
};

enum word sign_in_notice(enum err_code code) {
    for (size_t i = 0; i < sizeof NOTICES / sizeof NOTICES[0]; i++) {
        if (NOTICES[i].code == code)
            return NOTICES[i].notice;
    }
    return WORD_SIGN_IN_UNAVAILABLE;
}

struct str sign_in_words(const struct local_request *r, const struct err *e,
                         int64_t retry_after_s) {
    const struct words *w = page_words(&r->message->headers);
    bool is_code = e->code == ERR_FACTOR_THROTTLED;
    char minutes[24];
    snprintf(minutes, sizeof minutes, "%lld", (long long)((retry_after_s + 59) / 60));
    if (retry_after_s > 60)
        return words_fill(r->arena, w, is_code ? WORD_CODE_WAIT_MINUTES : WORD_SIGN_IN_WAIT_MINUTES,
                          str_of(minutes));
    if (retry_after_s > 0)
        return words_text(w, is_code ? WORD_CODE_WAIT : WORD_SIGN_IN_WAIT);
    return words_fill(r->arena, w, sign_in_notice(e->code), str_of(r->activity->id));
}
