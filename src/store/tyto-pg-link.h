/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-pg-link.h: a connection to a PostgreSQL server that may be lost and made again, and that
 * nobody waits for without end: libpq without its blocking calls. In libpq's pipeline mode while it
 * is up. Used from one thread. Inside src/store only.
 */
#pragma once

#include <gio/gio.h>
#include <libpq-fe.h>

G_BEGIN_DECLS

typedef struct _TytoPgLink TytoPgLink;

/* @uri: as libpq takes it (postgresql://USER@HOST/DATABASE?sslmode=…). @password: (nullable)
 * @cancellable: (nullable): once cancelled, every wait ends at once with TYTO_ERROR_UNAVAILABLE.
 * TYTO_ERROR_INVALID_ARGUMENT. Does not connect. */
TytoPgLink *
tyto_pg_link_new (const char *uri, const char *password, GCancellable *cancellable, GError **error);
void tyto_pg_link_free (TytoPgLink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoPgLink, tyto_pg_link_free)

/* Connects, or connects again; at most 10 s. What was prepared is gone. */
gboolean tyto_pg_link_connect (TytoPgLink *self, GError **error);
/* NULL while it is down. (transfer none) */
PGconn *tyto_pg_link_get (TytoPgLink *self);
/* Gives up the connection: libpq takes nothing more for it. */
void tyto_pg_link_drop (TytoPgLink *self);
/* How often it was connected. */
guint tyto_pg_link_get_count (TytoPgLink *self);

/* libpq's PQgetResult(), waiting at most as long as a statement may take; NULL also when the link
 * was lost meanwhile, which tyto_pg_link_get() then says. */
PGresult *tyto_pg_link_get_result (TytoPgLink *self);

/* Runs a script (several statements, no values) outside of the pipeline. Nothing may be pending. */
gboolean tyto_pg_link_script (TytoPgLink *self, const char *sql, GError **error);

/* TYTO_ERROR_STORAGE with the server's words. @result: (nullable): the one that failed, else the
 * link did. */
void tyto_pg_link_set_error (TytoPgLink *self, const PGresult *result, GError **error);

/* Whether what failed may go well when it is simply done again. */
gboolean tyto_pg_link_is_passing (const PGresult *result);

/* libpq's parameter of that name, as text; NULL when it was not given. For messages. */
const char *tyto_pg_link_get_name (TytoPgLink *self);

G_END_DECLS
