/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-capture-run.h"

#include "base/tyto-id.h"
#include "base/tyto-log.h"
#include "base/tyto-time.h"
#include "worker/tyto-capture-loss.h"
#include "worker/tyto-capture-stats.h"
#include "worker/tyto-frame-watch.h"

/* How long the pipeline may take to finish its files: after an EOS of ours all that has been
 * received is still to be written; after a fault camerasrc sends EOS by itself. */
#define STOP_DEADLINE_MS  7000
#define FAULT_DEADLINE_MS 3000

struct _TytoCaptureRun {
  GObject parent_instance;

  char *camera;
  char *id;
  TytoCapturePipeline *pipeline;
  GstStructure *streams;     /* camerasrc-streams, or NULL */
  GVariant *early_thumbnail; /* of the first frame, until the run's start is told */
  GstStructure *final_stats; /* camerasrc's, kept when the pipeline is shut */
  GVariant *start;           /* RunStarted's dictionary, once it has been told */
  TytoCaptureStats stats;
  TytoCaptureLoss loss;
  gboolean started;
  guint64 recorded;    /* in closed segments, ns */
  guint64 lost_before; /* packets lost that are in a closed segment, or came before the first */
  gint64 wall_end;     /* end of the last recorded frame */
  const char *reason;  /* why it ends, or NULL; static */
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
  g_clear_pointer (&self->start, g_variant_unref);
  g_free (self->camera);
  g_free (self->id);
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

static guint64
packets_lost (TytoCaptureRun *self, guint64 *frames_missing)
{
  g_autoptr (GstStructure) stats = get_source_stats (self);
  guint64 lost = 0;

  if (stats != NULL)
    gst_structure_get_uint64 (stats, "packets-lost", &lost);
  if (stats != NULL && frames_missing != NULL)
    gst_structure_get_uint64 (stats, "frames-missing", frames_missing);
  return lost;
}

static void
tell_loss (TytoCaptureRun *self, GVariant *floating)
{
  g_autoptr (GVariant) gap = floating != NULL ? g_variant_ref_sink (floating) : NULL;

  if (gap != NULL)
    g_signal_emit (self, signals[SIGNAL_GAP], 0, gap);
}

static void
on_loss (TytoCapturePipeline *pipeline, const GstStructure *message, TytoCaptureRun *self)
{
  guint64 start = 0, end = 0, frames = 0, packets = 0;

  if (!self->started
      || !gst_structure_get (message, "running-time-start", G_TYPE_UINT64, &start,
                             "running-time-end", G_TYPE_UINT64, &end, "frames-missing",
                             G_TYPE_UINT64, &frames, "packets-lost", G_TYPE_UINT64, &packets, NULL))
    return;
  tell_loss (self, tyto_capture_loss_add (
                       &self->loss, self->id, tyto_capture_pipeline_wall_at (pipeline, start),
                       tyto_capture_pipeline_wall_at (pipeline, end), frames, packets));
}

static const char *
stream_text (TytoCaptureRun *self, const char *field)
{
  const char *text = self->streams != NULL ? gst_structure_get_string (self->streams, field) : NULL;
  return text != NULL ? text : "";
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
start_accounts (TytoCaptureRun *self, gint64 wall_start, int width, int height)
{
  GVariantDict dict;

  self->started = TRUE;
  self->wall_end = wall_start;
  self->lost_before = packets_lost (self, NULL);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "run", "s", self->id);
  g_variant_dict_insert (&dict, "wall-start", "x", wall_start);
  g_variant_dict_insert (&dict, "transport", "s", stream_text (self, "transport"));
  g_variant_dict_insert (&dict, "video-codec", "s", stream_text (self, "video-codec"));
  g_variant_dict_insert (&dict, "audio-codec", "s", stream_text (self, "audio-codec"));
  g_variant_dict_insert (&dict, "width", "u", (guint32) MAX (width, 0));
  g_variant_dict_insert (&dict, "height", "u", (guint32) MAX (height, 0));
  self->start = g_variant_ref_sink (g_variant_dict_end (&dict));
  g_signal_emit (self, signals[SIGNAL_STARTED], 0, self->start);
  if (self->early_thumbnail != NULL)
    g_signal_emit (self, signals[SIGNAL_THUMBNAIL], 0, self->early_thumbnail);
  g_clear_pointer (&self->early_thumbnail, g_variant_unref);
}

static void
on_started (TytoCapturePipeline *pipeline, const GstStructure *message, TytoCaptureRun *self)
{
  guint64 running = GST_CLOCK_TIME_NONE;
  int width = 0, height = 0;

  if (self->started)
    return;
  gst_structure_get_uint64 (message, "running-time", &running);
  gst_structure_get_int (message, "width", &width);
  gst_structure_get_int (message, "height", &height);
  start_accounts (self, tyto_capture_pipeline_wall_at (pipeline, running), width, height);
}

static void
on_camera_clock (TytoCapturePipeline *pipeline, const GstStructure *message, TytoCaptureRun *self)
{
  guint64 running = GST_CLOCK_TIME_NONE;

  gst_structure_get_uint64 (message, "running-time", &running);
  tyto_capture_stats_take_clock (&self->stats, message,
                                 tyto_capture_pipeline_wall_at (pipeline, running));
}

/* Puts the fields of segmentsink's message into the dictionary, each with the type it has. */
static gboolean
insert_field (GQuark id, const GValue *value, gpointer user_data)
{
  GVariantDict *dict = user_data;
  const char *name = g_quark_to_string (id);

  if (G_VALUE_HOLDS_STRING (value))
    g_variant_dict_insert (dict, name, "s",
                           g_value_get_string (value) != NULL ? g_value_get_string (value) : "");
  else if (G_VALUE_HOLDS_UINT64 (value))
    g_variant_dict_insert (dict, name, "t", g_value_get_uint64 (value));
  else if (G_VALUE_HOLDS_INT64 (value))
    g_variant_dict_insert (dict, name, "x", g_value_get_int64 (value));
  return TRUE;
}

static void
init_segment (GVariantDict *dict, const GstStructure *message)
{
  g_variant_dict_init (dict, NULL);
  gst_structure_foreach (message, insert_field, dict);
  g_variant_dict_remove (dict, "running-start"); /* of no meaning outside the pipeline */
}

static void
on_segment_opened (TytoCapturePipeline *pipeline, const GstStructure *message, TytoCaptureRun *self)
{
  gint64 wall_start = tyto_time_now ();
  guint64 running = 0;
  GVariantDict dict;

  gst_structure_get_int64 (message, "wall-start", &wall_start);
  if (!self->started)
    start_accounts (self, wall_start, 0, 0);
  if (gst_structure_get_uint64 (message, "running-start", &running))
    tyto_thumbnailer_set_wall_offset (tyto_capture_pipeline_get_thumbnailer (pipeline),
                                      wall_start - (gint64) (running / 1000));
  init_segment (&dict, message);
  g_autoptr (GVariant) segment = g_variant_ref_sink (g_variant_dict_end (&dict));
  g_signal_emit (self, signals[SIGNAL_SEGMENT_OPENED], 0, segment);
}

static void
on_segment_closed (TytoCapturePipeline *pipeline, const GstStructure *message, TytoCaptureRun *self)
{
  guint64 missing = 0;
  guint64 lost = packets_lost (self, &missing);
  guint64 frames = 0, duration = 0, running = 0;
  gint64 wall_start = 0, camera_us;
  GVariantDict dict;

  gst_structure_get_uint64 (message, "frames", &frames);
  gst_structure_get_uint64 (message, "duration", &duration);
  gst_structure_get_uint64 (message, "running-start", &running);
  gst_structure_get_int64 (message, "wall-start", &wall_start);
  self->recorded += duration;
  self->stats.frames_recorded += frames;
  self->wall_end = wall_start + (gint64) (duration / 1000);

  init_segment (&dict, message);
  g_variant_dict_insert (&dict, "packets-lost", "t", lost - MIN (lost, self->lost_before));
  self->lost_before = lost;
  tell_loss (self, tyto_capture_loss_flush (&self->loss, self->id));
  tyto_capture_loss_insert (&self->loss, missing, &dict);
  if (tyto_capture_stats_camera_time (&self->stats, running, &camera_us))
    g_variant_dict_insert (&dict, "camera-time", "x", camera_us);
  g_autoptr (GVariant) segment = g_variant_ref_sink (g_variant_dict_end (&dict));
  g_signal_emit (self, signals[SIGNAL_SEGMENT_CLOSED], 0, segment);
}

static void
on_gap (TytoCapturePipeline *pipeline, const GstStructure *message, TytoCaptureRun *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "packets", "t", (guint64) 0);
  gst_structure_foreach (message, insert_field, &dict);
  g_variant_dict_remove (&dict, "state"); /* told by whether it has an end */
  g_autoptr (GVariant) gap = g_variant_ref_sink (g_variant_dict_end (&dict));
  g_signal_emit (self, signals[SIGNAL_GAP], 0, gap);
}

/* The first picture may be there before camerasrc's message that the first frame has passed. */
static void
on_thumbnail (TytoThumbnailer *thumbnailer, GVariant *thumbnail, TytoCaptureRun *self)
{
  if (self->started) {
    g_signal_emit (self, signals[SIGNAL_THUMBNAIL], 0, thumbnail);
    return;
  }
  g_clear_pointer (&self->early_thumbnail, g_variant_unref);
  self->early_thumbnail = g_variant_ref (thumbnail);
}

/* RunEnded's dictionary: with what RunStarted told, for a client that did not hear that. */
static GVariant *
make_end (TytoCaptureRun *self)
{
  g_autoptr (GVariant) statistics = g_variant_ref_sink (tyto_capture_run_get_statistics (self));
  g_autoptr (GVariantDict) dict = g_variant_dict_new (statistics);
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, self->start);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    g_variant_dict_insert_value (dict, key, value);
  g_variant_dict_insert (dict, "wall-end", "x", self->wall_end);
  g_variant_dict_insert (dict, "reason", "s", tyto_capture_run_get_reason (self));
  g_variant_dict_insert (dict, "detail", "s", self->error != NULL ? self->error : "");
  return g_variant_ref_sink (g_variant_dict_end (dict));
}

static void
on_shut (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TytoCaptureRun) self = user_data;
  g_autoptr (GVariant) run = NULL;

  /* The messages left on the bus are told in here. */
  tyto_capture_pipeline_shut_finish (self->pipeline, result, NULL);
  if (self->started)
    run = make_end (self);
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
  if (self->started)
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
                      GThreadPool *thumbnail_thread, GError **error)
{
  g_autoptr (TytoCaptureRun) self = g_object_new (TYTO_TYPE_CAPTURE_RUN, NULL);

  self->camera = g_strdup (camera);
  self->timeout_s = settings->timeout_s;
  self->id = tyto_run_id_new (tyto_time_now ());
  self->pipeline = tyto_capture_pipeline_new (camera, self->id, settings, thumbnail_thread, error);
  if (self->pipeline == NULL)
    return NULL;
  g_object_connect (self->pipeline, "signal::streams", on_streams, self, "signal::started",
                    on_started, self, "signal::camera-clock", on_camera_clock, self,
                    "signal::segment-opened", on_segment_opened, self, "signal::segment-closed",
                    on_segment_closed, self, "signal::gap", on_gap, self, "signal::loss", on_loss,
                    self, "signal::failed", on_failed, self, "signal::finished", on_finished, self,
                    NULL);
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
  return self->started;
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

guint64
tyto_capture_run_get_recorded (TytoCaptureRun *self)
{
  return self->recorded;
}

GVariant *
tyto_capture_run_get_statistics (TytoCaptureRun *self)
{
  g_autoptr (GstStructure) source = get_source_stats (self);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "run", "s", self->id);
  tyto_capture_stats_insert (&self->stats, source, &dict);
  g_variant_dict_insert (&dict, "queued-bytes", "t",
                         self->shutting ? 0
                                        : tyto_capture_pipeline_get_queued_bytes (self->pipeline));
  if (self->frames != NULL)
    g_variant_dict_insert (&dict, "stalls", "t", tyto_frame_watch_get_pauses (self->frames));
  return g_variant_dict_end (&dict);
}

TytoCapturePipeline *
tyto_capture_run_get_pipeline (TytoCaptureRun *self)
{
  return self->pipeline;
}
