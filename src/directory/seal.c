/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/seal.h"

#include "directory/layer.h"

#include <errno.h>
#include <lber.h>
#include <stdlib.h>

enum { READ_SIZE = 16 * 1024 };

struct seal {
    const struct directory_security *security;
    size_t peer_max;
    struct buf in;    /* as received */
    struct buf plain; /* opened, and not taken yet */
};

static int setup(Sockbuf_IO_Desc *io, void *seal) {
    io->sbiod_pvt = seal;
    return 0;
}

static int end(Sockbuf_IO_Desc *io) {
    struct seal *s = io->sbiod_pvt;
    buf_fini(&s->in);
    buf_fini(&s->plain);
    free(s);
    return 0;
}

static int control(Sockbuf_IO_Desc *io, int option, void *argument) {
    struct seal *s = io->sbiod_pvt;
    struct str piece;
    bool is_bad;
    if (option == LBER_SB_OPT_DATA_READY &&
        (buf_size(&s->plain) > 0 || layer_piece(buf_str(&s->in), &piece, &is_bad)))
        return 1;
    return LBER_SBIOD_CTRL_NEXT(io, option, argument);
}

static ber_slen_t broken(void) {
    errno = EIO;
    return -1;
}

/* Opens the first piece, if it is whole. Nothing is believed that was not sealed. */
static bool open_piece(struct seal *s) {
    struct str piece;
    bool is_bad, is_sealed = false;
    if (!layer_piece(buf_str(&s->in), &piece, &is_bad))
        return !is_bad;
    buf_clear(&s->plain);
    if (!s->security->unwrap(s->security->user, piece, &s->plain, &is_sealed) || !is_sealed ||
        s->plain.failed)
        return false;
    buf_consume(&s->in, LAYER_HEAD_SIZE + piece.n);
    return true;
}

/* One read at most: who waits for a whole piece, and for how long, is libldap's timed wait. */
static bool read_more(struct seal *s, Sockbuf_IO_Desc *io, ber_slen_t *n) {
    size_t room = READ_SIZE;
    char *p = buf_reserve(&s->in, &room);
    *n = p ? LBER_SBIOD_READ_NEXT(io, p, room) : broken();
    if (*n <= 0)
        return false;
    buf_commit(&s->in, (size_t)*n);
    return true;
}

static ber_slen_t receive(Sockbuf_IO_Desc *io, void *to, ber_len_t size) {
    struct seal *s = io->sbiod_pvt;
    ber_slen_t n;
    if (buf_size(&s->plain) == 0 && !open_piece(s))
        return broken();
    if (buf_size(&s->plain) == 0) {
        if (!read_more(s, io, &n))
            return n;
        if (!open_piece(s))
            return broken();
    }
    if (buf_size(&s->plain) == 0) {
        errno = EAGAIN;
        return -1;
    }
    struct str plain = str_head(buf_str(&s->plain), size);
    memcpy(to, plain.p, plain.n);
    buf_consume(&s->plain, plain.n);
    return (ber_slen_t)plain.n;
}

static bool send_all(Sockbuf_IO_Desc *io, struct buf *b) {
    while (buf_size(b)) {
        ber_slen_t n = LBER_SBIOD_WRITE_NEXT(io, b->data + b->start, buf_size(b));
        if (n <= 0)
            return false;
        buf_consume(b, (size_t)n);
    }
    return true;
}

static ber_slen_t transmit(Sockbuf_IO_Desc *io, void *from, ber_len_t size) {
    struct seal *s = io->sbiod_pvt;
    struct str plain = str_head(str_n(from, size), s->peer_max / 2); /* it grows */
    char head[LAYER_HEAD_SIZE];
    struct buf piece, out;
    buf_init(&piece, s->peer_max);
    buf_init(&out, LAYER_HEAD_SIZE + s->peer_max);
    bool is_sent = s->security->wrap(s->security->user, plain, true, &piece) && !piece.failed;
    layer_write_head(buf_size(&piece), head);
    buf_add_all(&out, (struct str[]){{head, sizeof head}, buf_str(&piece)}, 2);
    is_sent = is_sent && !out.failed && send_all(io, &out);
    buf_fini(&piece);
    buf_fini(&out);
    return is_sent ? (ber_slen_t)plain.n : broken();
}

bool seal_begin(LDAP *ld, const struct directory_security *security, size_t peer_max) {
    static Sockbuf_IO io = {.sbi_setup = setup,
                            .sbi_remove = end,
                            .sbi_ctrl = control,
                            .sbi_read = receive,
                            .sbi_write = transmit};
    Sockbuf *sockbuf = NULL;
    struct seal *s = calloc(1, sizeof *s);
    if (!s || ldap_get_option(ld, LDAP_OPT_SOCKBUF, (void *)&sockbuf) != LDAP_OPT_SUCCESS) {
        free(s);
        return false;
    }
    *s = (struct seal){.security = security, .peer_max = peer_max};
    buf_init(&s->in, LAYER_HEAD_SIZE + LAYER_PIECE_MAX + READ_SIZE);
    buf_init(&s->plain, LAYER_PIECE_MAX);
    return ber_sockbuf_add_io(sockbuf, &io, LBER_SBIOD_LEVEL_APPLICATION, s) == 0;
}
