/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-catalogue-sql.h: a catalogue in an SQL database: all but how to connect. Inside src/store
 * only. */
#pragma once

#include "store/tyto-catalogue.h"
#include "store/tyto-sql.h"

G_BEGIN_DECLS

#define TYTO_TYPE_CATALOGUE_SQL (tyto_catalogue_sql_get_type ())
G_DECLARE_DERIVABLE_TYPE (TytoCatalogueSql, tyto_catalogue_sql, TYTO, CATALOGUE_SQL, TytoCatalogue)

struct _TytoCatalogueSqlClass {
  TytoCatalogueClass parent_class;

  /* A connection whose schema is up to date. On the catalogue's thread. (transfer full) */
  TytoSql *(*connect) (TytoCatalogueSql *self, GError **error);
};

/* The connection; NULL while closed. On the catalogue's thread. (transfer none) */
TytoSql *tyto_catalogue_sql_get_db (TytoCatalogueSql *self);

G_END_DECLS
