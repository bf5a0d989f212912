/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/disk/tyto-disk-guard.h"

#include "recorder/disk/tyto-disk-reclaim.h"
#include "recorder/disk/tyto-disk-reserve.h"

/* When there was nothing to reclaim, something may have been archived this much later. */
#define RECLAIM_AGAIN_S 10

struct _TytoDiskGuard {
  GObject parent_instance;

  TytoSettings *settings;
  TytoDiskSpace *space;
  TytoEntryQueue *entries;
  TytoAlerts *alerts;
  TytoDiskReserve *reserve;
  GCancellable *cancellable;
  GHashTable *paused; /* (element-type utf8): cameras */
  gboolean reclaiming;
  gint64 not_before_us; /* of the next reclaiming, monotonic */
  guint64 reclaimed_files;
  guint64 reclaimed_bytes;
};

G_DEFINE_FINAL_TYPE (TytoDiskGuard, tyto_disk_guard, G_TYPE_OBJECT)

enum { SIGNAL_RECLAIMED, N_SIGNALS };

static guint signals[N_SIGNALS];

static char *
describe (TytoDiskGuard *self, const char *word)
{
  const TytoDiskUsage *usage = tyto_disk_space_get_usage (self->space);
  g_autofree char *free_text = g_format_size (usage->free);
  g_autofree char *total = g_format_size (usage->total);

  return g_strdup_printf ("The disk of %s is %s: %s free of %s (%.0f %% used)",
                          tyto_settings_get_string (self->settings, "output-dir"), word, free_text,
                          total, tyto_disk_usage_get_percent (usage));
}

static void
update_full (TytoDiskGuard *self, TytoDiskState state)
{
  const TytoDiskUsage *usage = tyto_disk_space_get_usage (self->space);
  guint64 floor
      = tyto_disk_limits_get_floor (tyto_disk_space_get_limits (self->space), usage->total);
  g_autofree char *floor_text = g_format_size (floor);
  g_autofree char *what = NULL;
  g_autofree char *message = NULL;

  if (state != TYTO_DISK_FULL && g_hash_table_size (self->paused) > 0)
    return;
  if (state != TYTO_DISK_FULL) {
    what = describe (self, "no longer full");
    tyto_alerts_clear (self->alerts, "disk-full", "", what);
    return;
  }
  what = describe (self, "full");
  message = g_strdup_printf (
      "%s: nothing is recorded below %s\nMake room; recording goes on by itself.", what,
      floor_text);
  tyto_alerts_raise (self->alerts, "disk-full", "critical", "", message);
}

static void
update_alerts (TytoDiskGuard *self)
{
  TytoDiskState state = tyto_disk_space_get_state (self->space);
  g_autofree char *message = NULL;

  if (tyto_disk_space_get_total (self->space) == 0)
    return;
  if (state >= TYTO_DISK_WARNING) {
    message = describe (self, state >= TYTO_DISK_CRITICAL ? "nearly full" : "filling up");
    tyto_alerts_raise (self->alerts, "disk-space",
                       state >= TYTO_DISK_CRITICAL ? "critical" : "warning", "", message);
  } else {
    message = describe (self, "no longer filling up");
    tyto_alerts_clear (self->alerts, "disk-space", "", message);
  }
  update_full (self, state);
}

static void
on_reclaimed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoDiskGuard) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *size = NULL;
  g_autoptr (GHashTable) paths = NULL;
  TytoDiskReclaimed done = { 0 };

  self->reclaiming = FALSE;
  if (!tyto_disk_reclaim_finish (result, &done, &error)
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_warning ("Archived recordings could not be deleted: %s", error->message);
  paths = done.paths;
  if (!done.enough)
    self->not_before_us = g_get_monotonic_time () + RECLAIM_AGAIN_S * G_USEC_PER_SEC;
  if (done.files == 0 || g_cancellable_is_cancelled (self->cancellable))
    return;
  self->reclaimed_files += done.files;
  self->reclaimed_bytes += done.bytes;
  size = g_format_size (done.bytes);
  g_message ("Reclaimed %s: deleted %" G_GUINT64_FORMAT " archived recordings", size, done.files);
  g_signal_emit (self, signals[SIGNAL_RECLAIMED], 0, done.files, done.bytes, paths);
  tyto_disk_space_ask (self->space);
}

static void
reclaim_if_short (TytoDiskGuard *self)
{
  guint64 shortage = tyto_disk_limits_get_shortage (tyto_disk_space_get_limits (self->space),
                                                    tyto_disk_space_get_usage (self->space));

  if (shortage == 0 || self->reclaiming || g_get_monotonic_time () < self->not_before_us)
    return;
  self->reclaiming = TRUE;
  tyto_disk_reclaim_async (tyto_settings_get_string (self->settings, "output-dir"), shortage,
                           self->cancellable, on_reclaimed, g_object_ref (self));
}

static void
on_asked (TytoDiskSpace *space, TytoDiskGuard *self)
{
  update_alerts (self);
  reclaim_if_short (self);
  if (tyto_entry_queue_get_failure (self->entries) == NULL)
    tyto_disk_reserve_keep (self->reserve);
}

static void
on_failing (TytoEntryQueue *entries, const char *why, TytoDiskGuard *self)
{
  tyto_disk_reserve_release (self->reserve);
}

static void
follow_limits (TytoDiskGuard *self)
{
  const TytoDiskLimits limits = {
    .floor_bytes = (guint64) tyto_settings_get_uint (self->settings, "disk-floor-mib") << 20,
    .floor_percent = tyto_settings_get_uint (self->settings, "disk-floor-percent"),
    .warn_percent = tyto_settings_get_uint (self->settings, "disk-warn-percent"),
    .critical_percent = tyto_settings_get_uint (self->settings, "disk-critical-percent"),
  };

  tyto_disk_space_set_limits (self->space, &limits);
}

TytoDiskGuard *
tyto_disk_guard_new (TytoSettings *settings, TytoDiskSpace *space, TytoEntryQueue *entries,
                     TytoAlerts *alerts, const char *state_dir)
{
  TytoDiskGuard *self = g_object_new (TYTO_TYPE_DISK_GUARD, NULL);

  self->settings = g_object_ref (settings);
  self->space = g_object_ref (space);
  self->entries = g_object_ref (entries);
  self->alerts = g_object_ref (alerts);
  self->reserve = tyto_disk_reserve_new (state_dir);
  follow_limits (self);
  g_signal_connect (space, "asked", G_CALLBACK (on_asked), self);
  g_signal_connect (entries, "failing", G_CALLBACK (on_failing), self);
  g_signal_connect_swapped (settings, "notify", G_CALLBACK (follow_limits), self);
  return self;
}

void
tyto_disk_guard_set_paused (TytoDiskGuard *self, const char *camera, gboolean paused,
                            const char *detail)
{
  g_autofree char *message = NULL;

  tyto_disk_space_ask (self->space); /* its answer clears the alert when all is well */
  if (!paused) {
    g_hash_table_remove (self->paused, camera);
    return;
  }
  message = g_strdup_printf ("%s\nMake room; recording goes on by itself.",
                             detail != NULL && *detail != '\0' ? detail
                                                               : "There is no room for recordings");
  g_hash_table_add (self->paused, g_strdup (camera));
  tyto_alerts_raise (self->alerts, "disk-full", "critical", "", message);
}

guint64
tyto_disk_guard_get_reclaimed_files (TytoDiskGuard *self)
{
  return self->reclaimed_files;
}

guint64
tyto_disk_guard_get_reclaimed_bytes (TytoDiskGuard *self)
{
  return self->reclaimed_bytes;
}

static void
tyto_disk_guard_dispose (GObject *object)
{
  TytoDiskGuard *self = TYTO_DISK_GUARD (object);

  g_cancellable_cancel (self->cancellable);
  if (self->space != NULL)
    g_signal_handlers_disconnect_by_data (self->space, self);
  if (self->entries != NULL)
    g_signal_handlers_disconnect_by_data (self->entries, self);
  if (self->settings != NULL)
    g_signal_handlers_disconnect_by_data (self->settings, self);
  g_clear_object (&self->space);
  g_clear_object (&self->entries);
  g_clear_object (&self->settings);
  g_clear_object (&self->alerts);
  g_clear_object (&self->reserve);
  G_OBJECT_CLASS (tyto_disk_guard_parent_class)->dispose (object);
}

static void
tyto_disk_guard_finalize (GObject *object)
{
  g_object_unref (TYTO_DISK_GUARD (object)->cancellable);
  g_hash_table_unref (TYTO_DISK_GUARD (object)->paused);
  G_OBJECT_CLASS (tyto_disk_guard_parent_class)->finalize (object);
}

static void
tyto_disk_guard_class_init (TytoDiskGuardClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tyto_disk_guard_dispose;
  G_OBJECT_CLASS (klass)->finalize = tyto_disk_guard_finalize;
  signals[SIGNAL_RECLAIMED]
      = g_signal_new ("reclaimed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_FIRST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 3, G_TYPE_UINT64, G_TYPE_UINT64, G_TYPE_HASH_TABLE);
}

static void
tyto_disk_guard_init (TytoDiskGuard *self)
{
  self->cancellable = g_cancellable_new ();
  self->paused = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}
