/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-changes.h: rows of one catalogue on their way to another, and the tables whose rows go.
 * Inside src/store only.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_N_SHARED_TABLES 10

/* TytoSharedColumn: @target: its name in the shared database; @type: there */
typedef struct {
  const char *name;
  const char *target;
  const char *type;
} TytoSharedColumn;

/* TytoSharedTable: @columns: NULL-terminated by name; the first @n_keys are the primary key. */
typedef struct {
  const char *name;
  guint n_keys;
  const TytoSharedColumn *columns;
} TytoSharedTable;

/* TYTO_N_SHARED_TABLES of them; what rows refer to stands before them. */
const TytoSharedTable *tyto_shared_tables (void);

/**
 * TytoChanges: a part of what has to be told.
 * @rows: JSON arrays of objects, one a table; NULL for none: rows as they are now
 * @deleted: JSON arrays of keys (arrays), one a table; NULL for none: rows that are no more
 * @count: how many changes or rows it stands for
 *
 * Of changes that were noted: @last_seq: of the last of them, 0 for none.
 * Of a table that is told as a whole: @table, and @after and @last (nullable), keys (JSON arrays)
 * between which @rows are all there are: (after, last], to the end when @last is NULL.
 */
typedef struct {
  char *rows[TYTO_N_SHARED_TABLES];
  char *deleted[TYTO_N_SHARED_TABLES];
  guint count;
  gint64 last_seq;
  int table; /* -1: none */
  char *after;
  char *last;
} TytoChanges;

TytoChanges *tyto_changes_new (void);
void tyto_changes_free (TytoChanges *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoChanges, tyto_changes_free)

G_END_DECLS
