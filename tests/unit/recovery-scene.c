/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recovery-scene.h"

#include "media/tyto-mp4-writer.h"
#include "store/tyto-catalogue-sqlite.h"
#include "store/tyto-catalogue-upkeep.h"
#include "temporary-tree.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>

#define SIZE 100 /* of a frame */

void
recovery_scene_on_result (GObject *source, GAsyncResult *result, gpointer data)
{
  RecoveryScene *f = data;

  g_set_object (&f->result, result);
  g_main_loop_quit (f->loop);
}

static void
claim (RecoveryScene *f)
{
  g_autofree char *id = NULL;

  tyto_catalogue_get_id_async (f->catalogue, NULL, recovery_scene_on_result, f);
  g_main_loop_run (f->loop);
  id = tyto_catalogue_get_id_finish (f->catalogue, f->result, NULL);
  g_assert_nonnull (id);
  tyto_spool_claim_async (f->spool, id, TRUE, NULL, recovery_scene_on_result, f);
  g_main_loop_run (f->loop);
  g_assert_true (tyto_spool_claim_finish (f->spool, f->result, NULL, NULL));
}

void
recovery_scene_set_up (RecoveryScene *f, gconstpointer data)
{
  g_autofree char *database = NULL;
  g_autofree char *recordings = NULL;

  f->directory = g_dir_make_tmp ("tyto-recovery-XXXXXX", NULL);
  f->loop = g_main_loop_new (NULL, FALSE);
  f->told = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_segment_unref);
  database = g_build_filename (f->directory, "catalogue.db", NULL);
  recordings = g_build_filename (f->directory, "recordings", NULL);
  f->catalogue = tyto_catalogue_sqlite_new (database);
  f->spool = tyto_spool_new (recordings);
  tyto_catalogue_open_async (f->catalogue, NULL, recovery_scene_on_result, f);
  g_main_loop_run (f->loop);
  g_assert_true (tyto_catalogue_open_finish (f->catalogue, f->result, NULL));
  claim (f);
}

void
recovery_scene_tear_down (RecoveryScene *f, gconstpointer data)
{
  g_clear_object (&f->result);
  g_object_unref (f->spool);
  tyto_catalogue_close (f->catalogue);
  g_object_unref (f->catalogue);
  g_main_loop_unref (f->loop);
  g_ptr_array_unref (f->told);
  temporary_tree_remove (f->directory);
  g_free (f->slow);
  g_free (f->directory);
}

static void
append (GByteArray *to, GBytes *taken)
{
  g_autoptr (GBytes) bytes = taken;

  g_byte_array_append (to, g_bytes_get_data (bytes, NULL), (guint) g_bytes_get_size (bytes));
}

static TytoMp4Writer *
make_writer (const char *camera, guint64 sequence)
{
  static const guint8 avcc[] = { 1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, 0, 1, 0, 0 };
  const TytoMediaIdentity identity
      = { .camera = (char *) camera,
          .stream = (char *) "main",
          .run = (char *) (*camera != '\0' ? RECOVERY_RUN : ""),
          .sequence = sequence,
          .wall_start_us = RECOVERY_START + (gint64) sequence * G_USEC_PER_SEC,
          .camera_time_us = -1 };
  g_autoptr (GBytes) codec_data = g_bytes_new_static (avcc, sizeof avcc);
  TytoMp4Track track = { .codec = TYTO_MP4_H264,
                         .codec_data = codec_data,
                         .timescale = 90000,
                         .width = 640,
                         .height = 360 };

  return tyto_mp4_writer_new (&identity, &track, 1);
}

char *
recovery_scene_make_file (RecoveryScene *f, const char *name, const char *camera, guint64 sequence,
                          guint fragments, gboolean complete, guint lacking)
{
  g_autoptr (TytoMp4Writer) writer = make_writer (camera, sequence);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  char *path = g_build_filename (tyto_spool_get_directory (f->spool), name, NULL);
  struct timespec long_ago[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
  guint8 media[RECOVERY_FRAMES * SIZE];

  append (bytes, tyto_mp4_writer_header (writer));
  for (guint i = 0; i < fragments; i++) {
    for (guint n = 0; n < RECOVERY_FRAMES; n++) {
      TytoMp4Sample sample = { .dts = (i * RECOVERY_FRAMES + n) * 3600,
                               .duration = 3600,
                               .size = SIZE,
                               .key = i == 0 && n == 0 };

      tyto_mp4_writer_add (writer, 0, &sample);
    }
    append (bytes, tyto_mp4_writer_end_fragment (writer, 0));
    memset (media, 0x55, sizeof media);
    for (guint n = 0; n < RECOVERY_FRAMES; n++) /* one NAL unit a sample */
      memcpy (media + n * SIZE, (guint8[]){ 0, 0, 0, SIZE - 4, 0x65 }, 5);
    g_byte_array_append (bytes, media, sizeof media);
  }
  if (complete)
    append (bytes, tyto_mp4_writer_trailer (writer));
  g_byte_array_set_size (bytes, bytes->len - lacking);
  g_assert_true (g_file_set_contents (path, (char *) bytes->data, bytes->len, NULL));
  g_assert_cmpint (utimensat (AT_FDCWD, path, long_ago, 0), ==, 0);
  return path;
}

static void
on_segment (TytoRecovery *recovery, TytoSegment *segment, RecoveryScene *f)
{
  g_ptr_array_add (f->told, tyto_segment_ref (segment));
}

char *
recovery_scene_run (RecoveryScene *f, TytoRecovery *taken, const char *live)
{
  g_autoptr (TytoRecovery) recovery = taken;
  g_autoptr (GError) error = NULL;

  g_signal_connect (recovery, "segment", G_CALLBACK (on_segment), f);
  if (live != NULL)
    tyto_recovery_add_live (recovery, live);
  if (f->slow != NULL)
    tyto_recovery_add_slow_directory (recovery, f->slow);
  tyto_recovery_run_async (recovery, NULL, recovery_scene_on_result, f);
  g_main_loop_run (f->loop);
  g_assert_true (tyto_recovery_run_finish (recovery, f->result, &error));
  g_assert_no_error (error);
  while (g_main_context_iteration (NULL, FALSE))
    ; /* "segment" may come after the end */
  return tyto_recovery_report_summary (tyto_recovery_get_report (recovery));
}

char *
recovery_scene_recover (RecoveryScene *f, TytoRecoveryMode mode, const char *live)
{
  return recovery_scene_run (f, tyto_recovery_new (f->catalogue, f->spool, mode), live);
}

guint
recovery_scene_count_rows (RecoveryScene *f)
{
  TytoCatalogueQuery query = TYTO_CATALOGUE_QUERY_INIT;
  g_autoptr (GPtrArray) rows = NULL;
  g_autofree char *cursor = NULL;

  tyto_catalogue_list_segments_async (f->catalogue, &query, NULL, recovery_scene_on_result, f);
  g_main_loop_run (f->loop);
  rows = tyto_catalogue_list_segments_finish (f->catalogue, f->result, &cursor, NULL);
  return rows->len;
}
