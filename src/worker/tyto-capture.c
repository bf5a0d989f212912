/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-capture.h"

#include "base/tyto-backoff.h"
#include "base/tyto-error.h"
#include "base/tyto-log.h"
#include "base/tyto-time.h"
#include "worker/tyto-capture-run.h"

#define OFFLINE_AFTER 5
#define GOOD_RUN      (10 * GST_SECOND)
#define MAX_REDIRECTS 5

struct _TytoCapture {
  GObject parent_instance;

  char *camera;
  TytoCaptureSettings *settings;
  TytoThumbnailThread *thumbnail_thread;
  TytoCaptureRun *run; /* or NULL while waiting */
  TytoBackoff backoff;
  guint attempts;  /* failed tries in a row */
  guint redirects; /* followed, since a good run */
  guint wait;      /* source: before the next try */
  const char *state;
  gint64 since;
  GPtrArray *stops; /* of GTask */
  gboolean stopping;
};

enum {
  SIGNAL_STATE,
  SIGNAL_RUN_STARTED,
  SIGNAL_RUN_ENDED,
  SIGNAL_SEGMENT_OPENED,
  SIGNAL_SEGMENT_CLOSED,
  SIGNAL_GAP,
  SIGNAL_THUMBNAIL,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TytoCapture, tyto_capture, G_TYPE_OBJECT)

static void try_again (TytoCapture *self);

static void
tyto_capture_dispose (GObject *object)
{
  TytoCapture *self = TYTO_CAPTURE (object);

  g_clear_handle_id (&self->wait, g_source_remove);
  if (self->run != NULL)
    g_signal_handlers_disconnect_by_data (self->run, self);
  g_clear_object (&self->run);
  G_OBJECT_CLASS (tyto_capture_parent_class)->dispose (object);
}

static void
tyto_capture_finalize (GObject *object)
{
  TytoCapture *self = TYTO_CAPTURE (object);

  g_ptr_array_unref (self->stops);
  g_clear_pointer (&self->settings, tyto_capture_settings_free);
  g_free (self->camera);
  G_OBJECT_CLASS (tyto_capture_parent_class)->finalize (object);
}

static void
tyto_capture_class_init (TytoCaptureClass *class)
{
  static const char *const names[N_SIGNALS] = {
    "state", "run-started", "run-ended", "segment-opened", "segment-closed", "gap", "thumbnail",
  };
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->dispose = tyto_capture_dispose;
  object_class->finalize = tyto_capture_finalize;
  signals[SIGNAL_STATE]
      = g_signal_new (names[SIGNAL_STATE], TYTO_TYPE_CAPTURE, G_SIGNAL_RUN_FIRST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_VARIANT);
  for (guint i = SIGNAL_RUN_STARTED; i < N_SIGNALS; i++)
    signals[i] = g_signal_new (names[i], TYTO_TYPE_CAPTURE, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 1, G_TYPE_VARIANT);
}

static void
tyto_capture_init (TytoCapture *self)
{
  self->backoff = (TytoBackoff) TYTO_BACKOFF_INIT;
  self->stops = g_ptr_array_new_with_free_func (g_object_unref);
}

/* @reason, @error: why it is not recording; NULL when all is well. @retry_in_ms: 0 for none. */
static void
set_state (TytoCapture *self, const char *state, const char *reason, const char *error,
           guint retry_in_ms)
{
  GVariantDict dict;

  if (g_strcmp0 (self->state, state) != 0)
    self->since = tyto_time_now ();
  self->state = state;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "since", "x", self->since);
  g_variant_dict_insert (&dict, "attempts", "u", self->attempts);
  if (retry_in_ms > 0)
    g_variant_dict_insert (&dict, "retry-in", "u", retry_in_ms);
  if (reason != NULL) {
    g_variant_dict_insert (&dict, "reason", "s", reason);
    g_variant_dict_insert (&dict, "error", "s", error);
  }
  g_autoptr (GVariant) details = g_variant_ref_sink (g_variant_dict_end (&dict));
  g_signal_emit (self, signals[SIGNAL_STATE], 0, state, details);
}

static gboolean
is_offline (TytoCapture *self)
{
  return self->attempts >= OFFLINE_AFTER;
}

static void
on_started (TytoCaptureRun *run, GVariant *dict, TytoCapture *self)
{
  tyto_log_camera (self->camera, G_LOG_LEVEL_MESSAGE, "Recording.");
  g_signal_emit (self, signals[SIGNAL_RUN_STARTED], 0, dict);
  if (!self->stopping)
    set_state (self, "recording", NULL, NULL, 0);
}

static void
on_segment_opened (TytoCaptureRun *run, GVariant *dict, TytoCapture *self)
{
  g_signal_emit (self, signals[SIGNAL_SEGMENT_OPENED], 0, dict);
}

static void
on_segment_closed (TytoCaptureRun *run, GVariant *dict, TytoCapture *self)
{
  g_signal_emit (self, signals[SIGNAL_SEGMENT_CLOSED], 0, dict);
}

static void
on_gap (TytoCaptureRun *run, GVariant *dict, TytoCapture *self)
{
  g_signal_emit (self, signals[SIGNAL_GAP], 0, dict);
}

static void
on_thumbnail (TytoCaptureRun *run, GVariant *dict, TytoCapture *self)
{
  g_signal_emit (self, signals[SIGNAL_THUMBNAIL], 0, dict);
}

static void
answer_stops (TytoCapture *self)
{
  g_autoptr (GPtrArray) stops = g_steal_pointer (&self->stops);

  self->stops = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < stops->len; i++)
    g_task_return_boolean (stops->pdata[i], TRUE);
}

static gboolean
on_wait_over (gpointer user_data)
{
  TytoCapture *self = user_data;

  self->wait = 0;
  try_again (self);
  return G_SOURCE_REMOVE;
}

static void
wait_for_retry (TytoCapture *self, guint delay_ms, const char *reason, const char *error)
{
  if (delay_ms == 0)
    tyto_log_camera (self->camera, G_LOG_LEVEL_WARNING, "%s Next try at once.", error);
  else
    tyto_log_camera (self->camera, G_LOG_LEVEL_WARNING, "%s Next try in %u.%u s.", error,
                     delay_ms / 1000, delay_ms % 1000 / 100);
  self->wait = g_timeout_add (delay_ms, on_wait_over, self);
  set_state (self, is_offline (self) ? "offline" : "retrying", reason, error, delay_ms);
}

/* The next try after a good run comes soon; otherwise one more has failed. */
static void
count_try (TytoCapture *self, gboolean good)
{
  if (good) {
    tyto_backoff_reset (&self->backoff);
    self->attempts = 0;
  } else {
    self->attempts++;
  }
}

/* Whether the camera asked for another run at once, by REDIRECT or ANNOUNCE (RFC 2326, 10.10 and
 * 10.3), and has not done so all the time. */
static gboolean
follow (TytoCapture *self, TytoCaptureRun *ended)
{
  const char *redirect = tyto_capture_run_get_redirect (ended);

  g_clear_pointer (&self->settings->redirect, g_free);
  if (redirect == NULL || self->redirects == MAX_REDIRECTS)
    return FALSE;
  self->redirects++;
  self->settings->redirect = g_strdup (redirect);
  return TRUE;
}

/* Before the next run: @ended came to its end by itself. */
static void
go_on (TytoCapture *self, TytoCaptureRun *ended)
{
  gboolean good = tyto_capture_run_get_recorded (ended) >= GOOD_RUN;
  gboolean at_once;

  if (good)
    self->redirects = 0;
  at_once = follow (self, ended);
  if (good || !at_once)
    count_try (self, good);
  wait_for_retry (self, at_once ? 0 : tyto_backoff_next (&self->backoff),
                  tyto_capture_run_get_reason (ended), tyto_capture_run_get_error (ended));
}

static void
on_ended (TytoCaptureRun *run, GVariant *dict, TytoCapture *self)
{
  g_autoptr (TytoCapture) keep = g_object_ref (self);
  g_autoptr (TytoCaptureRun) ended = g_steal_pointer (&self->run);
  gint64 wall_end = 0;

  if (dict != NULL) {
    /* The next run starts no earlier, whatever the clock does meanwhile. */
    g_variant_lookup (dict, "wall-end", "x", &wall_end);
    self->settings->not_before_us = MAX (self->settings->not_before_us, wall_end);
    g_signal_emit (self, signals[SIGNAL_RUN_ENDED], 0, dict);
  }
  if (self->stopping) {
    answer_stops (self);
    return;
  }
  go_on (self, ended);
}

/* A fresh pipeline for each run: nothing of a broken one is carried over. */
static void
try_again (TytoCapture *self)
{
  g_autoptr (GError) error = NULL;

  self->run = tyto_capture_run_new (self->camera, self->settings, self->thumbnail_thread, &error);
  if (self->run == NULL) {
    count_try (self, FALSE);
    wait_for_retry (self, tyto_backoff_next (&self->backoff), "internal", error->message);
    return;
  }
  g_object_connect (self->run, "signal::started", on_started, self, "signal::segment-opened",
                    on_segment_opened, self, "signal::segment-closed", on_segment_closed, self,
                    "signal::gap", on_gap, self, "signal::thumbnail", on_thumbnail, self,
                    "signal::ended", on_ended, self, NULL);
  if (!is_offline (self) && g_strcmp0 (self->state, "connecting") != 0)
    set_state (self, "connecting", NULL, NULL, 0);
  tyto_capture_run_start (self->run);
}

TytoCapture *
tyto_capture_new (const char *camera, TytoCaptureSettings *settings,
                  TytoThumbnailThread *thumbnail_thread)
{
  TytoCapture *self = g_object_new (TYTO_TYPE_CAPTURE, NULL);

  self->camera = g_strdup (camera);
  self->settings = settings;
  self->thumbnail_thread = thumbnail_thread;
  self->backoff.initial_ms = settings->retry_initial_ms;
  return self;
}

const char *
tyto_capture_get_camera (TytoCapture *self)
{
  return self->camera;
}

void
tyto_capture_start (TytoCapture *self)
{
  set_state (self, "connecting", NULL, NULL, 0);
  self->wait = g_timeout_add (self->settings->connect_delay_ms, on_wait_over, self);
}

void
tyto_capture_stop_async (TytoCapture *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_ptr_array_add (self->stops, g_task_new (self, NULL, callback, user_data));
  self->stopping = TRUE;
  g_clear_handle_id (&self->wait, g_source_remove);
  if (self->run != NULL)
    tyto_capture_run_stop (self->run);
  else
    answer_stops (self);
}

gboolean
tyto_capture_stop_finish (TytoCapture *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
tyto_capture_is_stopping (TytoCapture *self)
{
  return self->stopping;
}

static gboolean
check_recording (TytoCapture *self, GError **error)
{
  if (self->run != NULL && tyto_capture_run_has_started (self->run))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_WRONG_STATE, "Try again when it is recording.",
                  "The camera %s is not being recorded just now.", self->camera);
  return FALSE;
}

static void
on_snapshot (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GVariant *thumbnail
      = tyto_thumbnailer_snapshot_finish (TYTO_THUMBNAILER (source), result, &error);

  if (thumbnail != NULL)
    g_task_return_pointer (task, thumbnail, (GDestroyNotify) g_variant_unref);
  else
    g_task_return_error (task, error);
}

void
tyto_capture_snapshot_async (TytoCapture *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  GError *error = NULL;

  if (!check_recording (self, &error)) {
    g_task_return_error (task, error);
    return;
  }
  tyto_thumbnailer_snapshot_async (
      tyto_capture_pipeline_get_thumbnailer (tyto_capture_run_get_pipeline (self->run)),
      on_snapshot, g_steal_pointer (&task));
}

GVariant *
tyto_capture_snapshot_finish (TytoCapture *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

char *
tyto_capture_describe (TytoCapture *self, gboolean as_dot, GError **error)
{
  TytoCapturePipeline *pipeline;

  if (!check_recording (self, error))
    return NULL;
  pipeline = tyto_capture_run_get_pipeline (self->run);
  return as_dot ? tyto_capture_pipeline_dump (pipeline) : tyto_capture_pipeline_describe (pipeline);
}

static gboolean
is_recording (TytoCapture *self)
{
  return self->run != NULL && tyto_capture_run_has_started (self->run);
}

GVariant *
tyto_capture_get_statistics (TytoCapture *self)
{
  return is_recording (self) ? tyto_capture_run_get_statistics (self->run) : NULL;
}

GVariant *
tyto_capture_get_figures (TytoCapture *self)
{
  return is_recording (self) ? tyto_capture_run_get_figures (self->run) : NULL;
}
