/* SPDX-License-Identifier: Apache-2.0
 *
 * What Prometheus asks for: counters and histograms of one thread, filled from finished activities
 * without a lock or an allocation, and written together with those of the other threads in the text
 * format (0.0.4). How many series there are follows from the configuration alone, never from what
 * clients send. Only its thread counts; any thread may write.
 */
#pragma once
#include "base/buf.h"
#include "events/activity.h"

struct metrics;

enum metrics_gauge {
    METRICS_CLIENTS,  /* connections of clients */
    METRICS_REQUESTS, /* under way */
    METRICS_BACKENDS, /* connections to back ends, those that are being made too */
    METRICS_GAUGES
};

/* For `apps` applications, and for requests of none. NULL: no memory. */
struct metrics *metrics_new(size_t apps);
void metrics_free(struct metrics *m);

/* A finished request; `app` is the place in the configuration, or their count for none. NULL `m`
 * counts nothing, here and below. */
void metrics_request(struct metrics *m, size_t app, const struct activity *a);
void metrics_add(struct metrics *m, enum metrics_gauge gauge, int n);

/* Appends `key` and `value` as the format has a label, with a comma and whatever else is around it
 * the caller's; for metrics that are counted elsewhere too. */
void metrics_label(struct buf *out, const char *key, const char *value);

struct metrics_source {
    struct metrics *const *threads; /* made for as many apps */
    size_t thread_count;
    const char *const *apps; /* their names */
    size_t app_count;
    uint64_t lost_records; /* of the access log */
};

/* The whole answer to a scrape; what nothing was counted for is left out. */
void metrics_write(struct buf *out, const struct metrics_source *s);
