/* SPDX-License-Identifier: Apache-2.0 */
#include "main/trace_file.h"

#include "main/own_file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PACKETS_MAX = 1 << 20 }; /* bytes of one message, with all its heads */

struct trace_file {
    struct own_file out;
    int error; /* errno of the first write that failed */
    struct pcap_flow flow;
    unsigned exchange; /* whose flow it is */
};

static void write_all(struct trace_file *f, const struct buf *packets) {
    if (packets->failed && !f->error)
        f->error = ENOMEM;
    if (!f->error && !own_file_write(&f->out, buf_str(packets)))
        f->error = errno;
}

struct trace_file *trace_file_open(const char *name, struct err *e) {
    struct trace_file *f = calloc(1, sizeof *f);
    struct buf head;
    if (!f) {
        err_set(e, ERR_NO_MEMORY, "no memory for %s", name);
        return NULL;
    }
    if (!own_file_open(&f->out, name, e)) {
        free(f);
        return NULL;
    }
    buf_init(&head, 64);
    pcap_begin(&head);
    write_all(f, &head);
    buf_fini(&head);
    if (own_file_put(&f->out, e))
        return f;
    own_file_close(&f->out, &(struct err){.code = ERR_NONE});
    free(f);
    return NULL;
}

/* The address that this host has towards `kdc`, "10.0.0.10:88" or "[2001:db8::1]:88"; nothing is
 * sent to find it out. "" when there is none. */
static void find_own_address(const char *kdc, char out[INET6_ADDRSTRLEN]) {
    char host[INET6_ADDRSTRLEN];
    const char *colon = strrchr(kdc, ':');
    bool is_ipv6 = kdc[0] == '[';
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(PCAP_KDC_PORT)};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(PCAP_KDC_PORT)};
    struct sockaddr *address = is_ipv6 ? (struct sockaddr *)&six : (struct sockaddr *)&four;
    socklen_t size = is_ipv6 ? sizeof six : sizeof four;
    void *bytes = is_ipv6 ? (void *)&six.sin6_addr : (void *)&four.sin_addr;
    out[0] = 0;
    if (!colon)
        return;
    snprintf(host, sizeof host, "%.*s", (int)(colon - kdc) - 2 * is_ipv6, kdc + is_ipv6);
    int fd = inet_pton(address->sa_family, host, bytes) == 1
                 ? socket(address->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0)
                 : -1;
    if (fd >= 0 && connect(fd, address, size) == 0 && getsockname(fd, address, &size) == 0)
        inet_ntop(address->sa_family, bytes, out, INET6_ADDRSTRLEN);
    if (fd >= 0)
        close(fd);
}

void trace_file_add(struct trace_file *f, const struct trace_message *m) {
    struct buf packets;
    char *memory = malloc(buf_size(&m->bytes) + 1);
    if (buf_size(&m->bytes) == 0 || !memory) {
        free(memory);
        return;
    }
    if (f->exchange != m->exchange) {
        char own[INET6_ADDRSTRLEN];
        find_own_address(m->kdc, own);
        pcap_flow_init(&f->flow, m->exchange, str_of(own), str_of(m->kdc), m->is_udp);
        f->exchange = m->exchange;
    }
    buf_init(&packets, PACKETS_MAX);
    pcap_add(&packets, &f->flow, m->is_reply, m->at_us, pcap_fit(buf_str(&m->bytes), memory));
    write_all(f, &packets);
    buf_fini(&packets);
    free(memory);
}

bool trace_file_close(struct trace_file *f, struct err *e) {
    bool done = own_file_close(&f->out, e);
    if (f->error)
        done = err_set(e, ERR_IO, "%s cannot be written: %s", f->out.name, strerror(f->error));
    free(f);
    return done;
}
