/* SPDX-License-Identifier: Apache-2.0
 *
 * What the engine costs, beside what does the same without it; for kerberos.py, which reads the
 * figures from standard output.
 *
 *     kerberos_bench token CCACHE SPN COUNT       processor microseconds for each token
 *     kerberos_bench cold CONFIG SPN COUNT USER…  tickets in a second, none of them known before
 */
#include "base/clock.h"
#include "broker/process.h"
#include "broker/protocol.h"
#include "broker/service_ticket.h"
#include "kerberos/mint.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

krb5_error_code krb5_get_credentials_for_user(krb5_context context, krb5_flags options,
                                              krb5_ccache ccache, krb5_creds *in_creds,
                                              krb5_data *subject_cert, krb5_creds **out_creds);

enum { LOT = 200, IN_FLIGHT = 8, PLAIN_SIZE = 200, TIMEOUT_MS = 30000 };

static void must(krb5_context context, krb5_error_code code, const char *what) {
    if (code == 0)
        return;
    fprintf(stderr, "%s: %s\n", what, krb5_get_error_message(context, code));
    exit(1);
}

static void check(bool is_fine, const char *what) {
    if (is_fine)
        return;
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static double processor_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* token: three ways in turn, a lot of each at a time. */
struct tokens {
    krb5_context context;
    krb5_ccache ccache;
    krb5_creds *creds;
    struct ticket *ticket;
    struct mint *mint;
    struct mint_die *die;
    gss_cred_id_t cred;
    gss_name_t target;
    krb5_key key;
    double us[3];
};

static gss_OID_desc SPNEGO = {6, (void *)"\x2b\x06\x01\x05\x05\x02"};

/* For SPNEGO, too: one for krb5 alone would have it use the default credential in silence. */
static void acquire(struct tokens *t) {
    gss_OID_desc mechs[] = {*gss_mech_krb5, SPNEGO};
    gss_OID_set_desc both = {2, mechs};
    OM_uint32 minor;
    char *name;
    must(t->context, krb5_cc_get_full_name(t->context, t->ccache, &name), "cache");
    gss_key_value_element_desc where = {"ccache", name};
    gss_key_value_set_desc store = {1, &where};
    check(gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &both, GSS_C_INITIATE,
                                &store, &t->cred, NULL, NULL) == 0,
          "gss credential");
    krb5_free_string(t->context, name);
}

static void prepare(struct tokens *t, const char *ccache, const char *spn) {
    krb5_ccache file;
    krb5_creds in = {0};
    struct err e;
    OM_uint32 minor;
    must(NULL, krb5_init_context(&t->context), "krb5");
    must(t->context, krb5_cc_resolve(t->context, ccache, &file), ccache);
    must(t->context, krb5_cc_new_unique(t->context, "MEMORY", NULL, &t->ccache), "cache");
    must(t->context, krb5_cc_get_principal(t->context, file, &in.client), ccache);
    must(t->context, krb5_cc_initialize(t->context, t->ccache, in.client), "cache");
    must(t->context, krb5_cc_copy_creds(t->context, file, t->ccache), "cache");
    must(t->context, krb5_parse_name(t->context, spn, &in.server), spn);
    must(t->context, krb5_get_credentials(t->context, KRB5_GC_CACHED, t->ccache, &in, &t->creds),
         spn);
    t->ticket = service_ticket_of(t->context, t->creds, "");
    t->mint = mint_new(&e);
    t->die = t->mint && t->ticket ? mint_die_new(t->mint, t->ticket, &e) : NULL;
    check(t->die, "no mint");
    must(t->context, krb5_k_create_key(t->context, &t->creds->keyblock, &t->key), "key");
    acquire(t);
    check(gss_import_name(&minor, &(gss_buffer_desc){strlen(spn), (void *)spn},
                          (gss_OID)GSS_KRB5_NT_PRINCIPAL_NAME, &t->target) == 0,
          "gss name");
}

static void by_kerbgate(struct tokens *t) {
    const struct mint_order order = {.form = MINT_SPNEGO};
    struct buf out;
    struct mint_proof proof;
    struct err e;
    buf_init_secret(&out, 128 * 1024);
    check(mint_header(t->mint, t->die, &order, &out, &proof, &e), "mint");
    buf_fini(&out);
}

static void by_gss(struct tokens *t) {
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
    gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor,
        major = gss_init_sec_context(&minor, t->cred, &context, t->target, &SPNEGO, 0, 0, NULL,
                                     GSS_C_NO_BUFFER, NULL, &token, NULL, NULL);
    check(!GSS_ERROR(major), "gss_init_sec_context");
    gss_release_buffer(&minor, &token);
    gss_delete_sec_context(&minor, &context, NULL);
}

/* The floor: of the size of an authenticator. */
static void by_encryption(struct tokens *t) {
    char plain[PLAIN_SIZE] = "", sealed[PLAIN_SIZE + 64];
    krb5_data in = {.length = sizeof plain, .data = plain};
    krb5_enc_data out = {.ciphertext = {.length = sizeof sealed, .data = sealed}};
    must(t->context, krb5_k_encrypt(t->context, t->key, KRB5_KEYUSAGE_AP_REQ_AUTH, NULL, &in, &out),
         "encryption");
}

static int tokens_main(const char *ccache, const char *spn, int count) {
    static void (*const WAYS[])(struct tokens *) = {by_kerbgate, by_gss, by_encryption};
    struct tokens t = {0};
    prepare(&t, ccache, spn);
    for (int done = 0; done < count; done += LOT) {
        for (int way = 0; way < 3; way++) {
            double from = processor_us();
            for (int i = 0; i < LOT; i++)
                WAYS[way](&t);
            t.us[way] += processor_us() - from;
        }
    }
    for (int way = 0; way < 3; way++)
        printf("%.4f%c", t.us[way] / count, way == 2 ? '\n' : ' ');
    return 0;
}

/* cold: the broker with its threads, and as many threads that do nothing but ask the KDC. */
struct asker {
    const struct config *config;
    const char *spn;
    char **users;
    int user_count, first, count;
    pthread_t thread;
};

static void *ask_kdc(void *user) {
    struct asker *a = user;
    const struct config_kerberos *k = &a->config->kerberos;
    krb5_context context;
    krb5_keytab keytab;
    krb5_ccache ccache;
    krb5_creds tgt;
    krb5_principal self, service;
    must(NULL, krb5_init_context(&context), "krb5");
    must(context, krb5_kt_resolve(context, k->keytab, &keytab), k->keytab);
    must(context, krb5_parse_name(context, k->principal, &self), k->principal);
    must(context, krb5_parse_name(context, a->spn, &service), a->spn);
    must(context, krb5_cc_new_unique(context, "MEMORY", NULL, &ccache), "cache");
    must(context, krb5_get_init_creds_keytab(context, &tgt, self, keytab, 0, NULL, NULL), "TGT");
    must(context, krb5_cc_initialize(context, ccache, self), "cache");
    must(context, krb5_cc_store_cred(context, ccache, &tgt), "cache");
    for (int i = 0; i < a->count; i++) {
        krb5_principal client;
        krb5_creds *evidence, *ticket;
        const char *name = a->users[(a->first + i) % a->user_count];
        must(context, krb5_parse_name(context, name, &client), name);
        must(context,
             krb5_get_credentials_for_user(context, KRB5_GC_NO_STORE, ccache,
                                           &(krb5_creds){.client = client, .server = self}, NULL,
                                           &evidence),
             "S4U2Self");
        must(
            context,
            krb5_get_credentials(
                context, KRB5_GC_CONSTRAINED_DELEGATION | KRB5_GC_NO_STORE, ccache,
                &(krb5_creds){.client = self, .server = service, .second_ticket = evidence->ticket},
                &ticket),
            "S4U2Proxy");
        krb5_free_creds(context, ticket);
        krb5_free_creds(context, evidence);
        krb5_free_principal(context, client);
    }
    return NULL;
}

static double by_loops(struct asker *all, int count) {
    unsigned threads = all->config->kerberos.threads;
    struct asker *askers = calloc(threads, sizeof *askers);
    int64_t from_us = clock_mono_us();
    for (unsigned i = 0; i < threads; i++) {
        askers[i] = *all;
        askers[i].count = count / (int)threads;
        askers[i].first = (int)i * all->user_count / (int)threads;
        pthread_create(&askers[i].thread, NULL, ask_kdc, &askers[i]);
    }
    for (unsigned i = 0; i < threads; i++)
        pthread_join(askers[i].thread, NULL);
    double seconds = (double)(clock_mono_us() - from_us) / 1e6;
    free(askers);
    return count / (int)threads * (int)threads / seconds;
}

static void ask_broker(const struct asker *a, int fd, int number) {
    struct buf out;
    struct broker_request q = {.id = (uint64_t)number + 1,
                               .kind = BROKER_TICKET,
                               .timeout_ms = TIMEOUT_MS,
                               .user = str_of(a->users[number % a->user_count]),
                               .name_type = BROKER_NAME_PRINCIPAL,
                               .spn = str_of(a->spn)};
    buf_init_secret(&out, BROKER_MESSAGE_MAX);
    broker_request_encode(&out, &q);
    check(send(fd, buf_str(&out).p, buf_size(&out), 0) > 0, "the broker is gone");
    buf_fini(&out);
}

static double by_broker(const struct asker *a, int count) {
    static char in[BROKER_MESSAGE_MAX];
    int control[2], link[2];
    char ready = 0;
    check(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, control) == 0 &&
              socketpair(AF_UNIX, SOCK_SEQPACKET, 0, link) == 0,
          "sockets");
    pid_t pid = fork();
    if (pid == 0) {
        close(control[0]);
        _exit(broker_process(&(struct broker_start){.config = a->config,
                                                    .control_fd = control[1],
                                                    .sockets = &link[1],
                                                    .socket_count = 1}));
    }
    close(control[1]);
    check(recv(control[0], &ready, 1, 0) == 1 && ready == BROKER_SAYS_READY, "no broker");
    int64_t from_us = clock_mono_us();
    int asked = 0;
    while (asked < IN_FLIGHT)
        ask_broker(a, link[0], asked++);
    for (int done = 0; done < count; done++) {
        struct broker_reply reply;
        ssize_t n = recv(link[0], in, sizeof in, 0);
        check(n > 0 && broker_reply_decode(str_n(in, (size_t)n), &reply), "no answer");
        check(reply.err.code == ERR_NONE, reply.err.detail);
        ticket_free(reply.ticket);
        if (asked < count)
            ask_broker(a, link[0], asked++);
    }
    double seconds = (double)(clock_mono_us() - from_us) / 1e6;
    close(control[0]);
    waitpid(pid, NULL, 0);
    return count / seconds;
}

static int cold_main(const char *file, const char *spn, int count, char **users, int user_count) {
    struct config_report r;
    struct buf text;
    struct err e;
    config_report_init(&r);
    check(config_read(file, &text, &e), e.detail);
    struct config *config = config_parse(file, buf_str(&text), &r);
    check(config, "the configuration is wrong");
    struct asker a = {.config = config, .spn = spn, .users = users, .user_count = user_count};
    printf("%.2f ", by_broker(&a, count));
    printf("%.2f\n", by_loops(&a, count));
    return 0;
}

static int count_of(const char *text) {
    uint64_t n = 0;
    check(str_to_u64(str_of(text), INT32_MAX, &n) && n > 0, "COUNT is not one");
    return (int)n;
}

int main(int argc, char **argv) {
    if (argc == 5 && strcmp(argv[1], "token") == 0)
        return tokens_main(argv[2], argv[3], count_of(argv[4]));
    if (argc > 5 && strcmp(argv[1], "cold") == 0)
        return cold_main(argv[2], argv[3], count_of(argv[4]), argv + 5, argc - 5);
    return 2;
}
