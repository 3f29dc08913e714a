/* SPDX-License-Identifier: Apache-2.0
 *
 * The capture of a trace: opened before rights are given up, written message by message, readable
 * for who typed the command alone. Main thread.
 */
#pragma once
#include "base/err.h"
#include "main/trace_message.h"

struct trace_file;

/* NULL with `e` set (main/own_file.h). What was in it is lost. */
struct trace_file *trace_file_open(const char *name, struct err *e);
/* A question and then its answer; one without bytes is left out. */
void trace_file_add(struct trace_file *f, const struct trace_message *m);
/* Frees it; false with `e` set when something could not be written. */
bool trace_file_close(struct trace_file *f, struct err *e);
