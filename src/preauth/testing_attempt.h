/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of sign-ins by the form share: the posted form.
 */
#pragma once
#include "preauth/testing_store.h"

#include "preauth/form_page.h"
#include "preauth/testing_timer.h"

#define TOKEN "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_-"
#define FORM(user, to) "csrf=" TOKEN "&username=" user "&password=p+%26%C3%A4&to=" to

static struct broker_client *const BROKER = (struct broker_client *)&asked; /* never looked into */

static inline int reset(void **state) {
    memset(&asked, 0, sizeof asked);
    memset(&delay, 0, sizeof delay);
    place_make(state);
    ((struct place *)*state)->tools.broker = BROKER;
    return 0;
}

static inline int check_leftovers(void **state) {
    struct place *p = *state;
    assert_true(LIST_EMPTY(&p->tools.abandoned));
    assert_false(asked.is_under_way);
    return place_remove(state);
}

static inline void take_page(void *user, const struct page *page) {
    struct place *p = user;
    assert_non_null(page);
    p->page = *page;
}

static inline enum local_result post(struct place *p, const char *body, struct local_wait **wait) {
    ask(p, "POST", "/.kerbgate/sign-in");
    say(p, "Cookie", FORM_COOKIE "=" TOKEN);
    p->request.body = str_of(body);
    p->page = (struct page){0};
    return local_answer(&p->tools, &p->request, take_page, p, &p->page, wait);
}

static inline void post_well(struct place *p, const char *body, struct local_wait **wait) {
    assert_int_equal(post(p, body, wait), LOCAL_LATER);
    assert_int_equal(asked.reserved, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, reset, check_leftovers)
