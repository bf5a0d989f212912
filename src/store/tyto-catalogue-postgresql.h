/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-catalogue-postgresql.h: the catalogue in a PostgreSQL database (13 or later). */
#pragma once

#include "store/tyto-catalogue-sql.h"

G_BEGIN_DECLS

#define TYTO_TYPE_CATALOGUE_POSTGRESQL (tyto_catalogue_postgresql_get_type ())
G_DECLARE_FINAL_TYPE (TytoCataloguePostgresql, tyto_catalogue_postgresql, TYTO,
                      CATALOGUE_POSTGRESQL, TytoCatalogueSql)

/**
 * @uri: as libpq takes it: postgresql://USER@HOST/DATABASE?sslmode=verify-full; the tables are in
 * the schema "tyto" of that database, or in the one that options=-ctyto.schema%3DNAME names
 * @password: (nullable)
 *
 * A connection that is lost is made again by the next call, and what failed by it is repeated once.
 * A statement may take 30 s; a connection may take 10 s.
 */
TytoCatalogue *tyto_catalogue_postgresql_new (const char *uri, const char *password);

/* Every call, also one that waits for the server now, fails at once from here on with
 * TYTO_ERROR_UNAVAILABLE: before tyto_catalogue_close(), which waits for them. */
void tyto_catalogue_postgresql_leave (TytoCataloguePostgresql *self);

/* The catalogue at postgresql://… (or postgres://…) or sqlite:///PATH.
 * @password: (nullable): for the former. TYTO_ERROR_INVALID_ARGUMENT. */
TytoCatalogue *tyto_catalogue_new_for_uri (const char *uri, const char *password, GError **error);

G_END_DECLS
