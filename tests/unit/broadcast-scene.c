/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "broadcast-scene.h"

#include "store/tyto-catalogue-sqlite.h"
#include "temporary-tree.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define WAIT_S 20

/* Warnings are expected. */
static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n, gpointer data)
{
  if ((level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL)) != 0)
    return g_log_writer_default (level, fields, n, data);
  return g_log_writer_standard_streams (level, fields, n, data);
}

/* --- The main loop --- */

static gboolean
on_late (gpointer data)
{
  g_error ("It has been waited for in vain");
  return G_SOURCE_REMOVE;
}

static gboolean
on_look (gpointer data)
{
  return G_SOURCE_CONTINUE; /* wakes the loop up: what is waited for may be a file */
}

void
scene_run (Scene *self, gboolean (*done) (Scene *self, gpointer data), gpointer data)
{
  guint late = g_timeout_add_seconds (WAIT_S, on_late, NULL);
  guint look = g_timeout_add (10, on_look, NULL);

  while (!done (self, data))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (late);
  g_source_remove (look);
}

static gboolean
has_result (Scene *self, gpointer data)
{
  return *(GAsyncResult **) data != NULL;
}

void
scene_keep (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

GVariant *
scene_finish (Scene *self, GAsyncResult **result, GError **error)
{
  GVariant *answer;

  scene_run (self, has_result, result);
  answer = tyto_broadcasts_call_finish (self->broadcasts, *result, error);
  g_clear_object (result);
  return answer;
}

GVariant *
scene_call (Scene *self, SceneCall call, const char *id, GError **error)
{
  GAsyncResult *result = NULL;

  call (self->broadcasts, id, NULL, scene_keep, &result);
  return scene_finish (self, &result, error);
}

/* --- The scene --- */

static void
on_added (Scene *self, GVariant *broadcast)
{
  g_ptr_array_add (self->told, g_strdup ("added"));
}

static void
on_changed (Scene *self, GVariant *broadcast)
{
  const char *status = tyto_dict_string (broadcast, "status", "");

  if (self->told->len == 0 || !g_str_equal (self->told->pdata[self->told->len - 1], status))
    g_ptr_array_add (self->told, g_strdup (status));
}

static void
on_removed (Scene *self, const char *id)
{
  g_ptr_array_add (self->told, g_strdup ("removed"));
}

static void
start (Scene *self)
{
  g_autofree char *worker = g_build_filename (self->directory, "bin", "tyto-worker", NULL);
  g_autoptr (TytoWorkerLauncher) launcher
      = tyto_worker_launcher_new (self->settings, worker, self->directory);

  self->broadcasts = tyto_broadcasts_new (self->settings, self->catalogue, self->alerts, launcher);
  g_signal_connect_swapped (self->broadcasts, "added", G_CALLBACK (on_added), self);
  g_signal_connect_swapped (self->broadcasts, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect_swapped (self->broadcasts, "removed", G_CALLBACK (on_removed), self);
  tyto_broadcasts_start (self->broadcasts);
}

static void
link_programs (Scene *self)
{
  static const char *const names[] = { "tyto-worker", "tyto-collector" };
  g_autofree char *bin = g_build_filename (self->directory, "bin", NULL);

  g_assert_cmpint (g_mkdir (bin, 0700), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *name = g_build_filename (bin, names[i], NULL);

    g_assert_cmpint (symlink (g_getenv ("STAND_IN"), name), ==, 0);
  }
}

void
scene_init (void)
{
  g_log_set_writer_func (write_log, NULL, NULL);
}

void
scene_set_up (Scene *self, gconstpointer settings)
{
  g_autofree char *file = NULL;
  g_autofree char *text = NULL;
  g_autofree char *output = NULL;
  g_autofree char *database = NULL;
  g_autoptr (GError) error = NULL;
  GAsyncResult *result = NULL;

  self->directory = g_dir_make_tmp ("tyto-broadcasts-XXXXXX", &error);
  g_assert_no_error (error);
  g_setenv ("TMPDIR", self->directory, TRUE);
  link_programs (self);
  output = g_build_filename (self->directory, "out", NULL);
  file = g_build_filename (self->directory, "tyto.conf", NULL);
  database = g_build_filename (self->directory, "catalogue.db", NULL);
  text = g_strdup_printf ("[tyto]\noutput-dir='%s'\ndisk-floor-mib=0\ndisk-floor-percent=0\n%s",
                          output, settings != NULL ? (const char *) settings : "");
  g_file_set_contents_full (file, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, &error);
  g_assert_no_error (error);
  self->settings = tyto_settings_new (file, self->directory, &error);
  g_assert_no_error (error);
  self->catalogue = tyto_catalogue_sqlite_new (database);
  tyto_catalogue_open_async (self->catalogue, NULL, scene_keep, &result);
  scene_run (self, has_result, &result);
  g_assert_true (tyto_catalogue_open_finish (self->catalogue, result, &error));
  g_object_unref (result);
  self->alerts = tyto_alerts_new ();
  self->told = g_ptr_array_new_with_free_func (g_free);
  start (self);
}

void
scene_restart (Scene *self)
{
  g_signal_handlers_disconnect_by_data (self->broadcasts, self);
  g_object_run_dispose (G_OBJECT (self->broadcasts));
  g_object_unref (self->broadcasts);
  start (self);
}

void
scene_tear_down (Scene *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  GAsyncResult *result = NULL;

  tyto_broadcasts_stop_async (self->broadcasts, scene_keep, &result);
  scene_run (self, has_result, &result);
  g_assert_true (tyto_broadcasts_stop_finish (self->broadcasts, result, &error));
  g_object_unref (result);
  g_object_run_dispose (G_OBJECT (self->broadcasts));
  g_object_unref (self->broadcasts);
  tyto_catalogue_close (self->catalogue);
  g_object_unref (self->catalogue);
  g_object_unref (self->alerts);
  g_object_unref (self->settings);
  g_ptr_array_unref (self->told);
  temporary_tree_remove (self->directory);
  g_free (self->directory);
}

/* --- The processes --- */

void
scene_order (Scene *self, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (self->directory, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

char *
scene_read_calls (Scene *self)
{
  g_autofree char *path = g_build_filename (self->directory, "calls", NULL);
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : g_strdup ("");
}

guint
scene_count_calls (Scene *self, const char *what)
{
  g_autofree char *text = scene_read_calls (self);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  guint n = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    n += g_str_has_prefix (lines[i], what);
  return n;
}

/* --- Broadcasts --- */

void
scene_tell (Scene *self, gboolean started, const char *stream, gint64 at_us)
{
  const TytoStreamEvent event = { .started = started,
                                  .stream_id = stream,
                                  .stream_key = SCENE_KEY,
                                  .user_id = "",
                                  .at_us = at_us,
                                  .playlist_url = "" };
  g_autoptr (GError) error = NULL;
  GAsyncResult *result = NULL;

  tyto_broadcasts_take_event_async (self->broadcasts, &event, "webhook", NULL, scene_keep, &result);
  scene_run (self, has_result, &result);
  g_assert_true (tyto_broadcasts_take_event_finish (self->broadcasts, result, &error));
  g_object_unref (result);
}

GVariant *
scene_list (Scene *self)
{
  TytoBroadcastQuery query = TYTO_BROADCAST_QUERY_INIT;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) page = NULL;
  GAsyncResult *result = NULL;

  tyto_broadcasts_list_async (self->broadcasts, &query, FALSE, NULL, scene_keep, &result);
  page = scene_finish (self, &result, &error);
  g_assert_no_error (error);
  return g_variant_lookup_value (page, "items", G_VARIANT_TYPE ("aa{sv}"));
}

GVariant *
scene_get (Scene *self, guint i)
{
  g_autoptr (GVariant) list = scene_list (self);

  g_assert_cmpuint (i, <, g_variant_n_children (list));
  return g_variant_get_child_value (list, i);
}

typedef struct {
  guint i;
  const char *member;
  const char *text;
} Awaited;

static gboolean
is_so (Scene *self, gpointer data)
{
  const Awaited *awaited = data;
  g_autoptr (GVariant) broadcast = scene_get (self, awaited->i);

  return g_str_equal (tyto_dict_string (broadcast, awaited->member, ""), awaited->text);
}

void
scene_await (Scene *self, guint i, const char *member, const char *text)
{
  Awaited awaited = { i, member, text };

  scene_run (self, is_so, &awaited);
}

gboolean
scene_stands (Scene *self, const char *kind)
{
  return tyto_alerts_stands (self->alerts, kind, "");
}
