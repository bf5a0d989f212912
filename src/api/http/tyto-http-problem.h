/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-http-problem.h: errors as application/problem+json (RFC 9457): type ("/problems/NAME"),
 * title (what went wrong in general), status, detail (what and why), hint (what to do next; our
 * extension), instance (the path that was asked for).
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_HTTP_PROBLEM_TYPE "application/problem+json"

/* The problem of @error as JSON text; @status: (out) (optional). (transfer full) */
char *tyto_http_problem_from_error (const GError *error, const char *instance, guint *status);

/* A problem that only HTTP knows, such as 412. @hint, @instance: (nullable). (transfer full) */
char *tyto_http_problem_new (guint status, const char *name, const char *title, const char *detail,
                             const char *hint, const char *instance);

G_END_DECLS
