/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/sign_in_words.h"

#include <stddef.h>
#include <stdio.h>

static const struct {
    enum err_code code;
    const char *notice;
} NOTICES[] = {
    {ERR_SIGN_IN_REFUSED, "The user name or password is not right. If you are sure of both, the "
                          "account may be locked or closed: ask your help desk."},
    {ERR_SIGN_IN_MUST_CHANGE, "The password is right, but has expired or must be changed. Change "
                              "it, then sign in here with the new one."},
    {ERR_SIGN_IN_FORGED, "The form was open for too long. Please try again."},
    {ERR_FACTOR_WRONG, "The code is not right. Type the one that is shown now."},
    {ERR_FACTOR_USED,
     "This code was used already. Wait until another one is shown, and type that."},
    {ERR_FACTOR_STATE, "The sign-in took too long, or was ended. Please sign in again."},
    {ERR_FACTOR_MISSING,
     "The password is right, but a code of an authenticator app is needed, too, "
     "and none is set up for you: ask your help desk."},
};

const char *sign_in_notice(enum err_code code) {
    for (size_t i = 0; i < sizeof NOTICES / sizeof NOTICES[0]; i++) {
        if (NOTICES[i].code == code)
            return NOTICES[i].notice;
    }
    return NULL;
}

const char *sign_in_words(char out[SIGN_IN_WORDS_MAX], const struct err *e, int64_t retry_after_s,
                          const char *activity) {
    const char *what =
        e->code == ERR_FACTOR_THROTTLED ? "Too many wrong codes" : "Too many failed attempts";
    const char *notice = sign_in_notice(e->code);
    if (retry_after_s > 60)
        snprintf(out, SIGN_IN_WORDS_MAX, "%s. Please try again in %lld minutes.", what,
                 (long long)((retry_after_s + 59) / 60));
    else if (retry_after_s > 0)
        snprintf(out, SIGN_IN_WORDS_MAX, "%s. Please try again in a minute.", what);
    else if (!notice)
        snprintf(out, SIGN_IN_WORDS_MAX,
                 "Sign-in is not possible at the moment. Please try again in a moment. (Activity "
                 "%s)",
                 activity);
    return notice && retry_after_s <= 0 ? notice : out;
}
