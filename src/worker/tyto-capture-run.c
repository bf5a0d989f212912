/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-capture-run.h"

#include "base/tyto-id.h"
#include "base/tyto-log.h"
#include "base/tyto-time.h"
#include "worker/tyto-capture-accounts.h"
#include "worker/tyto-capture-gaps.h"
#include "worker/tyto-frame-watch.h"

/* How long the pipeline may take to finish its files: after an EOS of ours all that has been
 * received is still to be written; after a fault camerasrc sends EOS by itself. */
#define STOP_DEADLINE_MS  7000
#define FAULT_DEADLINE_MS 3000

struct _TytoCaptureRun {
  GObject parent_instance;

  char *camera;
  TytoCapturePipeline *pipeline;
  GstStructure *streams;     /* camerasrc-streams, or NULL */
  GVariant *early_thumbnail; /* of the first frame, until the run's start is told */
  GstStructure *final_stats; /* camerasrc's, kept when the pipeline is shut */
  TytoCaptureAccounts accounts;
  TytoCaptureGaps gaps;
  const char *reason; /* why it ends, or NULL; static */
  char *error;
  guint deadline;
  gboolean shutting;
  TytoFrameWatch *frames; /* from the streams on */
  guint timeout_s;
};

enum {
  SIGNAL_STARTED,
  SIGNAL_SEGMENT_OPENED,
  SIGNAL_SEGMENT_CLOSED,
  SIGNAL_GAP,
  SIGNAL_THUMBNAIL,
  SIGNAL_ENDED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TytoCaptureRun, tyto_capture_run, G_TYPE_OBJECT)

static void
tyto_capture_run_finalize (GObject *object)
{
  TytoCaptureRun *self = TYTO_CAPTURE_RUN (object);

  g_clear_handle_id (&self->deadline, g_source_remove);
  g_clear_object (&self->frames);
  g_clear_object (&self->pipeline);
  g_clear_pointer (&self->streams, gst_structure_free);
  g_clear_pointer (&self->final_stats, gst_structure_free);
  g_clear_pointer (&self->early_thumbnail, g_variant_unref);
  tyto_capture_accounts_clear (&self->accounts);
  tyto_capture_gaps_clear (&self->gaps);
  g_free (self->camera);
  g_free (self->error);
  G_OBJECT_CLASS (tyto_capture_run_parent_class)->finalize (object);
}

static void
tyto_capture_run_class_init (TytoCaptureRunClass *class)
{
  static const char *const names[N_SIGNALS]
      = { "started", "segment-opened", "segment-closed", "gap", "thumbnail", "ended" };

  G_OBJECT_CLASS (class)->finalize = tyto_capture_run_finalize;
  for (guint i = 0; i < N_SIGNALS; i++)
    signals[i] = g_signal_new (names[i], TYTO_TYPE_CAPTURE_RUN, G_SIGNAL_RUN_FIRST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 1, G_TYPE_VARIANT);
}

static void
tyto_capture_run_init (TytoCaptureRun *self)
{
}

static void set_deadline (TytoCaptureRun *self, guint deadline_ms);

static GstStructure *
get_source_stats (TytoCaptureRun *self)
{
  return self->final_stats != NULL ? gst_structure_copy (self->final_stats)
                                   : tyto_capture_pipeline_get_stats (self->pipeline);
}

static gboolean
has_started (TytoCaptureRun *self)
{
  return self->accounts.start != NULL;
}

static void
tell_gap (gpointer data, GVariant *gap)
{
  TytoCaptureRun *self = data;

  g_signal_emit (self, signals[SIGNAL_GAP], 0, gap);
}

static void
tell_loss (TytoCaptureRun *self, GVariant *floating)
{
  g_autoptr (GVariant) gap = floating != NULL ? g_variant_ref_sink (floating) : NULL;

  if (gap != NULL)
    tell_gap (self, gap);
}

static void
on_loss (TytoCapturePipeline *pipeline, const GstStructure *message, TytoCaptureRun *self)
{
  guint64 start = 0, end = 0, frames = 0, packets = 0;

  if (!has_started (self)
      || !gst_structure_get (message, "running-time-start", G_TYPE_UINT64, &start,
                             "running-time-end", G_TYPE_UINT64, &end, "frames-missing",
                             G_TYPE_UINT64, &frames, "packets-lost", G_TYPE_UINT64, &packets, NULL))
    return;
  tell_loss (self, tyto_capture_loss_add (&self->accounts.loss, self->accounts.run,
                                          tyto_capture_pipeline_wall_at (pipeline, start),
                                          tyto_capture_pipeline_wall_at (pipeline, end), frames,
                                          packets));
}

static void
on_fallback (TytoCapturePipeline *pipeline, const GstStructure *message, TytoCaptureRun *self)
{
  const char *reason = gst_structure_get_string (message, "reason");

  tyto_log_camera (self->camera, G_LOG_LEVEL_INFO, "It is received by rtspsrc: %s",
                   reason != NULL ? reason : "");
}

static void
on_stalled (TytoFrameWatch *frames, const char *why, TytoCaptureRun *self)
{
  if (self->reason == NULL) {
    self->reason = "camera-stalled";
    self->error = g_strdup (why);
    tyto_capture_pipeline_send_eos (self->pipeline);
    set_deadline (self, FAULT_DEADLINE_MS);
  }
}

static void
watch_frames (TytoCaptureRun *self)
{
  g_autoptr (GstPad) pad = tyto_capture_pipeline_get_video_pad (self->pipeline);

  self->frames = tyto_frame_watch_new (pad, self->timeout_s);
  g_signal_connect_object (self->frames, "stalled", G_CALLBACK (on_stalled), self, 0);
}

static void
on_streams (TytoCapturePipeline *pipeline, const GstStructure *message, TytoCaptureRun *self)
{
  if (self->frames == NULL)
    watch_frames (self);
  g_clear_pointer (&self->streams, gst_structure_free);
  self->streams = gst_structure_copy (message);
}

static void
begin (TytoCaptureRun *self, gint64 wall_start, int width, int height)
{
  g_autoptr (GstStructure) source = get_source_stats (self);

  tyto_capture_accounts_begin (&self->accounts, wall_start, self->streams, source, width, height);
  g_signal_emit (self, signals[SIGNAL_STARTED], 0, self->accounts.start);
  if (self->early_thumbnail != NULL)
    g_signal_emit (self, signals[SIGNAL_THUMBNAIL], 0, self->early_thumbnail);
  g_clear_pointer (&self->early_thumbnail, g_variant_unref);
}

static void
on_started (TytoCapturePipeline *pipeline, const GstStructure *message, TytoCaptureRun *self)
{
  guint64 running = GST_CLOCK_TIME_NONE;
  int width = 0, height = 0;

  if (has_started (self))
    return;
  gst_structure_get_uint64 (message, "running-time", &running);
  gst_structure_get_int (message, "width", &width);
  gst_structure_get_int (message, "height", &height);
  begin (self, tyto_capture_pipeline_wall_at (pipeline, running), width, height);
}

static void
on_camera_clock (TytoCapturePipeline *pipeline, const GstStructure *message, TytoCaptureRun *self)
{
  guint64 running = GST_CLOCK_TIME_NONE;

  gst_structure_get_uint64 (message, "running-time", &running);
  tyto_capture_stats_take_clock (&self->accounts.stats, message,
                                 tyto_capture_pipeline_wall_at (pipeline, running));
}

static void
on_segment_opened (TytoCapturePipeline *pipeline, const GstStructure *message, TytoCaptureRun *self)
{
  g_autoptr (GVariant) segment = tyto_capture_accounts_translate (message);
  gint64 wall_start = tyto_time_now ();
  guint64 running = 0;

  gst_structure_get_int64 (message, "wall-start", &wall_start);
  if (!has_started (self))
    begin (self, wall_start, 0, 0);
  if (gst_structure_get_uint64 (message, "running-start", &running))
    tyto_thumbnailer_set_wall_offset (tyto_capture_pipeline_get_thumbnailer (pipeline),
                                      wall_start - (gint64) (running / 1000));
  tyto_capture_gaps_segment_opened (&self->gaps, wall_start, tell_gap, self);
  g_signal_emit (self, signals[SIGNAL_SEGMENT_OPENED], 0, segment);
}

static void
on_segment_closed (TytoCapturePipeline *pipeline, const GstStructure *message, TytoCaptureRun *self)
{
  g_autoptr (GstStructure) source = get_source_stats (self);
  g_autoptr (GVariant) segment
      = tyto_capture_accounts_close_segment (&self->accounts, message, source);

  tell_loss (self, tyto_capture_loss_flush (&self->accounts.loss, self->accounts.run));
  g_signal_emit (self, signals[SIGNAL_SEGMENT_CLOSED], 0, segment);
}

static void
on_gap (TytoCapturePipeline *pipeline, const GstStructure *message, TytoCaptureRun *self)
{
  g_autoptr (GVariant) told = tyto_capture_accounts_translate (message);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (told);

  g_variant_dict_insert (&dict, "packets", "t", (guint64) 0);
  g_variant_dict_remove (&dict, "state"); /* told by whether it has an end */
  tyto_capture_gaps_take (&self->gaps, g_variant_dict_end (&dict), tell_gap, self);
}

/* The first picture may be there before camerasrc's message that the first frame has passed. */
static void
on_thumbnail (TytoThumbnailer *thumbnailer, GVariant *thumbnail, TytoCaptureRun *self)
{
  if (has_started (self)) {
    g_signal_emit (self, signals[SIGNAL_THUMBNAIL], 0, thumbnail);
    return;
  }
  g_clear_pointer (&self->early_thumbnail, g_variant_unref);
  self->early_thumbnail = g_variant_ref (thumbnail);
}

static void
on_shut (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TytoCaptureRun) self = user_data;
  g_autoptr (GVariant) run = NULL;

  /* The messages left on the bus are told in here. */
  tyto_capture_pipeline_shut_finish (self->pipeline, result, NULL);
  tyto_capture_gaps_flush (&self->gaps, tell_gap, self);
  if (has_started (self))
    run = tyto_capture_accounts_end (&self->accounts, tyto_capture_run_get_statistics (self),
                                     tyto_capture_run_get_reason (self),
                                     self->error != NULL ? self->error : "");
  g_signal_handlers_disconnect_by_data (self->pipeline, self);
  g_signal_handlers_disconnect_by_data (tyto_capture_pipeline_get_thumbnailer (self->pipeline),
                                        self);
  g_signal_emit (self, signals[SIGNAL_ENDED], 0, run);
}

static void
shut (TytoCaptureRun *self)
{
  if (self->shutting)
    return;
  self->shutting = TRUE;
  if (self->frames != NULL)
    tyto_frame_watch_stop (self->frames);
  self->final_stats = tyto_capture_pipeline_get_stats (self->pipeline);
  g_clear_handle_id (&self->deadline, g_source_remove);
  tyto_capture_pipeline_shut_async (self->pipeline, on_shut, g_object_ref (self));
}

static gboolean
on_deadline (gpointer user_data)
{
  TytoCaptureRun *self = user_data;

  self->deadline = 0;
  if (has_started (self))
    tyto_log_camera (self->camera, G_LOG_LEVEL_WARNING,
                     "The open segment was not finished in time; it stays as a .part file.");
  shut (self);
  return G_SOURCE_REMOVE;
}

static void
set_deadline (TytoCaptureRun *self, guint deadline_ms)
{
  g_clear_handle_id (&self->deadline, g_source_remove);
  self->deadline = g_timeout_add (deadline_ms, on_deadline, self);
}

/* Without streams there are no pads that EOS could pass, and no file to finish. */
static void
finish_within (TytoCaptureRun *self, guint deadline_ms)
{
  set_deadline (self, self->streams != NULL ? deadline_ms : 0);
}

static void
on_failed (TytoCapturePipeline *pipeline, const char *reason, const GError *error,
           TytoCaptureRun *self)
{
  g_clear_pointer (&self->error, g_free);
  self->error = g_strdup (error->message);
  if (self->reason == NULL)
    self->reason = g_intern_string (reason);
  else
    tyto_log_camera (self->camera, G_LOG_LEVEL_WARNING, "While ending: %s", error->message);
  if (g_str_equal (reason, "disk") || g_str_equal (reason, "internal"))
    tyto_capture_pipeline_send_eos (pipeline); /* camerasrc is well and knows of nothing */
  finish_within (self, FAULT_DEADLINE_MS);
}

static void
on_finished (TytoCapturePipeline *pipeline, TytoCaptureRun *self)
{
  if (self->reason == NULL) {
    self->reason = "camera-ended";
    self->error = g_strdup ("The camera ended the stream.");
  }
  shut (self);
}

TytoCaptureRun *
tyto_capture_run_new (const char *camera, const TytoCaptureSettings *settings,
                      TytoThumbnailThread *thumbnail_thread, GError **error)
{
  g_autoptr (TytoCaptureRun) self = g_object_new (TYTO_TYPE_CAPTURE_RUN, NULL);
  g_autofree char *run = NULL;

  self->camera = g_strdup (camera);
  self->timeout_s = settings->timeout_s;
  run = tyto_run_id_new (tyto_time_now ());
  tyto_capture_accounts_init (&self->accounts, run);
  self->pipeline = tyto_capture_pipeline_new (camera, run, settings, thumbnail_thread, error);
  if (self->pipeline == NULL)
    return NULL;
  g_object_connect (self->pipeline, "signal::streams", on_streams, self, "signal::started",
                    on_started, self, "signal::camera-clock", on_camera_clock, self,
                    "signal::segment-opened", on_segment_opened, self, "signal::segment-closed",
                    on_segment_closed, self, "signal::gap", on_gap, self, "signal::loss", on_loss,
                    self, "signal::fallback", on_fallback, self, "signal::failed", on_failed, self,
                    "signal::finished", on_finished, self, NULL);
  g_signal_connect (tyto_capture_pipeline_get_thumbnailer (self->pipeline), "taken",
                    G_CALLBACK (on_thumbnail), self);
  return g_steal_pointer (&self);
}

void
tyto_capture_run_start (TytoCaptureRun *self)
{
  if (tyto_capture_pipeline_play (self->pipeline))
    return;
  /* The ERROR that says why is on the bus; it is read before the pipeline is shut. */
  set_deadline (self, 0);
}

void
tyto_capture_run_stop (TytoCaptureRun *self)
{
  if (self->reason != NULL)
    return; /* it is ending already */
  self->reason = "stopped";
  tyto_capture_pipeline_send_eos (self->pipeline);
  finish_within (self, STOP_DEADLINE_MS);
}

gboolean
tyto_capture_run_has_started (TytoCaptureRun *self)
{
  return has_started (self);
}

const char *
tyto_capture_run_get_reason (TytoCaptureRun *self)
{
  return self->reason != NULL ? self->reason : "internal";
}

const char *
tyto_capture_run_get_error (TytoCaptureRun *self)
{
  return self->error != NULL ? self->error : "The recording ended.";
}

const char *
tyto_capture_run_get_redirect (TytoCaptureRun *self)
{
  return tyto_capture_pipeline_get_redirect (self->pipeline);
}

guint64
tyto_capture_run_get_recorded (TytoCaptureRun *self)
{
  return self->accounts.recorded_ns;
}

GVariant *
tyto_capture_run_get_statistics (TytoCaptureRun *self)
{
  g_autoptr (GstStructure) source = get_source_stats (self);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "run", "s", self->accounts.run);
  tyto_capture_stats_insert (&self->accounts.stats, source, &dict);
  g_variant_dict_insert (&dict, "queued-bytes", "t",
                         self->shutting ? 0
                                        : tyto_capture_pipeline_get_queued_bytes (self->pipeline));
  if (self->frames != NULL)
    g_variant_dict_insert (&dict, "stalls", "t", tyto_frame_watch_get_pauses (self->frames));
  return g_variant_dict_end (&dict);
}

GVariant *
tyto_capture_run_get_figures (TytoCaptureRun *self)
{
  g_autoptr (GstStructure) source = get_source_stats (self);

  return tyto_capture_stats_to_figures (&self->accounts.stats, self->accounts.run, source);
}

TytoCapturePipeline *
tyto_capture_run_get_pipeline (TytoCaptureRun *self)
{
  return self->pipeline;
}
