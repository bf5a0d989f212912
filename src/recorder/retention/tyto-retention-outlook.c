/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/retention/tyto-retention-outlook.h"

#include "base/tyto-time.h"
#include "recorder/disk/tyto-disk-space.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

#define MINUTE_US (60 * (gint64) G_USEC_PER_SEC)

/* What is gathered. */
typedef struct {
  TytoSettings *settings;
  TytoRetentionOutlook *outlook;
  TytoDiskLimits limits;
  gint64 now_us;
} Look;

static void
camera_free (gpointer data)
{
  TytoOutlookCamera *self = data;

  g_free (self->id);
  g_clear_pointer (&self->config, tyto_camera_config_unref);
  g_clear_pointer (&self->kept, tyto_kept_totals_free);
  g_free (self);
}

void
tyto_retention_outlook_free (TytoRetentionOutlook *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->disks); i++)
    g_free (self->disks[i].directory);
  g_ptr_array_unref (self->cameras);
  g_free (self);
}

static void
look_free (gpointer data)
{
  Look *self = data;

  g_object_unref (self->settings);
  g_clear_pointer (&self->outlook, tyto_retention_outlook_free);
  g_free (self);
}

/* --- Promises --- */

TytoRetentionPromise
tyto_retention_outlook_get_promise (TytoSettings *settings, const TytoCameraConfig *config)
{
  g_autoptr (GVariant) plans = tyto_settings_get_dict (settings, "retention-plans");
  g_autoptr (GVariant) owners = tyto_settings_get_dict (settings, "retention-owners");
  const TytoRetentionPlans service = {
    .plans = plans,
    .owners = owners,
    .days = tyto_settings_get_uint (settings, "retention-days"),
  };
  TytoRetentionPromise promise = tyto_retention_policy_get (&service, config);

  promise.plan = g_intern_string (promise.plan);
  return promise;
}

static TytoOutlookCamera *
add_camera (Look *self, const char *id, TytoCameraConfig *config)
{
  TytoOutlookCamera *camera = g_new0 (TytoOutlookCamera, 1);

  camera->id = g_strdup (id);
  camera->config = config != NULL ? tyto_camera_config_ref (config) : NULL;
  camera->promise = tyto_retention_outlook_get_promise (self->settings, config);
  g_ptr_array_add (self->outlook->cameras, camera);
  return camera;
}

static int
compare_cameras (gconstpointer a, gconstpointer b)
{
  const TytoOutlookCamera *const *one = a;
  const TytoOutlookCamera *const *other = b;

  return strcmp ((*one)->id, (*other)->id);
}

/* Takes the rows of @kept. */
static void
add_cameras (Look *self, GPtrArray *kept)
{
  g_autoptr (GPtrArray) configs = tyto_settings_list_cameras (self->settings);
  g_autoptr (GHashTable) by_id = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < configs->len; i++) {
    TytoCameraConfig *config = configs->pdata[i];

    g_hash_table_insert (by_id, config->id, add_camera (self, config->id, config));
  }
  g_ptr_array_set_free_func (kept, NULL);
  for (guint i = 0; i < kept->len; i++) {
    TytoKeptTotals *row = kept->pdata[i];
    TytoOutlookCamera *camera = g_hash_table_lookup (by_id, row->camera);

    if (camera == NULL)
      camera = add_camera (self, row->camera, NULL);
    camera->kept = row;
    camera->day_bytes
        = tyto_retention_forecast_day_bytes (row->day_bytes, row->first_us, self->now_us);
    self->outlook->disks[0].recordings += row->fast_bytes;
    self->outlook->disks[1].recordings += row->slow_bytes;
  }
  g_ptr_array_sort (self->outlook->cameras, compare_cameras);
}

/* --- The disks, in a thread --- */

static gboolean
ask_disk (const TytoDiskLimits *limits, TytoOutlookDisk *disk)
{
  TytoDiskUsage usage;
  guint64 floor;

  if (!tyto_disk_space_read (disk->directory, &usage))
    return FALSE;
  floor = tyto_disk_limits_get_floor (limits, usage.total);
  disk->forecast.free_bytes = usage.free > floor ? usage.free - floor : 0;
  disk->forecast.room_bytes = disk->recordings + disk->forecast.free_bytes;
  return TRUE;
}

static void
ask_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Look *self = data;
  TytoOutlookDisk *disks = self->outlook->disks;
  struct stat fast, slow;

  /* Two directories of one disk share its room. */
  if (disks[1].directory != NULL && stat (disks[0].directory, &fast) == 0
      && stat (disks[1].directory, &slow) == 0 && fast.st_dev == slow.st_dev) {
    disks[0].recordings += disks[1].recordings;
    g_clear_pointer (&disks[1].directory, g_free);
  }
  if (ask_disk (&self->limits, &disks[0]))
    self->outlook->n_disks = 1;
  if (self->outlook->n_disks == 1 && disks[1].directory != NULL
      && ask_disk (&self->limits, &disks[1]))
    self->outlook->n_disks = 2;
  g_task_return_boolean (task, TRUE);
}

/* --- The call --- */

static void
on_asked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Look *self = g_task_get_task_data (G_TASK (result));

  tyto_retention_outlook_judge (
      self->outlook, self->now_us,
      tyto_settings_get_uint (self->settings, "slow-after-minutes") * MINUTE_US,
      tyto_settings_get_uint (self->settings, "local-retention-minutes") * MINUTE_US);
  g_task_return_pointer (task, g_steal_pointer (&self->outlook),
                         (GDestroyNotify) tyto_retention_outlook_free);
}

static void
on_kept (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Look *self = g_object_get_data (G_OBJECT (task), "look");
  GError *error = NULL;
  g_autoptr (GPtrArray) kept
      = tyto_catalogue_list_rows_finish (TYTO_CATALOGUE (source), result, &error);
  g_autoptr (GTask) asking = NULL;

  if (kept == NULL) {
    look_free (self);
    g_task_return_error (task, error);
    g_object_unref (task);
    return;
  }
  add_cameras (self, kept);
  asking = g_task_new (NULL, NULL, on_asked, task);
  g_task_set_source_tag (asking, ask_in_thread);
  g_task_set_task_data (asking, self, look_free);
  g_task_run_in_thread (asking, ask_in_thread);
}

void
tyto_retention_outlook_async (TytoSettings *settings, TytoCatalogue *catalogue,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Look *self = g_new0 (Look, 1);
  const char *slow = tyto_settings_get_string (settings, "slow-dir");

  self->settings = g_object_ref (settings);
  self->now_us = tyto_time_now ();
  self->limits.floor_bytes = (guint64) tyto_settings_get_uint (settings, "disk-floor-mib") << 20;
  self->limits.floor_percent = tyto_settings_get_uint (settings, "disk-floor-percent");
  self->outlook = g_new0 (TytoRetentionOutlook, 1);
  self->outlook->cameras = g_ptr_array_new_with_free_func (camera_free);
  self->outlook->archive = *tyto_settings_get_string (settings, "s3-endpoint") != '\0'
                           || *tyto_settings_get_string (settings, "storage-service-url") != '\0';
  self->outlook->disks[0].tier = "fast";
  self->outlook->disks[0].directory = g_strdup (tyto_settings_get_string (settings, "output-dir"));
  self->outlook->disks[1].tier = "slow";
  self->outlook->disks[1].directory = *slow != '\0' ? g_strdup (slow) : NULL;
  g_task_set_source_tag (task, tyto_retention_outlook_async);
  g_object_set_data (G_OBJECT (task), "look", self);
  tyto_catalogue_list_kept_async (catalogue, self->now_us, cancellable, on_kept, task);
}

TytoRetentionOutlook *
tyto_retention_outlook_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
