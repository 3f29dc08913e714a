/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "directory/layer.h"
#include "directory/seal.h"

#include <errno.h>
#include <lber.h>
#include <openldap.h>
#include <sys/socket.h>
#include <unistd.h>

/* A sequence with the number 5, as the one piece that a server sends. */
#define MESSAGE "\x30\x03\x02\x01\x05"
#define PIECE "\0\0\0\x05" MESSAGE

/* A server that sends one byte at a time: each is there at once, and none is the last. */
struct drip {
    struct str rest;
    unsigned reads;
    int peer; /* hears what we send, and says nothing itself */
};

static int drip_setup(Sockbuf_IO_Desc *io, void *drip) {
    io->sbiod_pvt = drip;
    return 0;
}

static int drip_end(Sockbuf_IO_Desc *io) {
    (void)io;
    return 0;
}

static int drip_control(Sockbuf_IO_Desc *io, int option, void *argument) {
    return LBER_SBIOD_CTRL_NEXT(io, option, argument);
}

static ber_slen_t drip_read(Sockbuf_IO_Desc *io, void *to, ber_len_t size) {
    struct drip *d = io->sbiod_pvt;
    d->reads++;
    if (size == 0 || d->rest.n == 0)
        return 0;
    memcpy(to, d->rest.p, 1);
    d->rest = str_from(d->rest, 1);
    return 1;
}

static ber_slen_t drip_write(Sockbuf_IO_Desc *io, void *from, ber_len_t size) {
    return LBER_SBIOD_WRITE_NEXT(io, from, size);
}

static bool copy(void *user, struct str in, bool is_sealed, struct buf *out) {
    (void)user, (void)is_sealed;
    buf_add(out, in);
    return true;
}

static bool copy_back(void *user, struct str in, struct buf *out, bool *is_sealed) {
    *is_sealed = true;
    return copy(user, in, true, out);
}

static LDAP *begin(Sockbuf **sockbuf, struct drip *drip) {
    static const struct directory_security security = {.wrap = copy, .unwrap = copy_back};
    static Sockbuf_IO io = {.sbi_setup = drip_setup,
                            .sbi_remove = drip_end,
                            .sbi_ctrl = drip_control,
                            .sbi_read = drip_read,
                            .sbi_write = drip_write};
    int pair[2];
    LDAP *ld;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(ldap_init_fd(pair[0], LDAP_PROTO_TCP, NULL, &ld), LDAP_SUCCESS);
    drip->peer = pair[1];
    assert_int_equal(ldap_get_option(ld, LDAP_OPT_SOCKBUF, (void *)sockbuf), LDAP_OPT_SUCCESS);
    assert_int_equal(ber_sockbuf_add_io(*sockbuf, &io, LBER_SBIOD_LEVEL_TRANSPORT, drip), 0);
    assert_true(seal_begin(ld, &security, LAYER_PIECE_MAX));
    return ld;
}

static void end(LDAP *ld, BerElement *ber, const struct drip *drip) {
    ber_free(ber, 1);
    ldap_unbind_ext(ld, NULL, NULL);
    close(drip->peer);
}

static void a_byte_that_completes_no_piece_gives_the_wait_back(void **state) {
    (void)state;
    struct drip drip = {.rest = {PIECE, sizeof PIECE - 1}};
    Sockbuf *sockbuf = NULL;
    LDAP *ld = begin(&sockbuf, &drip);
    BerElement *ber = ber_alloc_t(0);
    ber_len_t size;
    for (unsigned i = 1; i < sizeof PIECE - 1; i++) {
        errno = 0;
        assert_int_equal(ber_get_next(sockbuf, &size, ber), LBER_DEFAULT);
        assert_int_equal(errno, EAGAIN);
        assert_int_equal(drip.reads, i);
    }
    ber_tag_t tag = LBER_DEFAULT;
    for (unsigned i = 0; i < 2 && tag == LBER_DEFAULT; i++)
        tag = ber_get_next(sockbuf, &size, ber);
    ber_int_t number = 0;
    assert_int_equal(tag, 0x30);
    assert_int_equal(ber_scanf(ber, "i", &number), 0x02);
    assert_int_equal(number, 5);
    end(ld, ber, &drip);
}

static void an_end_in_the_middle_of_a_piece_is_an_end(void **state) {
    (void)state;
    struct drip drip = {.rest = {PIECE, 3}};
    Sockbuf *sockbuf = NULL;
    LDAP *ld = begin(&sockbuf, &drip);
    BerElement *ber = ber_alloc_t(0);
    ber_len_t size;
    for (unsigned i = 0; i < 4; i++) {
        errno = 0;
        assert_int_equal(ber_get_next(sockbuf, &size, ber), LBER_DEFAULT);
        assert_int_equal(errno, i < 3 ? EAGAIN : 0);
    }
    end(ld, ber, &drip);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_byte_that_completes_no_piece_gives_the_wait_back),
        cmocka_unit_test(an_end_in_the_middle_of_a_piece_is_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
