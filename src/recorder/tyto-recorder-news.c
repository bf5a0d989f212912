/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/tyto-recorder-private.h"

#include "base/tyto-json.h"
#include "base/tyto-log.h"
#include "base/tyto-time.h"

static void
on_changed (TytoCamera *camera, TytoRecorder *self)
{
  tyto_recorder_judge_camera (self, camera);
  tyto_recorder_emit (self, RECORDER_SIGNAL_CAMERA_CHANGED, tyto_camera_to_variant (camera));
  tyto_recorder_update_busy (self);
}

static void
on_run_started (TytoCamera *camera, TytoRun *run, TytoRecorder *self)
{
  tyto_entry_queue_enter_run (self->entries, run);
  tyto_recorder_emit (self, RECORDER_SIGNAL_CAMERA_CHANGED, tyto_camera_to_variant (camera));
}

static void
on_run_ended (TytoCamera *camera, TytoRun *run, TytoRecorder *self)
{
  tyto_entry_queue_end_run (self->entries, run);
}

static void
on_wish (TytoCamera *camera, TytoWish *wish, TytoRecorder *self)
{
  tyto_entry_queue_enter_wish (self->entries, wish);
}

static void
on_segment_begun (TytoCamera *camera, TytoSegment *segment, TytoRecorder *self)
{
  tyto_entry_queue_open_segment (self->entries, segment);
}

static void
on_segment_opened (TytoCamera *camera, GVariant *segment, TytoRecorder *self)
{
  tyto_recorder_emit_for (self, RECORDER_SIGNAL_SEGMENT_OPENED, tyto_camera_get_id (camera),
                          segment);
}

static void
on_segment_closed (TytoCamera *camera, TytoSegment *segment, TytoRecorder *self)
{
  tyto_entry_queue_enter_segment (self->entries, segment);
}

static void
on_thumbnail_taken (TytoCamera *camera, GVariant *thumbnail, TytoRecorder *self)
{
  tyto_entry_queue_enter_thumbnail (self->entries, tyto_camera_get_id (camera), thumbnail);
}

static void
on_gap_opened (TytoCamera *camera, TytoGap *gap, TytoRecorder *self)
{
  tyto_log_camera (gap->camera, G_LOG_LEVEL_WARNING, "Gap (%s): %s", gap->reason, gap->detail);
  tyto_entry_queue_enter_gap (self->entries, gap);
}

static void
on_gap_closed (TytoCamera *camera, TytoGap *gap, TytoRecorder *self)
{
  tyto_entry_queue_end_gap (self->entries, gap);
}

static void
on_gap_moved (TytoCamera *camera, TytoGap *gap, TytoRecorder *self)
{
  tyto_entry_queue_move_gap (self->entries, gap);
}

void
tyto_recorder_follow_camera (TytoRecorder *self, TytoCamera *camera)
{
  const struct {
    const char *signal;
    GCallback handler;
  } table[] = {
    { "changed", G_CALLBACK (on_changed) },
    { "wish", G_CALLBACK (on_wish) },
    { "run-started", G_CALLBACK (on_run_started) },
    { "run-ended", G_CALLBACK (on_run_ended) },
    { "segment-begun", G_CALLBACK (on_segment_begun) },
    { "segment-opened", G_CALLBACK (on_segment_opened) },
    { "segment-closed", G_CALLBACK (on_segment_closed) },
    { "thumbnail-taken", G_CALLBACK (on_thumbnail_taken) },
    { "gap-opened", G_CALLBACK (on_gap_opened) },
    { "gap-closed", G_CALLBACK (on_gap_closed) },
    { "gap-moved", G_CALLBACK (on_gap_moved) },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    g_signal_connect (camera, table[i].signal, table[i].handler, self);
  tyto_recorder_follow_camera_files (self, camera);
  tyto_recorder_watch_camera (self, camera);
}

void
tyto_recorder_unfollow_camera (TytoRecorder *self, TytoCamera *camera)
{
  g_signal_handlers_disconnect_by_data (camera, self);
}

static void
on_segment_entered (TytoEntryQueue *entries, TytoSegment *segment, TytoRecorder *self)
{
  tyto_recorder_emit (self, RECORDER_SIGNAL_SEGMENT_CLOSED, tyto_segment_to_variant (segment));
}

static void
on_gap_entered (TytoEntryQueue *entries, TytoGap *gap, TytoRecorder *self)
{
  tyto_recorder_emit (self, RECORDER_SIGNAL_GAP_OPENED, tyto_gap_to_variant (gap));
}

static void
on_gap_ended (TytoEntryQueue *entries, TytoGap *gap, TytoRecorder *self)
{
  tyto_recorder_emit (self, RECORDER_SIGNAL_GAP_CLOSED, tyto_gap_to_variant (gap));
}

static void
on_thumbnail_entered (TytoEntryQueue *entries, const char *camera, GVariant *thumbnail,
                      TytoRecorder *self)
{
  g_autofree char *taken_at = tyto_time_format (tyto_dict_int (thumbnail, "wall", 0));
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "path", "s", tyto_dict_string (thumbnail, "path", ""));
  g_variant_dict_insert (&dict, "taken_at", "s", taken_at);
  g_variant_dict_insert (&dict, "width", "t", tyto_dict_uint (thumbnail, "width", 0));
  g_variant_dict_insert (&dict, "height", "t", tyto_dict_uint (thumbnail, "height", 0));
  g_variant_dict_insert (&dict, "bytes", "t", tyto_dict_uint (thumbnail, "bytes", 0));
  tyto_recorder_emit_for (self, RECORDER_SIGNAL_THUMBNAIL_TAKEN, camera,
                          g_variant_dict_end (&dict));
}

static void
on_failing (TytoEntryQueue *entries, const char *why, TytoRecorder *self)
{
  g_autofree char *message
      = g_strdup_printf ("The catalogue does not take rows: %s. They are kept in memory.", why);

  tyto_alerts_raise (self->alerts, "catalogue", "critical", "", message);
}

static void
on_recovered (TytoEntryQueue *entries, TytoRecorder *self)
{
  tyto_alerts_clear (self->alerts, "catalogue", "", "The catalogue takes rows again");
}

void
tyto_recorder_follow_entries (TytoRecorder *self)
{
  const struct {
    const char *signal;
    GCallback handler;
  } table[] = {
    { "segment-entered", G_CALLBACK (on_segment_entered) },
    { "gap-entered", G_CALLBACK (on_gap_entered) },
    { "gap-ended", G_CALLBACK (on_gap_ended) },
    { "thumbnail-entered", G_CALLBACK (on_thumbnail_entered) },
    { "failing", G_CALLBACK (on_failing) },
    { "recovered", G_CALLBACK (on_recovered) },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    g_signal_connect (self->entries, table[i].signal, table[i].handler, self);
}
