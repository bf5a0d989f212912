/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/retention/tyto-reclaimed-rows.h"

#include "base/tyto-time.h"

#define PAGE 1000

typedef struct {
  TytoCatalogue *catalogue;
  GHashTable *paths; /* not told yet */
  guint waiting;
} Telling;

static void list_rows (Telling *self);

static void
telling_free (Telling *self)
{
  g_object_unref (self->catalogue);
  g_hash_table_unref (self->paths);
  g_free (self);
}

static void
on_placed (GObject *source, GAsyncResult *result, gpointer data)
{
  Telling *self = data;
  g_autoptr (GError) error = NULL;

  if (!tyto_catalogue_enter_finish (TYTO_CATALOGUE (source), result, &error))
    g_message ("The catalogue was not told of a local copy that is gone: %s", error->message);
  if (--self->waiting > 0)
    return;
  if (g_hash_table_size (self->paths) > 0)
    list_rows (self);
  else
    telling_free (self);
}

static void
on_rows (GObject *source, GAsyncResult *result, gpointer data)
{
  Telling *self = data;
  g_autoptr (GPtrArray) rows
      = tyto_catalogue_list_rows_finish (TYTO_CATALOGUE (source), result, NULL);

  for (guint i = 0; rows != NULL && i < rows->len; i++) {
    const TytoSegment *segment = rows->pdata[i];

    if (!g_hash_table_remove (self->paths, segment->path))
      continue;
    self->waiting++;
    tyto_catalogue_set_place_async (self->catalogue, segment->id, "archive", NULL, NULL, on_placed,
                                    self);
  }
  if (self->waiting == 0)
    telling_free (self);
}

/* The oldest go first on the disk, and come first here. */
static void
list_rows (Telling *self)
{
  tyto_catalogue_list_evictable_async (self->catalogue, tyto_time_now (), PAGE, NULL, on_rows,
                                       self);
}

void
tyto_reclaimed_rows_tell (TytoCatalogue *catalogue, GHashTable *paths)
{
  Telling *self = g_new0 (Telling, 1);

  self->catalogue = g_object_ref (catalogue);
  self->paths = paths;
  list_rows (self);
}
