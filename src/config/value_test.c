/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"
#include "config/value.h"

typedef bool number_parser(struct str s, uint64_t *out, const char **why);
typedef bool text_parser(struct str s, struct str *out, const char **why);

struct number_row {
    number_parser *parse;
    const char *text;
    uint64_t value;
    const char *why; /* NULL: accepted */
};

static void numbers(void **state) {
    (void)state;
    static const struct number_row ROWS[] = {
        {parse_count, "0", 0, NULL},
        {parse_count, "9223372036854775807", INT64_MAX, NULL},
        {parse_count, "9223372036854775808", 0, "is too large"},
        {parse_count, "", 0, "is not a number"},
        {parse_count, "-1", 0, "is not a number"},
        {parse_count, "0x10", 0, "is not a number"},
        {parse_size, "512", 512, NULL},
        {parse_size, "32KiB", 32768, NULL},
        {parse_size, "1MiB", 1048576, NULL},
        {parse_size, "2GiB", 2147483648, NULL},
        {parse_size, "32KB", 0, "has an unknown unit"},
        {parse_size, "32 KiB", 0, "has an unknown unit"},
        {parse_size, "KiB", 0, "is not a number"},
        {parse_size, "9223372036854775807KiB", 0, "is too large"},
        {parse_duration, "250ms", 250, NULL},
        {parse_duration, "15s", 15000, NULL},
        {parse_duration, "30m", 1800000, NULL},
        {parse_duration, "12h", 43200000, NULL},
        {parse_duration, "7d", 604800000, NULL},
        {parse_duration, "15", 0, "has no unit"},
        {parse_duration, "0", 0, NULL},
        {parse_duration, "00", 0, "has no unit"},
        {parse_duration, "1.5s", 0, "has an unknown unit"},
        {parse_duration, "1h30m", 0, "has an unknown unit"},
        {parse_duration, "9223372036854775807d", 0, "is too large"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const struct number_row *row = &ROWS[i];
        uint64_t value = 0;
        const char *why = NULL;
        bool ok = row->parse(str_of(row->text), &value, &why);
        if (ok != !row->why || value != row->value || (why && strcmp(why, row->why) != 0))
            fail_msg("%s: %llu %s", row->text, (unsigned long long)value, why ? why : "accepted");
    }
}

static void addresses(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint16_t default_port;
        const char *address;
        uint16_t port;
        const char *why;
    } ROWS[] = {
        {"0.0.0.0:443", 0, "0.0.0.0", 443, NULL},
        {"[::]:443", 0, "::", 443, NULL},
        {"[2001:DB8:0::1]:65535", 0, "2001:db8::1", 65535, NULL},
        {"10.0.0.10", 53, "10.0.0.10", 53, NULL},
        {"10.0.0.10:5353", 53, "10.0.0.10", 5353, NULL},
        {"fd00::1", 53, "fd00::1", 53, NULL},
        {"[fd00::1]", 53, "fd00::1", 53, NULL},
        {"0.0.0.0", 0, "", 0, "has no port"},
        {"::", 0, "", 0, "has no port"},
        {"0.0.0.0:", 0, "", 0, "has a port that is not one of 1 to 65535"},
        {"0.0.0.0:0", 0, "", 0, "has a port that is not one of 1 to 65535"},
        {"0.0.0.0:65536", 0, "", 0, "has a port that is not one of 1 to 65535"},
        {"[::]:", 0, "", 0, "has a port that is not one of 1 to 65535"},
        {"[::", 0, "", 0, "has brackets that do not fit"},
        {"[::]443", 0, "", 0, "has brackets that do not fit"},
        {"[", 0, "", 0, "has brackets that do not fit"},
        {"localhost:443", 0, "", 0, "has no numeric address"},
        {":443", 0, "", 0, "has no numeric address"},
        {"", 53, "", 0, "has no numeric address"},
        {"1.2.3:443", 0, "", 0, "has no numeric address"},
        {"[fe80::1%eth0]:443", 0, "", 0, "has no numeric address"},
        {"[10.0.0.1]:443", 0, "", 0, "has brackets that do not fit"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct value_address address = {0};
        const char *why = NULL;
        bool ok = parse_address(str_of(ROWS[i].text), ROWS[i].default_port, &address, &why);
        if (ok != !ROWS[i].why || strcmp(address.text, ROWS[i].address) != 0 ||
            address.port != ROWS[i].port || (why && strcmp(why, ROWS[i].why) != 0))
            fail_msg("\"%s\": %s %d %s", ROWS[i].text, address.text, address.port,
                     why ? why : "accepted");
    }
}

#define X16 "xxxxxxxxxxxxxxxx"
#define X64 X16 X16 X16 X16
#define X1024 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64
#define LONG X1024 X1024 X1024 X1024

static void texts(void **state) {
    (void)state;
    static const struct {
        text_parser *parse;
        const char *text, *why;
    } ROWS[] = {
        {parse_name, "hr-2.test_a", NULL},
        {parse_name, "azAZ09", NULL},
        {parse_name, "_kerbgate", NULL},
        {parse_name, X64, NULL},
        {parse_name, X64 "x", "is longer than 64 letters"},
        {parse_name, "", "is not a name"},
        {parse_name, "-hr", "is not a name"},
        {parse_name, "h r", "is not a name"},
        {parse_host, "hr.corp.example", NULL},
        {parse_host, "10.0.0.10", NULL},
        {parse_host, "2001:db8::1", NULL},
        {parse_host, "hr..example", "is not a host name"},
        {parse_host, "-hr.example", "is not a host name"},
        {parse_host, "hr-.example", "is not a host name"},
        {parse_host, "hr.example.", "is not a host name"},
        {parse_host, "", "is not a host name"},
        {parse_host, X64 ".example", "is not a host name"},
        {parse_host,
         X16 "." X16 "." X16 "." X16 "." X16 "." X16 "." X16 "." X16 "." X16 "." X16 "." X16 "." X16
             "." X16 "." X16 "." X16,
         "is not a host name"},
        {parse_host, "hr:443", "is not a host name"},
        {parse_realm, "CORP.EXAMPLE", NULL},
        {parse_realm, "corp.example", "is not in capital letters"},
        {parse_realm, "A-Z_0.9", NULL},
        {parse_realm, "", "is not a realm"},
        {parse_realm, X64 X64 X64 X64, "is not a realm"},
        {parse_realm, "A B", "is not a realm"},
        {parse_realm, ".CORP", "is not a realm"},
        {parse_principal, "svc-kerbgate@CORP.EXAMPLE", NULL},
        {parse_principal, "GW$@CORP.EXAMPLE", NULL},
        {parse_principal, "HTTP/gw.corp.example@CORP.EXAMPLE", NULL},
        {parse_principal, "a+b:c@CORP", NULL},
        {parse_principal, "svc-kerbgate", "has no realm"},
        {parse_principal, "svc@corp.example", "has a realm that is not one in capital letters"},
        {parse_principal, "svc@", "has a realm that is not one in capital letters"},
        {parse_principal, "@CORP", "is not a principal"},
        {parse_principal, "svc\\@x@CORP", "is not a principal"},
        {parse_principal, "/svc@CORP", "is not a principal"},
        {parse_principal, "svc/@CORP", "is not a principal"},
        {parse_principal, X64 X64 X64 X64 X64 "@C", "is not a principal"},
        {parse_spn, "HTTP/hr.corp.example", NULL},
        {parse_spn, "http/hr:8080", NULL},
        {parse_spn, "MS-SQL_1/hr", NULL},
        {parse_spn, "HTTP/hr/name", NULL},
        {parse_spn, "HTTP", "is not a service class, a slash and a host"},
        {parse_spn, "HTTP/", "is not a service class, a slash and a host"},
        {parse_spn, "/hr", "is not a service class, a slash and a host"},
        {parse_spn, "HTTP//hr", "is not a service class, a slash and a host"},
        {parse_spn, "HTTP/hr:", "is not a service class, a slash and a host"},
        {parse_spn, "HTTP/hr/", "is not a service class, a slash and a host"},
        {parse_spn, "HT.TP/hr", "is not a service class, a slash and a host"},
        {parse_spn, "HTTP/" X64 X64 X64 X64, "is not a service class, a slash and a host"},
        {parse_spn, "HTTP/*.corp", NULL},
        {parse_spn, "HTTP/*.corp:8080", NULL},
        {parse_spn, "HTTP/*", "is not a service class, a slash and a host"},
        {parse_spn, "HTTP/*.", "has a '*' that is not the whole first label of the host"},
        {parse_spn, "HTTP/*.*.corp", "has a '*' that is not the whole first label of the host"},
        {parse_spn, "HTTP/h*.corp", "is not a service class, a slash and a host"},
        {parse_spn, "HTTP/hr@CORP", "names a realm, which an SPN here does not"},
        {parse_spn_pattern, "HTTP/*.corp.example", NULL},
        {parse_spn_pattern, "HTTP/*", NULL},
        {parse_spn_pattern, "HTTP/hr", NULL},
        {parse_spn_pattern, "HTTP/*.*", "has more than one '*'"},
        {parse_spn_pattern, "*/hr",
         "leaves the service class open, which would allow every service"},
        {parse_spn_pattern, "*", "is not a service class, a slash and a host"},
        {parse_group, "Domain Admins", NULL},
        {parse_group, "S-1-5-21-1-2-3-1104", NULL},
        {parse_group, "S-1-5-32-544", "is no group of a domain, and tickets name no others"},
        {parse_group, "CORP\\Vault", NULL},
        {parse_group, "", "is empty"},
        {parse_group, "Vault ", "begins or ends with a blank"},
        {parse_group, "a\nb", "has a control character"},
        {parse_user, "alice@corp.example", NULL},
        {parse_user, "CORP\\alice", NULL},
        {parse_user, "Alice Example", NULL},
        {parse_user, "", "is not a user name"},
        {parse_user, "a\tb", "is not a user name"},
        {parse_user, "a\x7f", "is not a user name"},
        {parse_user, X64 X64 X64 X64 "x", "is not a user name"},
        {parse_user, " alice", "begins or ends with a blank"},
        {parse_path, "tls/key.pem", NULL},
        {parse_path, "tls/", "is not the name of a file"},
        {parse_path, LONG, "is not the name of a file"},
        {parse_path, "", "is not the name of a file"},
        {parse_store, "sqlite:/var/lib/state.db", NULL},
        {parse_store, "sqlite:", "is not the name of a file"},
        {parse_store, "mysql://x", "has an unknown kind of store"},
        {parse_store, "postgresql://x", "names PostgreSQL, which is not in this version"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct str s = STR_NONE;
        const char *why = NULL;
        bool ok = ROWS[i].parse(str_of(ROWS[i].text), &s, &why);
        if (ok != !ROWS[i].why || (ok && s.n == 0) || (why && strcmp(why, ROWS[i].why) != 0))
            fail_msg("\"%s\": %s", ROWS[i].text, why ? why : "accepted");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(addresses),
        cmocka_unit_test(texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
