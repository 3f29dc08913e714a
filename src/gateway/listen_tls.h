/* SPDX-License-Identifier: Apache-2.0
 *
 * What each listener needs for TLS: its certificates, and whom it asks for one. Once per process.
 */
#pragma once
#include "config/config.h"
#include "net/tls.h"

/* Reads the files into `tls`, one of each listener, by a process that still may; NULL stays where
 * there is no TLS. False with `e` set (ERR_CONFIG names the file); what is there is the caller's to
 * free in any case. */
bool listen_tls(const struct config *c, struct tls_server **tls, struct err *e);
