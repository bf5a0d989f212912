/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-catalogue-suite.h"

#include "base/tyto-id.h"

#include <glib/gstdio.h>

void
catalogue_keep_result (GObject *source, GAsyncResult *result, gpointer result_location)
{
  *(GAsyncResult **) result_location = g_object_ref (result);
}

void
catalogue_await (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

/* The call @start (its callback and data are `catalogue_keep_result, &result`), then what @finish
 * gives. */
#define CALL(type, start, finish)                                                                  \
  g_autoptr (GAsyncResult) result = NULL;                                                          \
  type value;                                                                                      \
  start;                                                                                           \
  catalogue_await (&result);                                                                       \
  value = finish;                                                                                  \
  return value

gboolean
catalogue_open (TytoCatalogue *self, GError **error)
{
  CALL (gboolean, tyto_catalogue_open_async (self, NULL, catalogue_keep_result, &result),
        tyto_catalogue_open_finish (self, result, error));
}

gboolean
catalogue_enter_camera (TytoCatalogue *self, const char *camera, const char *name, GError **error)
{
  CALL (
      gboolean,
      tyto_catalogue_enter_camera_async (self, camera, name, NULL, catalogue_keep_result, &result),
      tyto_catalogue_enter_finish (self, result, error));
}

gboolean
catalogue_enter_run (TytoCatalogue *self, TytoRun *run, GError **error)
{
  CALL (gboolean, tyto_catalogue_enter_run_async (self, run, NULL, catalogue_keep_result, &result),
        tyto_catalogue_enter_finish (self, result, error));
}

gboolean
catalogue_end_run (TytoCatalogue *self, TytoRun *run, GError **error)
{
  CALL (gboolean, tyto_catalogue_end_run_async (self, run, NULL, catalogue_keep_result, &result),
        tyto_catalogue_enter_finish (self, result, error));
}

gboolean
catalogue_enter_segment (TytoCatalogue *self, TytoSegment *segment, GError **error)
{
  CALL (gboolean,
        tyto_catalogue_enter_segment_async (self, segment, NULL, catalogue_keep_result, &result),
        tyto_catalogue_enter_finish (self, result, error));
}

gboolean
catalogue_enter_thumbnail (TytoCatalogue *self, const char *camera, gint64 taken_us,
                           const char *path, GError **error)
{
  CALL (gboolean,
        tyto_catalogue_enter_thumbnail_async (self, camera, taken_us, path, 5000, NULL,
                                              catalogue_keep_result, &result),
        tyto_catalogue_enter_finish (self, result, error));
}

gint64
catalogue_enter_gap (TytoCatalogue *self, TytoGap *gap, GError **error)
{
  CALL (gint64, tyto_catalogue_enter_gap_async (self, gap, NULL, catalogue_keep_result, &result),
        tyto_catalogue_enter_gap_finish (self, result, error));
}

gboolean
catalogue_end_gap (TytoCatalogue *self, gint64 id, gint64 end_us, GError **error)
{
  CALL (gboolean,
        tyto_catalogue_end_gap_async (self, id, end_us, NULL, catalogue_keep_result, &result),
        tyto_catalogue_enter_finish (self, result, error));
}

GPtrArray *
catalogue_list_segments (TytoCatalogue *self, const TytoCatalogueQuery *query, char **next_cursor,
                         GError **error)
{
  CALL (GPtrArray *,
        tyto_catalogue_list_segments_async (self, query, NULL, catalogue_keep_result, &result),
        tyto_catalogue_list_segments_finish (self, result, next_cursor, error));
}

GPtrArray *
catalogue_list_gaps (TytoCatalogue *self, const TytoCatalogueQuery *query, char **next_cursor,
                     GError **error)
{
  CALL (GPtrArray *,
        tyto_catalogue_list_gaps_async (self, query, NULL, catalogue_keep_result, &result),
        tyto_catalogue_list_gaps_finish (self, result, next_cursor, error));
}

TytoSegment *
catalogue_get_segment (TytoCatalogue *self, const char *id, GError **error)
{
  CALL (TytoSegment *,
        tyto_catalogue_get_segment_async (self, id, NULL, catalogue_keep_result, &result),
        tyto_catalogue_get_segment_finish (self, result, error));
}

char *
catalogue_latest_thumbnail (TytoCatalogue *self, const char *camera, gint64 *taken_us,
                            GError **error)
{
  CALL (char *,
        tyto_catalogue_latest_thumbnail_async (self, camera, NULL, catalogue_keep_result, &result),
        tyto_catalogue_latest_thumbnail_finish (self, result, taken_us, error));
}

GPtrArray *
catalogue_list_totals (TytoCatalogue *self, GError **error)
{
  CALL (GPtrArray *, tyto_catalogue_list_totals_async (self, NULL, catalogue_keep_result, &result),
        tyto_catalogue_list_rows_finish (self, result, error));
}

TytoSegment *
catalogue_test_segment (const char *camera, guint64 sequence, gint64 start_us, gint64 length_us)
{
  TytoSegment *segment = tyto_segment_new ();

  segment->camera = g_strdup (camera);
  segment->stream = g_strdup ("main");
  segment->run = g_strconcat ("RUN-", camera, NULL);
  segment->sequence = sequence;
  segment->id = tyto_segment_id_new (segment->run, sequence);
  segment->path = g_strdup_printf ("/spool/%s/%" G_GUINT64_FORMAT ".mp4", camera, sequence);
  segment->format = g_strdup ("mp4");
  segment->video_codec = g_strdup ("h264");
  segment->audio_codec = g_strdup ("");
  segment->start_us = start_us;
  segment->end_us = start_us + length_us;
  segment->duration_ns = (guint64) length_us * 1000;
  segment->frames = 10;
  segment->key_frames = 1;
  segment->bytes = 1000;
  return segment;
}

char *
catalogue_suite_new_storage (void)
{
  g_autoptr (GError) error = NULL;
  char *directory = g_dir_make_tmp (NULL, &error);

  g_assert_no_error (error);
  return directory;
}

void
catalogue_suite_remove_storage (const char *storage)
{
  g_autoptr (GDir) directory = g_dir_open (storage, 0, NULL);
  const char *name;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL) {
    g_autofree char *path = g_build_filename (storage, name, NULL);

    g_remove (path);
  }
  g_rmdir (storage);
}

/* --- Registration --- */

typedef struct {
  CatalogueFactory factory;
  gpointer data;
  CatalogueCase run;
} Registered;

static void
open_fixture (CatalogueFixture *self)
{
  g_autoptr (GError) error = NULL;

  self->catalogue = self->factory (self->data, self->storage);
  catalogue_open (self->catalogue, &error);
  g_assert_no_error (error);
}

static void
close_fixture (CatalogueFixture *self)
{
  tyto_catalogue_close (self->catalogue);
  g_assert_finalize_object (self->catalogue);
}

void
catalogue_fixture_reopen (CatalogueFixture *self)
{
  close_fixture (self);
  open_fixture (self);
}

static void
run_case (gconstpointer data)
{
  const Registered *registered = data;
  CatalogueFixture fixture
      = { registered->factory, registered->data, catalogue_suite_new_storage (), NULL };

  open_fixture (&fixture);
  registered->run (&fixture);
  close_fixture (&fixture);
  catalogue_suite_remove_storage (fixture.storage);
  g_free (fixture.storage);
}

static void
add_cases (const char *prefix, CatalogueFactory factory, gpointer data,
           const CatalogueCaseEntry *cases)
{
  for (; cases->name != NULL; cases++) {
    g_autofree char *path = g_strconcat (prefix, "/", cases->name, NULL);
    Registered *registered = g_new (Registered, 1);

    *registered = (Registered){ factory, data, cases->run };
    g_test_add_data_func_full (path, registered, run_case, g_free);
  }
}

void
catalogue_suite_add (const char *prefix, CatalogueFactory factory, gpointer data)
{
  add_cases (prefix, factory, data, catalogue_suite_entry_cases ());
  add_cases (prefix, factory, data, catalogue_suite_listing_cases ());
  add_cases (prefix, factory, data, catalogue_suite_queue_cases ());
  add_cases (prefix, factory, data, catalogue_suite_upkeep_cases ());
  add_cases (prefix, factory, data, catalogue_suite_wishes_cases ());
  add_cases (prefix, factory, data, catalogue_suite_deliveries_cases ());
  add_cases (prefix, factory, data, catalogue_suite_archive_cases ());
  add_cases (prefix, factory, data, catalogue_suite_retention_cases ());
  add_cases (prefix, factory, data, catalogue_suite_broadcasts_cases ());
  add_cases (prefix, factory, data, catalogue_suite_expiry_cases ());
}
