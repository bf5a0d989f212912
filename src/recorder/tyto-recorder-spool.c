/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The output directory: whose it is, that its files and the catalogue agree, and that there is
 * room. */
#include "recorder/tyto-recorder-private.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "recorder/cameras/tyto-camera-events.h"
#include "recorder/cameras/tyto-camera-facts.h"
#include "recorder/retention/tyto-reclaimed-rows.h"

static void
on_recovery_begins (TytoSpoolKeeper *keeper, TytoRecovery *recovery, TytoRecorder *self)
{
  g_autofree char *slow = NULL;
  GHashTableIter iter;
  gpointer camera;

  g_object_get (self->settings, "slow-dir", &slow, NULL);
  if (slow != NULL && *slow != '\0')
    tyto_recovery_add_slow_directory (recovery, slow);
  g_hash_table_iter_init (&iter, self->cameras);
  while (g_hash_table_iter_next (&iter, NULL, &camera)) {
    g_autoptr (GVariant) shown = g_variant_ref_sink (tyto_camera_to_variant (camera));
    TytoCameraFacts facts;

    tyto_camera_get_facts (camera, &facts);
    tyto_recovery_add_live (recovery, tyto_dict_string (shown, "run", ""));
    if (*facts.last_path != '\0')
      tyto_recovery_add_path (recovery, facts.last_path);
  }
  tyto_tier_mover_pause (self->mover);
  tyto_retention_pause (self->retention);
  self->n_verbs++; /* no idle exit meanwhile */
  tyto_recorder_update_busy (self);
}

static void
on_recovery_ended (TytoSpoolKeeper *keeper, TytoRecovery *recovery, TytoRecorder *self)
{
  tyto_tier_mover_unpause (self->mover);
  tyto_retention_unpause (self->retention);
  self->n_verbs--;
  tyto_recorder_update_busy (self);
  if (tyto_recovery_report_get (tyto_recovery_get_report (recovery), TYTO_FINDING_BROADCAST) > 0)
    tyto_broadcasts_look_again (self->broadcasts);
  if (tyto_recovery_has_mended (recovery))
    tyto_left_runs_end (self->left_runs);
}

static void
on_segment_recovered (TytoSpoolKeeper *keeper, TytoSegment *segment, TytoRecorder *self)
{
  TytoCamera *camera = g_hash_table_lookup (self->cameras, segment->camera);

  if (camera != NULL)
    tyto_camera_segment_recovered (camera, segment);
  else
    tyto_recorder_emit (self, RECORDER_SIGNAL_SEGMENT_CLOSED, tyto_segment_to_variant (segment));
}

static void
on_reclaimed (TytoDiskGuard *guard, guint64 files, guint64 bytes, GHashTable *paths,
              TytoRecorder *self)
{
  tyto_reclaimed_rows_tell (self->catalogue, g_hash_table_ref (paths));
}

void
tyto_recorder_init_spool (TytoRecorder *self)
{
  self->keeper = tyto_spool_keeper_new (self->catalogue, self->entries, self->alerts);
  self->guard = tyto_disk_guard_new (self->settings, self->disk, self->entries, self->alerts,
                                     tyto_settings_get_state_dir (self->settings));
  g_signal_connect (self->guard, "reclaimed", G_CALLBACK (on_reclaimed), self);
  g_signal_connect (self->keeper, "begins", G_CALLBACK (on_recovery_begins), self);
  g_signal_connect (self->keeper, "ended", G_CALLBACK (on_recovery_ended), self);
  g_signal_connect (self->keeper, "segment", G_CALLBACK (on_segment_recovered), self);
}

void
tyto_recorder_dispose_spool (TytoRecorder *self)
{
  if (self->keeper != NULL)
    g_signal_handlers_disconnect_by_data (self->keeper, self);
  g_clear_object (&self->keeper);
  tyto_recorder_cancel_bucket (self);
  g_clear_pointer (&self->bucket, tyto_recovery_report_unref);
  if (self->guard != NULL)
    g_signal_handlers_disconnect_by_data (self->guard, self);
  g_clear_object (&self->guard);
}

static void
on_run_ended (TytoCamera *camera, TytoRun *run, TytoRecorder *self)
{
  if (g_str_equal (run->end_reason, "worker-died"))
    tyto_spool_keeper_recover (self->keeper, TYTO_RECOVERY_OPEN);
  /* What it did not tell of must not be young; it may be of a new day. */
  if (!g_str_equal (run->end_reason, "stopped"))
    tyto_spool_keeper_recover_later (self->keeper);
}

static void
on_gap (TytoCamera *camera, TytoGap *gap, TytoRecorder *self)
{
  if (gap->end_us >= 0 && g_str_has_prefix (gap->reason, "disk"))
    tyto_spool_keeper_recover_later (self->keeper);
  if (g_str_equal (gap->reason, "disk-full"))
    tyto_disk_guard_set_paused (self->guard, gap->camera, gap->end_us < 0, gap->detail);
}

void
tyto_recorder_follow_camera_files (TytoRecorder *self, TytoCamera *camera)
{
  g_signal_connect (camera, "run-ended", G_CALLBACK (on_run_ended), self);
  g_signal_connect (camera, "gap-opened", G_CALLBACK (on_gap), self);
  g_signal_connect (camera, "gap-closed", G_CALLBACK (on_gap), self);
}

/* The verbs */

GVariant *
tyto_recorder_begin_check (TytoRecorder *self, gboolean rebuild, GError **error)
{
  if (self->phase != RECORDER_STARTED) {
    tyto_set_error (error, TYTO_ERROR_UNAVAILABLE, "Try again in some seconds.", "The recorder %s",
                    self->phase == RECORDER_ENDING ? "is shutting down" : "is starting");
    return NULL;
  }
  if (self->bucket_cancellable != NULL) {
    tyto_set_error (error, TYTO_ERROR_WRONG_STATE, "Wait for its end.",
                    "The catalogue is being made from the bucket");
    return NULL;
  }
  if (!tyto_spool_keeper_begin (self->keeper, rebuild ? TYTO_RECOVERY_REBUILD : TYTO_RECOVERY_CHECK,
                                error))
    return NULL;
  g_clear_pointer (&self->bucket, tyto_recovery_report_unref);
  return tyto_recorder_get_check (self, error);
}

GVariant *
tyto_recorder_get_check (TytoRecorder *self, GError **error)
{
  TytoRecoveryReport *report
      = self->bucket != NULL ? self->bucket : tyto_spool_keeper_get_report (self->keeper);

  if (report != NULL)
    return tyto_recovery_report_to_variant (report);
  tyto_set_error (error, TYTO_ERROR_NOT_FOUND, "Begin a check.",
                  "Recordings and catalogue have not been compared yet");
  return NULL;
}
