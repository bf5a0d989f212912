/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the catalogue knows. */
#include "recorder/tyto-recorder-private.h"

#include "base/tyto-json.h"
#include "base/tyto-time.h"

/* The page of @rows as a{sv}. @convert: a row's floating a{sv}. */
static GVariant *
make_page (GPtrArray *rows, const char *next_cursor, GVariant *(*convert) (gconstpointer row))
{
  GVariantBuilder items = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  GVariantDict dict;

  for (guint i = 0; i < rows->len; i++)
    g_variant_builder_add_value (&items, convert (g_ptr_array_index (rows, i)));
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "items", g_variant_builder_end (&items));
  if (next_cursor != NULL)
    g_variant_dict_insert (&dict, "next_cursor", "s", next_cursor);
  return g_variant_dict_end (&dict);
}

static GVariant *
convert_segment (gconstpointer row)
{
  return tyto_segment_to_variant (row);
}

static GVariant *
convert_gap (gconstpointer row)
{
  return tyto_gap_to_variant (row);
}

static void
on_segments (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GError *error = NULL;
  g_autofree char *next_cursor = NULL;
  g_autoptr (GPtrArray) rows
      = tyto_catalogue_list_segments_finish (TYTO_CATALOGUE (source), result, &next_cursor, &error);

  if (rows == NULL)
    tyto_recorder_verb_failed (task, error);
  else
    tyto_recorder_verb_done (task, make_page (rows, next_cursor, convert_segment));
}

void
tyto_recorder_list_segments_async (TytoRecorder *self, const TytoCatalogueQuery *query,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  GTask *task = tyto_recorder_verb_new (self, cancellable, callback, user_data,
                                        tyto_recorder_list_segments_async);

  tyto_catalogue_list_segments_async (self->catalogue, query, cancellable, on_segments, task);
}

static void
on_gaps (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GError *error = NULL;
  g_autofree char *next_cursor = NULL;
  g_autoptr (GPtrArray) rows
      = tyto_catalogue_list_gaps_finish (TYTO_CATALOGUE (source), result, &next_cursor, &error);

  if (rows == NULL)
    tyto_recorder_verb_failed (task, error);
  else
    tyto_recorder_verb_done (task, make_page (rows, next_cursor, convert_gap));
}

void
tyto_recorder_list_gaps_async (TytoRecorder *self, const TytoCatalogueQuery *query,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task = tyto_recorder_verb_new (self, cancellable, callback, user_data,
                                        tyto_recorder_list_gaps_async);

  tyto_catalogue_list_gaps_async (self->catalogue, query, cancellable, on_gaps, task);
}

static void
on_segment (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GError *error = NULL;
  g_autoptr (TytoSegment) segment
      = tyto_catalogue_get_segment_finish (TYTO_CATALOGUE (source), result, &error);

  if (segment == NULL)
    tyto_recorder_verb_failed (task, error);
  else
    tyto_recorder_verb_done (task, tyto_segment_to_variant (segment));
}

void
tyto_recorder_get_segment_async (TytoRecorder *self, const char *id, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = tyto_recorder_verb_new (self, cancellable, callback, user_data,
                                        tyto_recorder_get_segment_async);

  tyto_catalogue_get_segment_async (self->catalogue, id, cancellable, on_segment, task);
}

static void
on_thumbnail (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GError *error = NULL;
  gint64 taken_us;
  g_autofree char *path
      = tyto_catalogue_latest_thumbnail_finish (TYTO_CATALOGUE (source), result, &taken_us, &error);
  g_autofree char *taken_at = NULL;
  GVariantDict dict;

  if (path == NULL) {
    tyto_recorder_verb_failed (task, error);
    return;
  }
  taken_at = tyto_time_format (taken_us);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "path", "s", path);
  g_variant_dict_insert (&dict, "taken_at", "s", taken_at);
  tyto_recorder_verb_done (task, g_variant_dict_end (&dict));
}

void
tyto_recorder_latest_thumbnail_async (TytoRecorder *self, const char *id, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = tyto_recorder_verb_new (self, cancellable, callback, user_data,
                                        tyto_recorder_latest_thumbnail_async);

  tyto_catalogue_latest_thumbnail_async (self->catalogue, id, cancellable, on_thumbnail, task);
}

static void
on_totals (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  GPtrArray *rows = tyto_catalogue_list_rows_finish (TYTO_CATALOGUE (source), result, &error);

  if (rows == NULL)
    tyto_recorder_verb_failed (data, error);
  else
    tyto_recorder_verb_return (data, rows, (GDestroyNotify) g_ptr_array_unref);
}

void
tyto_recorder_totals_async (TytoRecorder *self, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task
      = tyto_recorder_verb_new (self, cancellable, callback, user_data, tyto_recorder_totals_async);

  tyto_catalogue_list_totals_async (self->catalogue, cancellable, on_totals, task);
}

GPtrArray *
tyto_recorder_totals_finish (TytoRecorder *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

GVariant *
tyto_recorder_query_finish (TytoRecorder *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
