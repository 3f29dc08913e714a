/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"

/* A file whose third line is the only listener, or another key of the gateway. */
#define REST PROVIDERS CONNECTOR "apps:\n" APP("hr", "")
#define LISTENER(keys) "gateway:\n  listen:\n    - {address: '[::1]:443'" keys "}\n" REST
#define TLS ", certificate: c, key: k"
#define GATEWAY_KEY(line)                                                                          \
    "gateway:\n  listen: [{address: '[::1]:443', certificate: c, key: k}]\n  " line "\n" REST

static void certificates_fit_the_mode(void **state) {
    (void)state;
    static const struct report_row ROWS[] = {
        {"no certificate", LISTENER(""),
         "k.yaml:3:7: gateway.listen: mode https needs a certificate and its key, expected "
         "certificate: and key:\n"},
        {"no key", LISTENER(", certificate: c"),
         "k.yaml:3:43: gateway.listen.key is missing, expected the file of this certificate's "
         "key\n"},
        {"no key, though the list has some",
         LISTENER(", certificate: c, certificates: [{certificate: c, key: k}]"),
         "k.yaml:3:43: gateway.listen.key is missing, expected the file of this certificate's "
         "key\n"},
        {"a key alone", LISTENER(", key: k"),
         "k.yaml:3:35: gateway.listen.certificate is missing, expected the file of this key's "
         "certificate\n"},
        {"a list alone", LISTENER(", certificates: [{certificate: c, key: k}]"), ""},
        {"an empty list", LISTENER(", certificates: []"),
         "k.yaml:3:44: gateway.listen.certificates: the list is empty: mode https needs a "
         "certificate and its key\n"},
        {"an empty list beside a certificate", LISTENER(TLS ", certificates: []"), ""},
        {"a list of files", LISTENER(", certificates: [c.pem]"),
         "k.yaml:3:45: gateway.listen.certificates: expected an element with keys here, such as "
         "certificate:\n"},
        {"half an element", LISTENER(", certificates: [{certificate: c}]"),
         "k.yaml:3:45: gateway.listen.certificates.key is missing, expected the name of a file\n"},
        {"a certificate in clear",
         LISTENER(", mode: http, proxy_protocol_from: [10.0.0.1]" TLS
                  ", certificates: [{certificate: c, key: k}]"),
         "k.yaml:3:88: gateway.listen.certificate: a listener with mode http does not speak TLS, "
         "expected mode: https, or no certificate\n"
         "k.yaml:3:96: gateway.listen.key: a listener with mode http does not speak TLS, expected "
         "mode: https, or no key\n"
         "k.yaml:3:113: gateway.listen.certificates: a listener with mode http does not speak TLS, "
         "expected mode: https, or no certificates\n"},
        {"a mode in other words", LISTENER(", mode: tls" TLS),
         "k.yaml:3:36: gateway.listen.mode: \"tls\" is unknown, expected https or http or "
         "redirect\n"},
        {"a mode with a typing error hides what it needs", LISTENER(", mode: htps"),
         "k.yaml:3:36: gateway.listen.mode: \"htps\" is unknown, expected https or http or "
         "redirect; did you mean \"https\"?\n"},
    };
    CHECK_REPORTS(ROWS);
}

static void listeners_fit_each_other(void **state) {
    (void)state;
    static const struct report_row ROWS[] = {
        {"nothing to redirect to", LISTENER(", mode: redirect"),
         "k.yaml:3:5: gateway.listen: every listener only redirects, expected one with mode https "
         "to redirect to\n"},
        {"one that redirects beside another",
         LISTENER(TLS "}\n    - {address: '[::1]:80', mode: redirect"), ""},
        {"clients that all seem to be one", LISTENER(", mode: http"),
         "k.yaml:3:36: warning: gateway.listen.mode: with http somebody in front ends TLS, and all "
         "clients seem to come from there; name its addresses in gateway.trusted_proxies or "
         "proxy_protocol_from\n"},
        {"behind a proxy with a PROXY header",
         LISTENER(", mode: http, proxy_protocol_from: [10.0.0.1]"), ""},
        {"behind a proxy with a header",
         LISTENER(", mode: http}\n  trusted_proxies: [10.0.0.1]\n#"), ""},
        {"administration where people connect", GATEWAY_KEY("admin: {address: '[0::1]:443'}"),
         "k.yaml:3:20: gateway.admin.address: this address is taken by the listener in line 2, "
         "expected another port\n"},
        {"administration beside", GATEWAY_KEY("admin: {address: '127.0.0.1:443'}"), ""},
    };
    CHECK_REPORTS(ROWS);
}

static void what_people_mistype(void **state) {
    (void)state;
    static const struct report_row ROWS[] = {
        {"yes for on", LISTENER(TLS ", http2: yes"),
         "k.yaml:3:61: gateway.listen.http2: \"yes\" is unknown, expected off or on; did you mean "
         "\"on\"?\n"},
        {"false for off", LISTENER(TLS ", http2: false"),
         "k.yaml:3:61: gateway.listen.http2: \"false\" is unknown, expected off or on; did you "
         "mean \"off\"?\n"},
        {"h2 for http2", LISTENER(TLS ", h2: on"),
         "k.yaml:3:54: unknown key \"h2\" in gateway.listen\n"},
        {"a host's address for a network", LISTENER(TLS ", proxy_protocol_from: [10.1.2.3/8]"),
         "k.yaml:3:76: gateway.listen.proxy_protocol_from: \"10.1.2.3/8\" has bits of a host "
         "behind "
         "its prefix, the network is 10.0.0.0/8, expected an address or network such as "
         "10.0.0.0/8 or fd00::1\n"},
        {"a netmask", GATEWAY_KEY("trusted_proxies: [10.0.0.0/255.0.0.0]"),
         "k.yaml:3:21: gateway.trusted_proxies: \"10.0.0.0/255.0.0.0\" is not a numeric address or "
         "network, expected an address or network such as 10.0.0.0/8 or fd00::1\n"},
        {"a proxy by name", GATEWAY_KEY("trusted_proxies: [proxy.corp.example]"),
         "k.yaml:3:21: gateway.trusted_proxies: \"proxy.corp.example\" is not a numeric address or "
         "network, expected an address or network such as 10.0.0.0/8 or fd00::1\n"},
        {"one proxy without brackets", GATEWAY_KEY("trusted_proxies: 10.0.0.1"),
         "k.yaml:3:20: gateway.trusted_proxies: expected a list here, as in [a, b] or - a\n"},
        {"everybody for a proxy", GATEWAY_KEY("trusted_proxies: [10.0.0.1, '::/0']"),
         "k.yaml:3:31: warning: gateway.trusted_proxies: this network is everybody: any client "
         "could say that it is another; name the proxies alone\n"},
        {"everybody with a PROXY header", LISTENER(TLS ", proxy_protocol_from: [0.0.0.0/0]"),
         "k.yaml:3:76: warning: gateway.listen.proxy_protocol_from: this network is everybody: any "
         "client could say that it is another; name the proxies alone\n"},
        {"a log without keys", GATEWAY_KEY("access_log: /var/log/access.log"),
         "k.yaml:3:15: gateway.access_log: expected keys with their values here, such as file:\n"},
        {"a log without file", GATEWAY_KEY("access_log: {format: text}"),
         "k.yaml:3:15: gateway.access_log.file is missing, expected the name of a file, or \"-\" "
         "for standard output\n"},
        {"a folder for a log", GATEWAY_KEY("access_log: {file: /var/log/}"),
         "k.yaml:3:22: gateway.access_log.file: \"/var/log/\" is not the name of a file, expected "
         "the name of a file, or \"-\" for standard output\n"},
        {"a format of others", GATEWAY_KEY("access_log: {file: '-', format: combined}"),
         "k.yaml:3:35: gateway.access_log.format: \"combined\" is unknown, expected json or "
         "text\n"},
        {"administration by port alone", GATEWAY_KEY("admin: {address: 9090}"),
         "k.yaml:3:20: gateway.admin.address: \"9090\" has no numeric address, expected an address "
         "such as \"0.0.0.0:443\" or \"[::]:443\"\n"},
        {"administration by name", GATEWAY_KEY("admin: {address: 'localhost:9090'}"),
         "k.yaml:3:20: gateway.admin.address: \"localhost:9090\" has no numeric address, expected "
         "an address such as \"0.0.0.0:443\" or \"[::]:443\"\n"},
        {"administration without address", GATEWAY_KEY("admin: {}"),
         "k.yaml:3:10: gateway.admin.address is missing, expected an address such as "
         "\"0.0.0.0:443\" or \"[::]:443\"\n"},
        {"a cookie in clear", GATEWAY_KEY("session: {cookie: {secure: off}}"),
         "k.yaml:3:30: gateway.session.cookie.secure: \"off\" would send the cookie in clear too, "
         "and external_url is always https, expected on\n"},
        {"a cookie as it always is", GATEWAY_KEY("session: {cookie: {secure: on}}"), ""},
        {"another spelling", GATEWAY_KEY("session: {cookie: {httponly: on}}"),
         "k.yaml:3:22: unknown key \"httponly\" in gateway.session.cookie; did you mean "
         "\"http_only\"?\n"},
        {"a body that is too exact", GATEWAY_KEY("limits: {request_body: 1.5GiB}"),
         "k.yaml:3:26: gateway.limits.request_body: \"1.5GiB\" has an unknown unit, expected a "
         "size "
         "such as 512, 32KiB or 1MiB, from 0 to 1048576GiB\n"},
        {"no streams", GATEWAY_KEY("limits: {streams: 0}"),
         "k.yaml:3:21: gateway.limits.streams: \"0\" is too small, expected a number, from 1 to "
         "10000\n"},
        {"no back ends", GATEWAY_KEY("limits: {backend_connections_per_identity: 0}"),
         "k.yaml:3:46: gateway.limits.backend_connections_per_identity: \"0\" is too small, "
         "expected a number, from 1 to 65536\n"},
        {"no clients", GATEWAY_KEY("limits: {requests_per_client: off}"),
         "k.yaml:3:33: gateway.limits.requests_per_client: \"off\" is not a number, expected a "
         "number, from 1 to 1000000\n"},
    };
    CHECK_REPORTS(ROWS);
}

static void a_log_may_be_standard_output(void **state) {
    (void)state;
    struct config *c = parse_fine(GATEWAY_KEY("access_log: {file: '-'}"));
    assert_string_equal(c->access_log.file, "-");
    config_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_fit_the_mode),
        cmocka_unit_test(listeners_fit_each_other),
        cmocka_unit_test(what_people_mistype),
        cmocka_unit_test(a_log_may_be_standard_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
