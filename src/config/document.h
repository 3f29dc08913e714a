/* SPDX-License-Identifier: Apache-2.0
 *
 * What people read about the configuration, made from the schema: docs/kerbgate.example.yaml and
 * the part between "begin keys" and "end keys" of docs/man/kerbgate.yaml.5. A test compares both
 * with the schema; `kerbgate check --print-example` and `--print-keys` write them anew. Any thread.
 */
#pragma once
#include "base/buf.h"

/* A configuration with every key of this version, each with its help. */
void document_example(struct buf *out);
/* The keys as mdoc: type, default, range and help of each. */
void document_keys(struct buf *out);
