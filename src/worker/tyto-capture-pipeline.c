/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-capture-pipeline.h"

#include "base/tyto-error.h"
#include "base/tyto-log.h"
#include "base/tyto-time.h"
#include "worker/tyto-capture-bus.h"
#include "worker/tyto-capture-fault.h"
#include "worker/tyto-frame-policy.h"
#include "worker/tyto-pipeline-text.h"

struct _TytoCapturePipeline {
  GObject parent_instance;

  char *camera;
  GstElement *pipeline;
  GstElement *source;
  GstElement *tee;
  GstElement *sink;
  TytoCaptureBus *bus;
  TytoThumbnailer *thumbnailer;
  gint64 silence_us; /* with no picture that is taken for silence */
  gint64 played_at;  /* monotonic, µs */
  gboolean failed;
  char *redirect; /* nullable */
};

enum {
  SIGNAL_STREAMS,
  SIGNAL_STARTED,
  SIGNAL_CAMERA_CLOCK,
  SIGNAL_SEGMENT_OPENED,
  SIGNAL_SEGMENT_CLOSED,
  SIGNAL_GAP,
  SIGNAL_LOSS,
  SIGNAL_FALLBACK,
  SIGNAL_FAILED,
  SIGNAL_FINISHED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* Element messages and the signal each comes out as. */
static const struct {
  const char *message;
  guint signal;
} element_messages[] = {
  { "camerasrc-streams", SIGNAL_STREAMS },
  { "camerasrc-started", SIGNAL_STARTED },
  { "camerasrc-clock", SIGNAL_CAMERA_CLOCK },
  { "camerasrc-loss", SIGNAL_LOSS },
  { "camerasrc-fallback", SIGNAL_FALLBACK },
  { "tyto-segment-opened", SIGNAL_SEGMENT_OPENED },
  { "tyto-segment-closed", SIGNAL_SEGMENT_CLOSED },
  { "tyto-segment-gap", SIGNAL_GAP },
};

G_DEFINE_FINAL_TYPE (TytoCapturePipeline, tyto_capture_pipeline, G_TYPE_OBJECT)

static void
tyto_capture_pipeline_dispose (GObject *object)
{
  TytoCapturePipeline *self = TYTO_CAPTURE_PIPELINE (object);

  g_clear_pointer (&self->bus, tyto_capture_bus_free);
  if (self->thumbnailer != NULL)
    tyto_thumbnailer_stop (self->thumbnailer);
  g_clear_object (&self->thumbnailer);
  gst_clear_object (&self->pipeline);
  G_OBJECT_CLASS (tyto_capture_pipeline_parent_class)->dispose (object);
}

static void
tyto_capture_pipeline_finalize (GObject *object)
{
  TytoCapturePipeline *self = TYTO_CAPTURE_PIPELINE (object);

  g_free (self->camera);
  g_free (self->redirect);
  G_OBJECT_CLASS (tyto_capture_pipeline_parent_class)->finalize (object);
}

static guint
add_structure_signal (const char *name)
{
  return g_signal_new (name, TYTO_TYPE_CAPTURE_PIPELINE, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                       G_TYPE_NONE, 1, GST_TYPE_STRUCTURE | G_SIGNAL_TYPE_STATIC_SCOPE);
}

static void
tyto_capture_pipeline_class_init (TytoCapturePipelineClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->dispose = tyto_capture_pipeline_dispose;
  object_class->finalize = tyto_capture_pipeline_finalize;
  signals[SIGNAL_STREAMS] = add_structure_signal ("streams");
  signals[SIGNAL_STARTED] = add_structure_signal ("started");
  signals[SIGNAL_CAMERA_CLOCK] = add_structure_signal ("camera-clock");
  signals[SIGNAL_SEGMENT_OPENED] = add_structure_signal ("segment-opened");
  signals[SIGNAL_SEGMENT_CLOSED] = add_structure_signal ("segment-closed");
  signals[SIGNAL_GAP] = add_structure_signal ("gap");
  signals[SIGNAL_LOSS] = add_structure_signal ("loss");
  signals[SIGNAL_FALLBACK] = add_structure_signal ("fallback");
  signals[SIGNAL_FAILED]
      = g_signal_new ("failed", TYTO_TYPE_CAPTURE_PIPELINE, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_ERROR);
  signals[SIGNAL_FINISHED] = g_signal_new ("finished", TYTO_TYPE_CAPTURE_PIPELINE,
                                           G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tyto_capture_pipeline_init (TytoCapturePipeline *self)
{
}

/* All pads come before the data, so that both streams are linked when the first buffer flows. */
static void
on_pad_added (GstElement *source, GstPad *pad, TytoCapturePipeline *self)
{
  gboolean is_video = g_str_has_prefix (GST_PAD_NAME (pad), "video");
  g_autoptr (GstPad) to = is_video ? gst_element_get_static_pad (self->tee, "sink")
                                   : gst_element_request_pad_simple (self->sink, "audio_0");

  if (is_video && !gst_element_link_pads (self->tee, NULL, self->sink, "video"))
    GST_ELEMENT_ERROR (self->tee, CORE, NEGOTIATION, ("The video cannot be recorded."), (NULL));
  if (to == NULL || gst_pad_link (pad, to) != GST_PAD_LINK_OK)
    GST_ELEMENT_ERROR (self->tee, CORE, NEGOTIATION,
                       ("The camera's stream “%s” cannot be recorded.", GST_PAD_NAME (pad)),
                       (NULL));
}

/* Whether the camera has sent no picture for nearly its time-out. */
static gboolean
was_silent (TytoCapturePipeline *self)
{
  g_autoptr (GstStructure) stats = tyto_capture_pipeline_get_stats (self);
  gint64 last = 0;

  if (stats != NULL)
    gst_structure_get_int64 (stats, "last-frame-monotonic-us", &last);
  return g_get_monotonic_time () - MAX (last, self->played_at) >= self->silence_us;
}

static void
on_error (TytoCapturePipeline *self, GstMessage *message)
{
  GstObject *from = GST_MESSAGE_SRC (message);
  gboolean from_camera = from == GST_OBJECT (self->source)
                         || gst_object_has_as_ancestor (from, GST_OBJECT (self->source));
  g_autoptr (GError) error = NULL;
  const GstStructure *details = NULL;
  const char *reason;

  if (self->failed)
    return; /* the first error is the cause, later ones its consequences */
  self->failed = TRUE;
  gst_message_parse_error (message, &error, NULL);
  gst_message_parse_error_details (message, &details);
  if (from_camera && details != NULL)
    self->redirect = g_strdup (gst_structure_get_string (details, "redirect"));
  reason = tyto_capture_fault_reason (error, from_camera, was_silent (self));
  g_signal_emit (self, signals[SIGNAL_FAILED], 0, reason, error);
}

static void
on_element_message (TytoCapturePipeline *self, GstMessage *message)
{
  const GstStructure *structure = gst_message_get_structure (message);

  for (guint i = 0; structure != NULL && i < G_N_ELEMENTS (element_messages); i++) {
    if (gst_structure_has_name (structure, element_messages[i].message))
      g_signal_emit (self, signals[element_messages[i].signal], 0, structure);
  }
}

static void
on_message (GstMessage *message, gpointer user_data)
{
  TytoCapturePipeline *self = user_data;

  switch (GST_MESSAGE_TYPE (message)) {
  case GST_MESSAGE_ELEMENT:
    on_element_message (self, message);
    break;
  case GST_MESSAGE_ERROR:
    on_error (self, message);
    break;
  case GST_MESSAGE_WARNING: {
    g_autoptr (GError) error = NULL;
    gst_message_parse_warning (message, &error, NULL);
    tyto_log_camera (self->camera, G_LOG_LEVEL_DEBUG, "%s: %s", GST_MESSAGE_SRC_NAME (message),
                     error->message);
    break;
  }
  case GST_MESSAGE_EOS:
    if (GST_MESSAGE_SRC (message) == GST_OBJECT (self->pipeline))
      g_signal_emit (self, signals[SIGNAL_FINISHED], 0);
    break;
  default:
    break;
  }
}

/* splitmuxsink, which writes all but fragmented MP4, has a stream wait for the other: each needs a
 * thread of its own then, and the one of all cameras may not wait. */
static const char *
choose_ingest (const TytoCaptureSettings *settings)
{
  gboolean waits
      = !g_str_equal (settings->format, "mp4") || !g_str_equal (settings->engine, "fragments");

  return waits ? "rtspsrc" : settings->ingest;
}

static void
configure (TytoCapturePipeline *self, const char *run, const TytoCaptureSettings *settings)
{
  g_object_set (self->source, "location", settings->url, "latency", settings->latency_ms, "timeout",
                settings->timeout_s, "keep-alive", settings->keep_alive_s, "audio", settings->audio,
                "batch", (guint) (TYTO_FRAME_ROUND_US / 1000), NULL);
  gst_util_set_object_arg (G_OBJECT (self->source), "transport", settings->transport);
  gst_util_set_object_arg (G_OBJECT (self->source), "engine", choose_ingest (settings));
  if (settings->redirect != NULL)
    g_object_set (self->source, "redirect", settings->redirect, NULL);
  if (*settings->user != '\0')
    g_object_set (self->source, "user-id", settings->user, "user-pw", settings->password, NULL);
  g_object_set (self->sink, "camera", self->camera, "run", run, "root", settings->root, "location",
                settings->path_template, "segment-seconds", settings->segment_seconds,
                "fragment-ms", settings->fragment_ms, "sync-ms", settings->sync_ms, "queue-bytes",
                settings->queue_bytes, "floor-bytes", settings->floor_bytes, "floor-percent",
                settings->floor_percent, "not-before", settings->not_before_us, NULL);
  gst_util_set_object_arg (G_OBJECT (self->sink), "engine", settings->engine);
  gst_util_set_object_arg (G_OBJECT (self->sink), "format", settings->format);
}

static gboolean
make_elements (TytoCapturePipeline *self, GError **error)
{
  const struct {
    const char *factory, *name;
    GstElement **element;
  } parts[] = {
    { "camerasrc", "source", &self->source },
    { "tee", "t", &self->tee },
    { "segmentsink", "sink", &self->sink },
  };

  self->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++) {
    *parts[i].element = gst_element_factory_make (parts[i].factory, parts[i].name);
    if (*parts[i].element == NULL) {
      tyto_set_error (error, TYTO_ERROR_UNSUPPORTED,
                      "Install Tyto's GStreamer plugins, or set GST_PLUGIN_PATH to them.",
                      "GStreamer has no element “%s”.", parts[i].factory);
      return FALSE;
    }
    gst_bin_add (GST_BIN (self->pipeline), *parts[i].element);
  }
  return TRUE;
}

TytoCapturePipeline *
tyto_capture_pipeline_new (const char *camera, const char *run, const TytoCaptureSettings *settings,
                           TytoThumbnailThread *thumbnail_thread, GError **error)
{
  g_autoptr (TytoCapturePipeline) self = g_object_new (TYTO_TYPE_CAPTURE_PIPELINE, NULL);

  self->camera = g_strdup (camera);
  self->silence_us = settings->timeout_s * G_USEC_PER_SEC * 9 / 10;
  if (!make_elements (self, error))
    return NULL;
  configure (self, run, settings);
  self->thumbnailer = tyto_thumbnailer_new (GST_BIN (self->pipeline), self->tee, camera, settings,
                                            thumbnail_thread, error);
  if (self->thumbnailer == NULL)
    return NULL;
  g_signal_connect (self->source, "pad-added", G_CALLBACK (on_pad_added), self);
  self->bus = tyto_capture_bus_new (self->pipeline, on_message, self);
  /* What is posted when the pipeline is shut is told, too: of the last segment. */
  g_object_set (self->pipeline, "auto-flush-bus", FALSE, NULL);
  return g_steal_pointer (&self);
}

gboolean
tyto_capture_pipeline_play (TytoCapturePipeline *self)
{
  self->played_at = g_get_monotonic_time ();
  return gst_element_set_state (self->pipeline, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE;
}

void
tyto_capture_pipeline_send_eos (TytoCapturePipeline *self)
{
  gst_element_send_event (self->source, gst_event_new_eos ());
}

static void
shut_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  TytoCapturePipeline *self = source;

  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  g_task_return_boolean (task, TRUE);
}

void
tyto_capture_pipeline_shut_async (TytoCapturePipeline *self, GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  tyto_thumbnailer_stop (self->thumbnailer);
  g_task_run_in_thread (task, shut_in_thread);
}

gboolean
tyto_capture_pipeline_shut_finish (TytoCapturePipeline *self, GAsyncResult *result, GError **error)
{
  tyto_capture_bus_flush (self->bus);
  return g_task_propagate_boolean (G_TASK (result), error);
}

const char *
tyto_capture_pipeline_get_redirect (TytoCapturePipeline *self)
{
  return self->redirect;
}

GstPad *
tyto_capture_pipeline_get_video_pad (TytoCapturePipeline *self)
{
  return gst_element_get_static_pad (self->tee, "sink");
}

GstStructure *
tyto_capture_pipeline_get_stats (TytoCapturePipeline *self)
{
  GstStructure *stats = NULL;
  g_object_get (self->source, "stats", &stats, NULL);
  return stats;
}

guint64
tyto_capture_pipeline_get_queued_bytes (TytoCapturePipeline *self)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 queued = 0;

  g_object_get (self->sink, "stats", &stats, NULL);
  if (stats != NULL)
    gst_structure_get_uint64 (stats, "queued-bytes", &queued);
  return queued;
}

gint64
tyto_capture_pipeline_wall_at (TytoCapturePipeline *self, GstClockTime running_time)
{
  GstClockTime now = gst_element_get_current_running_time (self->pipeline);
  gint64 wall = tyto_time_now ();

  if (!GST_CLOCK_TIME_IS_VALID (now) || !GST_CLOCK_TIME_IS_VALID (running_time))
    return wall;
  return wall - GST_CLOCK_DIFF (running_time, now) / 1000;
}

/* @text: of the pipeline with what thumbnails are made with, which is there only when needed. */
static char *
describe (TytoCapturePipeline *self, char *(*text) (GstBin *pipeline))
{
  TytoThumbnailBranch *branch = tyto_thumbnailer_get_branch (self->thumbnailer);
  char *told;

  tyto_thumbnail_branch_show (branch);
  told = text (GST_BIN (self->pipeline));
  tyto_thumbnail_branch_hide (branch);
  return told;
}

char *
tyto_capture_pipeline_describe (TytoCapturePipeline *self)
{
  return describe (self, tyto_pipeline_text_launch);
}

char *
tyto_capture_pipeline_dump (TytoCapturePipeline *self)
{
  return describe (self, tyto_pipeline_text_dot);
}

TytoThumbnailer *
tyto_capture_pipeline_get_thumbnailer (TytoCapturePipeline *self)
{
  return self->thumbnailer;
}
