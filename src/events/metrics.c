/* SPDX-License-Identifier: Apache-2.0 */
#include "events/metrics.h"

#include <stdatomic.h>
#include <stdlib.h>

typedef _Atomic uint64_t counter;

/* Upper ends; in microseconds, and as they are written, in seconds. */
static const struct {
    int64_t us;
    const char *text;
} BUCKETS[] = {
    {50, "0.00005"},  {100, "0.0001"},  {250, "0.00025"}, {500, "0.0005"},     {1000, "0.001"},
    {2500, "0.0025"}, {5000, "0.005"},  {10000, "0.01"},  {25000, "0.025"},    {50000, "0.05"},
    {100000, "0.1"},  {250000, "0.25"}, {500000, "0.5"},  {1000000, "1"},      {2500000, "2.5"},
    {5000000, "5"},   {10000000, "10"}, {30000000, "30"}, {INT64_MAX, "+Inf"},
};

enum {
    BUCKET_COUNT = sizeof BUCKETS / sizeof *BUCKETS,
    STATUS_CLASSES = 6,     /* by hundreds; 0: nothing was answered */
    WHOLE = ACTIVITY_STEPS, /* the histogram of all steps together */
    HISTOGRAMS = ACTIVITY_STEPS + 1,
};

struct histogram {
    counter buckets[BUCKET_COUNT]; /* each without those below */
    counter sum_us;
};

struct app_metrics {
    counter statuses[STATUS_CLASSES];
    counter bytes_in, bytes_out;
    counter tickets_cached, tickets_new;
    counter connections_kept, connections_new;
    struct histogram times[HISTOGRAMS];
};

struct metrics {
    _Atomic int64_t gauges[METRICS_GAUGES];
    counter errors[ERR_COUNT];
    size_t apps;
    struct app_metrics of[]; /* the last: no app */
};

struct metrics *metrics_new(size_t apps) {
    struct metrics *m = calloc(1, sizeof *m + (apps + 1) * sizeof m->of[0]);
    if (m)
        m->apps = apps;
    return m;
}

void metrics_free(struct metrics *m) { free(m); }

/* Nobody else writes: no need to lock the bus. */
static void count(counter *c, uint64_t n) {
    atomic_store_explicit(c, atomic_load_explicit(c, memory_order_relaxed) + n,
                          memory_order_relaxed);
}

static uint64_t read(const counter *c) { return atomic_load_explicit(c, memory_order_relaxed); }

static void observe(struct histogram *h, int64_t us) {
    size_t i = 0;
    while (us > BUCKETS[i].us)
        i++;
    count(&h->buckets[i], 1);
    count(&h->sum_us, us > 0 ? (uint64_t)us : 0);
}

void metrics_request(struct metrics *m, size_t app, const struct activity *a) {
    if (!m)
        return;
    struct app_metrics *of = &m->of[app < m->apps ? app : m->apps];
    int status = a->status / 100;
    count(&of->statuses[status > 0 && status < STATUS_CLASSES ? status : 0], 1);
    count(&of->bytes_in, a->bytes_in);
    count(&of->bytes_out, a->bytes_out);
    if (a->err.code != ERR_NONE)
        count(&m->errors[(unsigned)a->err.code < ERR_COUNT ? a->err.code : ERR_INTERNAL], 1);
    if (activity_ticket(a)[0] != '-')
        count(a->is_ticket_cached ? &of->tickets_cached : &of->tickets_new, 1);
    if (a->step_us[ACTIVITY_CONNECT] >= 0)
        count(a->is_connection_reused ? &of->connections_kept : &of->connections_new, 1);
    for (enum activity_step i = 0; i < ACTIVITY_STEPS; i++)
        if (a->step_us[i] >= 0)
            observe(&of->times[i], a->step_us[i]);
    observe(&of->times[WHOLE], a->total_us);
}

void metrics_add(struct metrics *m, enum metrics_gauge gauge, int n) {
    if (m)
        atomic_fetch_add_explicit(&m->gauges[gauge], n, memory_order_relaxed);
}

static void begin(struct buf *out, const char *name, const char *type, const char *help) {
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* The format has these three escapes and no others. */
void metrics_label(struct buf *out, const char *key, const char *value) {
    buf_add_all(out, (struct str[]){str_of(key), STR("=\"")}, 2);
    for (const char *p = value; *p; p++) {
        if (*p == '\n') {
            buf_add(out, STR("\\n"));
            continue;
        }
        if (*p == '"' || *p == '\\')
            buf_add_byte(out, '\\');
        buf_add_byte(out, *p);
    }
    buf_add_byte(out, '"');
}

static void add_value(struct buf *out, uint64_t value) {
    buf_add_byte(out, ' ');
    buf_add_number(out, value, 10);
    buf_add_byte(out, '\n');
}

/* Which of an app's counters, in all threads. */
static uint64_t sum(const struct metrics_source *s, size_t app, size_t offset) {
    uint64_t total = 0;
    for (size_t i = 0; i < s->thread_count; i++)
        total += read((const counter *)((const char *)&s->threads[i]->of[app] + offset));
    return total;
}

static const char *name_of(const struct metrics_source *s, size_t app) {
    return app < s->app_count ? s->apps[app] : "";
}

/* Counters of each app; two of one name differ by a label. */
static const struct {
    const char *name, *help, *label, *value;
    size_t offset;
} COUNTERS[] = {
#define AT(field) offsetof(struct app_metrics, field)
    {"kerbgate_requests_total", "Requests, by the first digit of their status; 0xx: no answer.",
     "status", "0xx", AT(statuses[0])},
    {"kerbgate_requests_total", NULL, "status", "1xx", AT(statuses[1])},
    {"kerbgate_requests_total", NULL, "status", "2xx", AT(statuses[2])},
    {"kerbgate_requests_total", NULL, "status", "3xx", AT(statuses[3])},
    {"kerbgate_requests_total", NULL, "status", "4xx", AT(statuses[4])},
    {"kerbgate_requests_total", NULL, "status", "5xx", AT(statuses[5])},
    {"kerbgate_body_bytes_total", "Bytes of bodies.", "direction", "in", AT(bytes_in)},
    {"kerbgate_body_bytes_total", NULL, "direction", "out", AT(bytes_out)},
    {"kerbgate_tickets_total", "Requests with a ticket, by where it came from.", "ticket", "cached",
     AT(tickets_cached)},
    {"kerbgate_tickets_total", NULL, "ticket", "new", AT(tickets_new)},
    {"kerbgate_backend_requests_total", "Requests with a back end, by their connection.",
     "connection", "kept", AT(connections_kept)},
    {"kerbgate_backend_requests_total", NULL, "connection", "new", AT(connections_new)},
#undef AT
};

static void write_counters(struct buf *out, const struct metrics_source *s) {
    for (size_t i = 0; i < sizeof COUNTERS / sizeof *COUNTERS; i++) {
        if (COUNTERS[i].help)
            begin(out, COUNTERS[i].name, "counter", COUNTERS[i].help);
        for (size_t app = 0; app <= s->app_count; app++) {
            uint64_t value = sum(s, app, COUNTERS[i].offset);
            if (value == 0)
                continue;
            buf_add_all(out, (struct str[]){str_of(COUNTERS[i].name), STR("{")}, 2);
            metrics_label(out, "app", name_of(s, app));
            buf_add_byte(out, ',');
            metrics_label(out, COUNTERS[i].label, COUNTERS[i].value);
            buf_add_byte(out, '}');
            add_value(out, value);
        }
    }
}

static void add_sample(struct buf *out, const char *name, const char *part, const char *app,
                       const char *step) {
    buf_add_all(out, (struct str[]){str_of(name), str_of(part), STR("{")}, 3);
    metrics_label(out, "app", app);
    if (step) {
        buf_add_byte(out, ',');
        metrics_label(out, "step", step);
    }
}

static void write_histogram(struct buf *out, const struct metrics_source *s, size_t app,
                            size_t which) {
    const char *step = which == WHOLE ? NULL : activity_step_name((enum activity_step)which);
    const char *name = step ? "kerbgate_step_seconds" : "kerbgate_request_seconds";
    size_t at = offsetof(struct app_metrics, times) + which * sizeof(struct histogram);
    uint64_t counts[BUCKET_COUNT], total = 0;
    for (size_t i = 0; i < BUCKET_COUNT; i++)
        total += counts[i] =
            sum(s, app, at + offsetof(struct histogram, buckets) + i * sizeof(counter));
    if (total == 0)
        return;
    for (size_t i = 0, below = 0; i < BUCKET_COUNT; i++) {
        below += counts[i];
        add_sample(out, name, "_bucket", name_of(s, app), step);
        buf_add_byte(out, ',');
        metrics_label(out, "le", BUCKETS[i].text);
        buf_add_byte(out, '}');
        add_value(out, below);
    }
    uint64_t us = sum(s, app, at + offsetof(struct histogram, sum_us));
    add_sample(out, name, "_sum", name_of(s, app), step);
    buf_printf(out, "} %llu.%06llu\n", (unsigned long long)(us / 1000000),
               (unsigned long long)(us % 1000000));
    add_sample(out, name, "_count", name_of(s, app), step);
    buf_add_byte(out, '}');
    add_value(out, total);
}

static void write_histograms(struct buf *out, const struct metrics_source *s) {
    begin(out, "kerbgate_request_seconds", "histogram", "Time of a request, first byte to last.");
    for (size_t app = 0; app <= s->app_count; app++)
        write_histogram(out, s, app, WHOLE);
    begin(out, "kerbgate_step_seconds", "histogram", "Time of each step of a request.");
    for (size_t app = 0; app <= s->app_count; app++)
        for (size_t step = 0; step < ACTIVITY_STEPS; step++)
            write_histogram(out, s, app, step);
}

static void write_errors(struct buf *out, const struct metrics_source *s) {
    begin(out, "kerbgate_errors_total", "counter",
          "Requests that went wrong, by the name of the error.");
    for (size_t code = 0; code < ERR_COUNT; code++) {
        uint64_t total = 0;
        for (size_t i = 0; i < s->thread_count; i++)
            total += read(&s->threads[i]->errors[code]);
        if (total == 0)
            continue;
        buf_add(out, STR("kerbgate_errors_total{"));
        metrics_label(out, "error", err_info((enum err_code)code)->name);
        buf_add_byte(out, '}');
        add_value(out, total);
    }
}

static void write_gauges(struct buf *out, const struct metrics_source *s) {
    static const struct {
        const char *name, *help;
    } GAUGES[METRICS_GAUGES] = {
        [METRICS_CLIENTS] = {"kerbgate_client_connections", "Connections of clients."},
        [METRICS_REQUESTS] = {"kerbgate_requests_in_flight", "Requests under way."},
        [METRICS_BACKENDS] = {"kerbgate_backend_connections", "Connections to back ends."},
    };
    for (size_t g = 0; g < METRICS_GAUGES; g++) {
        int64_t total = 0;
        for (size_t i = 0; i < s->thread_count; i++)
            total += atomic_load_explicit(&s->threads[i]->gauges[g], memory_order_relaxed);
        begin(out, GAUGES[g].name, "gauge", GAUGES[g].help);
        buf_printf(out, "%s %lld\n", GAUGES[g].name, (long long)total);
    }
}

void metrics_write(struct buf *out, const struct metrics_source *s) {
    begin(out, "kerbgate_build_info", "gauge", "The version that runs.");
    buf_add(out, STR("kerbgate_build_info{version=\"" KERBGATE_VERSION "\"} 1\n"));
    write_gauges(out, s);
    write_counters(out, s);
    write_errors(out, s);
    begin(out, "kerbgate_access_records_lost_total", "counter",
          "Lines that the access log lacks, because its disk is too slow.");
    buf_add(out, STR("kerbgate_access_records_lost_total"));
    add_value(out, s->lost_records);
    write_histograms(out, s);
}
