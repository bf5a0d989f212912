/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-sql-taking.h: what a shared catalogue (PostgreSQL) does with what it is told. Inside
 * src/store only. */
#pragma once

#include "store/tyto-changes.h"
#include "store/tyto-sql.h"

G_BEGIN_DECLS

/* @recorder tells from the catalogue with the id @catalogue. TYTO_ERROR_WRONG_STATE: another one
 * does under that name. */
gboolean
tyto_sql_claim_recorder (TytoSql *db, const char *recorder, const char *catalogue, GError **error);

/* Makes the rows of @recorder what @changes say. Twice the same changes nothing. */
gboolean tyto_sql_take_changes (TytoSql *db, const char *recorder, const TytoChanges *changes,
                                GError **error);

G_END_DECLS
