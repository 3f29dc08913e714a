/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"

#define APPS GATEWAY PROVIDERS CONNECTOR "apps:\n"
/* An app from line 5 on; its URLs are in lines 6 and 7, and what is appended begins in line 9. */
#define SITE(external, internal, keys)                                                             \
    APPS "- name: a\n  external_url: " external "\n  internal_url: " internal "\n"                 \
         "  pre_authentication: staff\n  " keys "\n"
#define ONE(keys) SITE("https://a.example/hr/", "http://a.corp/", keys)
#define WILD(external, internal, keys)                                                             \
    SITE("'https://" external "/'", "'http://" internal "/'", keys)
#define MORE(name, external, internal)                                                             \
    "- {name: " name ", external_url: '" external "', internal_url: '" internal "',\n"             \
    "   pre_authentication: staff}\n"

static void wildcards(void **state) {
    (void)state;
    static const struct report_row ROWS[] = {
        {"outside and inside", WILD("*.apps.example.com", "*.corp.example", ""), ""},
        {"outside only", WILD("*.apps.example.com", "a.corp.example", ""), ""},
        {"inside only", WILD("a.apps.example.com", "*.corp.example", ""),
         "k.yaml:7:17: apps.internal_url: external_url is no wildcard, there is no label to put in "
         "the place of '*'\n"},
        {"a top level domain", WILD("*.example", "a.corp", ""),
         "k.yaml:6:17: apps.external_url: behind \"*.\" there is one label, which would be all of "
         "a "
         "top level domain; expected two or more\n"},
        {"everything", WILD("*", "a.corp", ""),
         "k.yaml:6:17: apps.external_url: the value has a '*' that is not the whole first label of "
         "its host, expected a URL such as https://hr.example.com/\n"},
        {"a part of a label", WILD("hr-*.example.com", "a.corp", ""),
         "k.yaml:6:17: apps.external_url: the value has a '*' that is not the whole first label of "
         "its host, expected a URL such as https://hr.example.com/\n"},
        {"another part of a label", WILD("*-hr.example.com", "a.corp", ""),
         "k.yaml:6:17: apps.external_url: the value has a '*' that is not the whole first label of "
         "its host, expected a URL such as https://hr.example.com/\n"},
        {"the second label", WILD("hr.*.example.com", "a.corp", ""),
         "k.yaml:6:17: apps.external_url: the value has a '*' that is not the whole first label of "
         "its host, expected a URL such as https://hr.example.com/\n"},
        {"two labels", WILD("*.*.example.com", "a.corp", ""),
         "k.yaml:6:17: apps.external_url: the value has a '*' that is not the whole first label of "
         "its host, expected a URL such as https://hr.example.com/\n"},
        {"a port", WILD("a.example.com:*", "a.corp", ""),
         "k.yaml:6:17: apps.external_url: the value has a '*' that is not the whole first label of "
         "its host, expected a URL such as https://hr.example.com/\n"},
        {"an address", WILD("*.10.0.0.1", "a.corp", ""),
         "k.yaml:6:17: apps.external_url: the value has a host that is not a host name, expected a "
         "URL such as https://hr.example.com/\n"},
        {"a star in the path is no wildcard", WILD("a.example.com/*", "a.corp", ""), ""},
        {"one wildcard twice",
         WILD("*.apps.example.com", "*.corp", "")
             MORE("b", "https://*.APPS.example.com:443/", "http://b.corp/"),
         "k.yaml:10:27: apps.external_url: the app in line 5 has this address too\n"},
        {"a wildcard and one of its hosts",
         WILD("*.apps.example.com", "*.corp", "")
             MORE("b", "https://b.apps.example.com/", "http://b.other/"),
         ""},
        {"a stricter app at one host of a wildcard's back ends",
         WILD("*.apps.example.com", "*.corp",
              "") "- {name: b, external_url: 'https://b.example/', internal_url: "
                  "'http://b.corp/x/',\n"
                  "   pre_authentication: staff, allow: {users: [bob]}}\n",
         "k.yaml:10:63: warning: apps.internal_url: the app in line 5 reaches this folder of the "
         "back end too, and lets in people whom this app does not; let the back end itself decide "
         "who may use it, or give both apps the same rules\n"},
        {"one host of a wildcard as its back end",
         WILD("*.apps.example.com", "a.corp", "")
             MORE("b", "https://b.example/", "https://b.apps.example.com/"),
         "k.yaml:10:63: apps.internal_url: this is the external address of the app in line 5, "
         "requests would go round in a circle\n"},
        {"a host outside among a wildcard's back ends",
         SITE("'https://*.apps.example.com/'", "'https://*.corp.example/'", "")
             MORE("b", "https://b.corp.example/", "http://b.other/"),
         "k.yaml:7:17: apps.internal_url: this is the external address of the app in line 10, "
         "requests would go round in a circle\n"},
    };
    CHECK_REPORTS(ROWS);
}

#define SPN(spn) "sso: {mode: kerberos, spn: '" spn "'}"

static void wildcard_spns(void **state) {
    (void)state;
    static const struct report_row ROWS[] = {
        {"carried over", WILD("*.apps.example.com", "*.corp.example", SPN("HTTP/*.corp.example")),
         ""},
        {"one for all", WILD("*.apps.example.com", "*.corp.example", SPN("HTTP/web.corp.example")),
         ""},
        {"no label to carry over", ONE(SPN("HTTP/*.corp.example")),
         "k.yaml:9:30: apps.sso.spn: external_url is no wildcard, there is no label to put in the "
         "place of '*'\n"},
        {"a part of a label", WILD("*.apps.example.com", "*.corp.example", SPN("HTTP/web*.corp")),
         "k.yaml:9:30: apps.sso.spn: \"HTTP/web*.corp\" is not a service class, a slash and a "
         "host, "
         "expected an SPN such as HTTP/hr.corp.example\n"},
        {"two labels", WILD("*.apps.example.com", "*.corp.example", SPN("HTTP/*.*.corp")),
         "k.yaml:9:30: apps.sso.spn: \"HTTP/*.*.corp\" has a '*' that is not the whole first label "
         "of the host, expected an SPN such as HTTP/hr.corp.example\n"},
        {"what is left out is proposed",
         WILD("*.apps.example.com", "*.corp.example", "sso: {mode: kerberos}"),
         "k.yaml:9:15: apps.sso: mode kerberos needs the SPN of the app; often it is spn: "
         "HTTP/*.corp.example\n"},
        {"more than the broker may",
         GATEWAY PROVIDERS
         "connector: {kerberos: {keytab: k, principal: s@C, allow_spns: ['HTTP/*.a.corp']}}\n"
         "apps:\n- name: a\n  external_url: https://*.apps.example.com/\n"
         "  internal_url: http://*.corp/\n  pre_authentication: staff\n  " SPN("HTTP/*.corp") "\n",
         "k.yaml:9:30: apps.sso.spn: connector.kerberos.allow_spns in line 3 does not allow "
         "\"HTTP/*.corp\"\n"},
        {"less than the broker may",
         GATEWAY PROVIDERS
         "connector: {kerberos: {keytab: k, principal: s@C, allow_spns: ['HTTP/*.corp']}}\n"
         "apps:\n- name: a\n  external_url: https://*.apps.example.com/\n"
         "  internal_url: http://*.a.corp/\n  pre_authentication: staff\n  " SPN(
             "HTTP/*.a.corp") "\n",
         ""},
    };
    CHECK_REPORTS(ROWS);
}

#define BACKEND_EXPECTED                                                                           \
    ", expected a host and its port such as web1.corp.example:80 or \"[fd00::1]:80\"\n"

static void back_ends(void **state) {
    (void)state;
    static const struct report_row ROWS[] = {
        {"names and addresses", ONE("backends: ['web1:80', '10.0.0.1:80', '[fd00::1]:80']"), ""},
        {"a URL", ONE("backends: ['http://web1:80/']"),
         "k.yaml:9:14: apps.backends: \"http://web1:80/\" has more than a host and a port; "
         "internal_url says the rest" BACKEND_EXPECTED},
        {"a URL with a password", ONE("backends: ['http://hr:hunter2@web1:80/']"),
         "k.yaml:9:14: apps.backends: the value has more than a host and a port; internal_url says "
         "the rest" BACKEND_EXPECTED},
        {"no port", ONE("backends: [web1]"),
         "k.yaml:9:14: apps.backends: \"web1\" has no port" BACKEND_EXPECTED},
        {"an empty port", ONE("backends: ['web1:']"),
         "k.yaml:9:14: apps.backends: \"web1:\" has a port that is not one of 1 to "
         "65535" BACKEND_EXPECTED},
        {"a port that is none", ONE("backends: ['web1:80000']"),
         "k.yaml:9:14: apps.backends: \"web1:80000\" has a port that is not one of 1 to "
         "65535" BACKEND_EXPECTED},
        {"IPv6 without brackets", ONE("backends: ['fd00::1:80']"),
         "k.yaml:9:14: apps.backends: \"fd00::1:80\" has an IPv6 address without "
         "brackets" BACKEND_EXPECTED},
        {"a name in brackets", ONE("backends: ['[web1]:80']"),
         "k.yaml:9:14: apps.backends: \"[web1]:80\" has brackets that do not fit" BACKEND_EXPECTED},
        {"half a bracket", ONE("backends: ['[fd00::1:80']"),
         "k.yaml:9:14: apps.backends: \"[fd00::1:80\" has brackets that do not "
         "fit" BACKEND_EXPECTED},
        {"a wildcard", WILD("*.apps.example.com", "*.corp", "backends: ['*.corp:80']"),
         "k.yaml:9:14: apps.backends: \"*.corp:80\" is a wildcard; only the host of internal_url "
         "may be one" BACKEND_EXPECTED},
        {"no list", ONE("backends: 'web1:80'"),
         "k.yaml:9:13: apps.backends: expected a list here, as in [a, b] or - a\n"},
        {"none", ONE("backends: []"),
         "k.yaml:9:13: apps.backends: the list is empty: the app would have none; leave backends "
         "out to use the host of internal_url\n"},
        {"one twice", ONE("backends: ['web1:80', 'WEB1:80', 'web1:81']"),
         "k.yaml:9:25: apps.backends: this back end is in line 9 already\n"},
        {"ourselves", ONE("backends: ['a.example:443']"),
         "k.yaml:9:14: apps.backends: this is the external address of the app in line 5, requests "
         "would go round in a circle\n"},
        {"one name inside and outside, and the address of the inside",
         SITE("https://a.example/", "https://a.example/", "backends: ['10.0.0.1:443']"), ""},
    };
    CHECK_REPORTS(ROWS);
}

static void health(void **state) {
    (void)state;
    static const struct report_row ROWS[] = {
        {"no path", ONE("health: {interval: 1s}"),
         "k.yaml:9:11: apps.health.path is missing, expected a path such as /health\n"},
        {"a path alone", ONE("health: /health"),
         "k.yaml:9:11: apps.health: expected keys with their values here, such as path:\n"},
        {"a path without its beginning", ONE("health: {path: health}"),
         "k.yaml:9:18: apps.health.path: \"health\" does not begin with '/', expected a path such "
         "as /health\n"},
        {"a URL", ONE("health: {path: 'http://a.corp/health'}"),
         "k.yaml:9:18: apps.health.path: \"http://a.corp/health\" does not begin with '/', "
         "expected "
         "a path such as /health\n"},
        {"a blank", ONE("health: {path: '/a b'}"),
         "k.yaml:9:18: apps.health.path: \"/a b\" is not a path, expected a path such as "
         "/health\n"},
        {"a fragment", ONE("health: {path: '/a#b'}"),
         "k.yaml:9:18: apps.health.path: \"/a#b\" has a fragment, expected a path such as "
         "/health\n"},
        {"a time without unit", ONE("health: {path: /, interval: 10}"),
         "k.yaml:9:31: apps.health.interval: \"10\" has no unit, expected a duration such as "
         "500ms, "
         "15s, 30m or 12h, from 100ms to 1h\n"},
        {"never ill", ONE("health: {path: /, fall: 0}"),
         "k.yaml:9:27: apps.health.fall: \"0\" is too small, expected a number, from 1 to 100\n"},
    };
    CHECK_REPORTS(ROWS);
}

static void switches_and_times(void **state) {
    (void)state;
    static const struct report_row ROWS[] = {
        {"no limit", ONE("total_timeout: 0"), ""},
        {"no limit, with a unit", ONE("total_timeout: 0s"), ""},
        {"no limit, in a word", ONE("total_timeout: off"),
         "k.yaml:9:18: apps.total_timeout: \"off\" is not a number, expected a duration such as "
         "500ms, 15s, 30m or 12h, from 0 to 7d\n"},
        {"never idle", ONE("idle_timeout: 0"),
         "k.yaml:9:17: apps.idle_timeout: \"0\" is too small, expected a duration such as 500ms, "
         "15s, 30m or 12h, from 100ms to 24h\n"},
        {"sticky by number", ONE("sticky: 1"),
         "k.yaml:9:11: apps.sticky: \"1\" is unknown, expected off or on; did you mean \"on\"?\n"},
        {"a host", ONE("host_header: a.example"),
         "k.yaml:9:16: apps.host_header: \"a.example\" is unknown, expected internal or "
         "external\n"},
        {"another spelling", ONE("translate_header: on"),
         "k.yaml:9:3: unknown key \"translate_header\" in apps; did you mean "
         "\"translate_headers\"?\n"},
        {"a text for maintenance", ONE("maintenance: until Monday"),
         "k.yaml:9:16: apps.maintenance: \"until Monday\" is unknown, expected off or on\n"},
        {"robots by another word", ONE("robots: allow"),
         "k.yaml:9:11: apps.robots: \"allow\" is unknown, expected deny or forward\n"},
    };
    CHECK_REPORTS(ROWS);
}

#define RULE(keys) ONE("cors: [{" keys "}]")
#define ORIGIN_EXPECTED ", expected an origin such as https://www.example.com, or \"*\" for all\n"

static void cors(void **state) {
    (void)state;
    static const struct report_row ROWS[] = {
        {"everybody", RULE("origins: ['*']"), ""},
        {"everybody in the name of who is signed in", RULE("origins: ['*'], credentials: on"),
         "k.yaml:9:21: apps.cors.origins: with credentials every site could act in the name of who "
         "is signed in; expected origins such as https://www.example.com, or credentials: off\n"},
        {"nobody", RULE("path: /hr/api/"),
         "k.yaml:9:10: apps.cors.origins is missing, expected a list\n"},
        {"nobody, in a list", RULE("origins: []"),
         "k.yaml:9:20: apps.cors.origins: the list is empty: the rule would be for nobody\n"},
        {"a URL", RULE("origins: ['https://b.example/']"),
         "k.yaml:9:21: apps.cors.origins: \"https://b.example/\" has a path, which no origin "
         "has" ORIGIN_EXPECTED},
        {"a host", RULE("origins: [b.example]"),
         "k.yaml:9:21: apps.cors.origins: \"b.example\" does not begin with http:// or "
         "https://" ORIGIN_EXPECTED},
        {"in clear", RULE("origins: ['http://b.example']"),
         "k.yaml:9:21: apps.cors.origins: \"http://b.example\" is not https: whoever is on the way "
         "could speak for it" ORIGIN_EXPECTED},
        {"a wildcard", RULE("origins: ['https://*.example.com']"),
         "k.yaml:9:21: apps.cors.origins: \"https://*.example.com\" has a '*' inside: origins are "
         "named one by one" ORIGIN_EXPECTED},
        {"a password", RULE("origins: ['https://hr:hunter2@b.example']"),
         "k.yaml:9:21: apps.cors.origins: the value has a user" ORIGIN_EXPECTED},
        {"null, which is anybody's", RULE("origins: ['null']"),
         "k.yaml:9:21: apps.cors.origins: \"null\" does not begin with http:// or "
         "https://" ORIGIN_EXPECTED},
        {"one origin without brackets", RULE("origins: 'https://b.example'"),
         "k.yaml:9:20: apps.cors.origins: expected a list here, as in [a, b] or - a\n"},
        {"the path of the app", RULE("path: /hr/, origins: ['*']"), ""},
        {"a path from the app on", RULE("path: /api/, origins: ['*']"),
         "k.yaml:9:17: apps.cors.path: \"/api/\" is not in the app, expected a path that begins "
         "with that of external_url, \"/hr/\"\n"},
        {"a path with a query", RULE("path: '/hr/?x', origins: ['*']"),
         "k.yaml:9:17: apps.cors.path: \"/hr/?x\" has a query, expected a path such as /hr/api/\n"},
        {"a path that leads out", RULE("path: /hr/../api/, origins: ['*']"),
         "k.yaml:9:17: apps.cors.path: \"/api/\" is not in the app, expected a path that begins "
         "with that of external_url, \"/hr/\"\n"},
        {"a path twice", ONE("cors: [{path: /hr/, origins: ['*']},\n    {origins: ['*']}]"),
         "k.yaml:10:5: apps.cors.path: the rule in line 9 is for this path too\n"},
        {"no list", ONE("cors: {origins: ['*']}"),
         "k.yaml:9:9: apps.cors: expected a list here: \"- \" before the first key of each "
         "element\n"},
        {"small letters", RULE("origins: ['*'], methods: [put]"),
         "k.yaml:9:37: apps.cors.methods: \"put\" is not in capital letters, expected a method in "
         "capital letters such as PUT\n"},
        {"every method", RULE("origins: ['*'], methods: ['*']"),
         "k.yaml:9:37: apps.cors.methods: \"*\" is not a method, expected a method in capital "
         "letters such as PUT\n"},
        {"a header with its value", RULE("origins: ['*'], headers: ['X-A: b']"),
         "k.yaml:9:37: apps.cors.headers: \"X-A: b\" is not the name of a header, expected the "
         "name "
         "of a header such as X-Request-Id\n"},
        {"a number for a time", RULE("origins: ['*'], max_age: 600"),
         "k.yaml:9:36: apps.cors.max_age: \"600\" has no unit, expected a duration such as 15s, "
         "30m, 12h or 7d, from 0s to 1d\n"},
    };
    CHECK_REPORTS(ROWS);
}

static void an_app_has_at_most_64_back_ends(void **state) {
    (void)state;
    struct buf yaml;
    struct report_row row = {.description = "as many as there may be", .expected = ""};
    for (int count = CONFIG_BACKENDS_MAX; count <= CONFIG_BACKENDS_MAX + 1; count++) {
        buf_init(&yaml, 1 << 16);
        buf_add(&yaml, STR(ONE("backends:")));
        for (int i = 1; i <= count; i++)
            buf_printf(&yaml, "  - 'web:%d'\n", i);
        buf_add_byte(&yaml, 0);
        row.yaml = buf_str(&yaml).p;
        check_report(&row);
        buf_fini(&yaml);
        row = (struct report_row){
            .description = "one more",
            .expected = "k.yaml:10:3: apps.backends: the list has 65 elements, expected at most "
                        "64\n"};
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wildcards),
        cmocka_unit_test(wildcard_spns),
        cmocka_unit_test(back_ends),
        cmocka_unit_test(health),
        cmocka_unit_test(switches_and_times),
        cmocka_unit_test(cors),
        cmocka_unit_test(an_app_has_at_most_64_back_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
