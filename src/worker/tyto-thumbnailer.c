/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-thumbnailer.h"

#include "base/tyto-error.h"
#include "base/tyto-log.h"
#include "base/tyto-time.h"
#include "worker/tyto-thumbnail-file.h"
#include "worker/tyto-thumbnail-schedule.h"

#define SNAPSHOT_DEADLINE_S 15

struct _TytoThumbnailer {
  GObject parent_instance;

  char *camera;
  char *root;
  TytoThumbnailThread *thread;
  TytoThumbnailBranch *branch;
  GstPad *pad; /* the valve's sink pad */
  gulong probe;
  GMainContext *context;
  GQueue snapshots; /* of Snapshot, main context */
  gboolean stopped;
  gboolean warned;

  GMutex lock; /* for what follows: used by the streaming thread, too */
  gboolean offset_known;
  gint64 offset_us;
  TytoThumbnailSchedule schedule;
  guint64 asked_serial;  /* of the latest snapshot asked for */
  guint64 chosen_serial; /* up to which a frame has been chosen */
  gboolean busy;         /* a chosen frame waits for its turn or is being decoded */
};

/* A chosen key frame on its way to a file, then its outcome on its way to the main context. */
typedef struct {
  TytoThumbnailer *thumbnailer;
  GstBuffer *frame;
  GstCaps *caps;
  gint64 wall_us;
  guint64 serial; /* snapshots up to this one get this picture */
  GVariant *thumbnail;
  GError *error;
  gboolean given_up; /* no picture, and not for want of trying */
} Picture;

typedef struct {
  guint64 serial;
  GTask *task;
  GSource *deadline;
} Snapshot;

enum { SIGNAL_TAKEN, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TytoThumbnailer, tyto_thumbnailer, G_TYPE_OBJECT)

static void
picture_free (Picture *picture)
{
  gst_clear_buffer (&picture->frame);
  gst_clear_caps (&picture->caps);
  g_clear_pointer (&picture->thumbnail, g_variant_unref);
  g_clear_error (&picture->error);
  g_object_unref (picture->thumbnailer);
  g_free (picture);
}

static void
snapshot_free (Snapshot *snapshot)
{
  g_source_destroy (snapshot->deadline);
  g_source_unref (snapshot->deadline);
  g_object_unref (snapshot->task);
  g_free (snapshot);
}

static void
tyto_thumbnailer_finalize (GObject *object)
{
  TytoThumbnailer *self = TYTO_THUMBNAILER (object);

  g_queue_clear_full (&self->snapshots, (GDestroyNotify) snapshot_free);
  g_clear_object (&self->branch);
  gst_clear_object (&self->pad);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->lock);
  g_free (self->camera);
  g_free (self->root);
  G_OBJECT_CLASS (tyto_thumbnailer_parent_class)->finalize (object);
}

static void
tyto_thumbnailer_class_init (TytoThumbnailerClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tyto_thumbnailer_finalize;
  signals[SIGNAL_TAKEN] = g_signal_new ("taken", TYTO_TYPE_THUMBNAILER, G_SIGNAL_RUN_FIRST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 1, G_TYPE_VARIANT);
}

static void
tyto_thumbnailer_init (TytoThumbnailer *self)
{
  g_mutex_init (&self->lock);
  g_queue_init (&self->snapshots);
  self->context = g_main_context_ref_thread_default ();
}

/* Ends the snapshots up to @serial: with @thumbnail, or with @error when that is NULL. */
static void
answer_snapshots (TytoThumbnailer *self, guint64 serial, GVariant *thumbnail, const GError *error)
{
  Snapshot *snapshot;

  while ((snapshot = g_queue_peek_head (&self->snapshots)) != NULL && snapshot->serial <= serial) {
    g_queue_pop_head (&self->snapshots);
    if (thumbnail != NULL)
      g_task_return_pointer (snapshot->task, g_variant_ref (thumbnail),
                             (GDestroyNotify) g_variant_unref);
    else
      g_task_return_error (snapshot->task, g_error_copy (error));
    snapshot_free (snapshot);
  }
}

static gboolean
on_picture_done (gpointer user_data)
{
  Picture *picture = user_data;
  TytoThumbnailer *self = picture->thumbnailer;

  if (picture->thumbnail != NULL) {
    self->warned = FALSE;
    g_signal_emit (self, signals[SIGNAL_TAKEN], 0, picture->thumbnail);
  } else if (picture->given_up && !self->warned && !self->stopped) {
    g_autofree char *why = tyto_error_why (picture->error);
    const char *hint = tyto_error_hint (picture->error);
    self->warned = TRUE;
    tyto_log_camera (self->camera, G_LOG_LEVEL_WARNING,
                     "No thumbnail could be made; recording goes on. %s %s", why,
                     hint != NULL ? hint : "");
  }
  answer_snapshots (self, picture->serial, picture->thumbnail, picture->error);
  return G_SOURCE_REMOVE;
}

/* What "taken" tells. (transfer full) */
static GVariant *
describe (const Picture *picture, const char *path, GBytes *jpeg, guint width, guint height)
{
  g_autoptr (GVariantDict) dict = g_variant_dict_new (NULL);

  g_variant_dict_insert (dict, "path", "s", path);
  g_variant_dict_insert (dict, "wall", "x", picture->wall_us);
  g_variant_dict_insert (dict, "width", "u", width);
  g_variant_dict_insert (dict, "height", "u", height);
  g_variant_dict_insert (dict, "bytes", "t", (guint64) g_bytes_get_size (jpeg));
  return g_variant_ref_sink (g_variant_dict_end (dict));
}

/* The thumbnail thread: decodes and writes one picture. */
static void
make_picture (gpointer data)
{
  Picture *picture = data;
  TytoThumbnailer *self = picture->thumbnailer;
  guint width, height;
  g_autoptr (GBytes) jpeg = tyto_thumbnail_branch_decode (
      self->branch, picture->frame, picture->caps, &width, &height, &picture->error);
  g_autofree char *path = NULL;

  gst_clear_buffer (&picture->frame);
  if (jpeg != NULL)
    path = tyto_thumbnail_file_write (self->root, self->camera, picture->wall_us, jpeg,
                                      &picture->error);
  if (path != NULL)
    picture->thumbnail = describe (picture, path, jpeg, width, height);
  g_mutex_lock (&self->lock);
  self->busy = FALSE;
  if (picture->thumbnail != NULL)
    tyto_thumbnail_schedule_made (&self->schedule);
  else
    picture->given_up = tyto_thumbnail_schedule_failed (&self->schedule);
  g_mutex_unlock (&self->lock);
  g_main_context_invoke_full (self->context, G_PRIORITY_DEFAULT, on_picture_done, picture,
                              (GDestroyNotify) picture_free);
}

TytoThumbnailThread *
tyto_thumbnailer_new_thread (void)
{
  return tyto_thumbnail_thread_new (make_picture);
}

/* The wall clock at which @frame was taken, µs: by the offset of the present segment, else from the
 * pipeline's clock. Called with the lock. */
static gint64
wall_of (TytoThumbnailer *self, GstPad *pad, GstBuffer *frame)
{
  g_autoptr (GstEvent) event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  GstElement *valve = tyto_thumbnail_branch_get_valve (self->branch);
  GstClockTime now = gst_element_get_current_running_time (valve);
  GstClockTime running = GST_CLOCK_TIME_NONE;

  if (event != NULL && GST_BUFFER_PTS_IS_VALID (frame)) {
    const GstSegment *segment;
    gst_event_parse_segment (event, &segment);
    running = gst_segment_to_running_time (segment, GST_FORMAT_TIME, GST_BUFFER_PTS (frame));
  }
  if (!GST_CLOCK_TIME_IS_VALID (running))
    return tyto_time_now ();
  if (!self->offset_known && GST_CLOCK_TIME_IS_VALID (now)) {
    self->offset_us = tyto_time_now () - (gint64) (now / 1000);
    self->offset_known = TRUE;
  }
  return self->offset_us + (gint64) (running / 1000);
}

static Picture *
picture_new (TytoThumbnailer *self, GstPad *pad, GstBuffer *frame)
{
  Picture *picture = g_new0 (Picture, 1);

  picture->thumbnailer = g_object_ref (self);
  picture->frame = gst_buffer_ref (frame);
  picture->caps = gst_pad_get_current_caps (pad);
  picture->wall_us = wall_of (self, pad, frame);
  picture->serial = self->asked_serial;
  return picture;
}

/* A key frame, in the camera's streaming thread: becomes a picture when one is wanted and it is its
 * turn. */
static void
consider (TytoThumbnailer *self, GstPad *pad, GstBuffer *frame)
{
  gint64 now_us = g_get_monotonic_time ();
  gboolean asked, due;
  Picture *picture;

  g_mutex_lock (&self->lock);
  asked = self->asked_serial > self->chosen_serial;
  due = tyto_thumbnail_schedule_is_due (&self->schedule, now_us);
  if (!self->busy && (asked || due)) {
    picture = picture_new (self, pad, frame);
    self->busy = tyto_thumbnail_thread_push (self->thread, picture, self->root, asked);
    if (!self->busy)
      picture_free (picture);
    if (self->busy && due)
      tyto_thumbnail_schedule_begun (&self->schedule, now_us);
    if (self->busy)
      self->chosen_serial = self->asked_serial;
  }
  g_mutex_unlock (&self->lock);
}

static gboolean
consider_if_key (GstBuffer **frame, guint index, gpointer user_data)
{
  TytoThumbnailer *self = user_data;

  if (GST_BUFFER_FLAG_IS_SET (*frame, GST_BUFFER_FLAG_DELTA_UNIT))
    return TRUE;
  consider (self, self->pad, *frame);
  return FALSE; /* one of a list is enough */
}

/* The valve would drop all that comes; dropped here, it does not take lists apart for it. */
static GstPadProbeReturn
on_frames (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST)
    gst_buffer_list_foreach (GST_PAD_PROBE_INFO_BUFFER_LIST (info), consider_if_key, user_data);
  else
    consider_if_key ((GstBuffer **) &info->data, 0, user_data);
  return GST_PAD_PROBE_DROP;
}

TytoThumbnailer *
tyto_thumbnailer_new (GstBin *pipeline, GstElement *tee, const char *camera,
                      const TytoCaptureSettings *settings, TytoThumbnailThread *thread,
                      GError **error)
{
  g_autoptr (TytoThumbnailer) self = g_object_new (TYTO_TYPE_THUMBNAILER, NULL);
  GstElement *valve;

  self->camera = g_strdup (camera);
  self->root = g_strdup (settings->thumbnail_root);
  self->thread = thread;
  tyto_thumbnail_schedule_init (&self->schedule, camera, settings->thumbnail_seconds);
  self->branch = tyto_thumbnail_branch_new (pipeline, tee, settings->thumbnail_width,
                                            settings->thumbnail_height, error);
  if (self->branch == NULL)
    return NULL;
  valve = tyto_thumbnail_branch_get_valve (self->branch);
  self->pad = gst_element_get_static_pad (valve, "sink");
  /* The owner stops us, which takes the probe away, before it lets go of us. */
  self->probe = gst_pad_add_probe (
      self->pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_frames, self, NULL);
  return g_steal_pointer (&self);
}

static gboolean
on_snapshot_deadline (gpointer user_data)
{
  Snapshot *snapshot = user_data;
  TytoThumbnailer *self = g_task_get_source_object (snapshot->task);

  g_queue_remove (&self->snapshots, snapshot);
  g_task_return_new_error (snapshot->task, TYTO_ERROR, TYTO_ERROR_TIMED_OUT,
                           "No key frame came within %d s.\nSet a shorter key frame interval (GOP) "
                           "in the camera.",
                           SNAPSHOT_DEADLINE_S);
  snapshot_free (snapshot);
  return G_SOURCE_REMOVE;
}

void
tyto_thumbnailer_snapshot_async (TytoThumbnailer *self, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  Snapshot *snapshot;

  if (self->stopped) {
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE, "The recording is ending.");
    return;
  }
  snapshot = g_new0 (Snapshot, 1);
  snapshot->task = g_steal_pointer (&task);
  snapshot->deadline = g_timeout_source_new_seconds (SNAPSHOT_DEADLINE_S);
  g_source_set_callback (snapshot->deadline, on_snapshot_deadline, snapshot, NULL);
  g_source_attach (snapshot->deadline, self->context);
  g_queue_push_tail (&self->snapshots, snapshot);
  g_mutex_lock (&self->lock);
  snapshot->serial = ++self->asked_serial;
  g_mutex_unlock (&self->lock);
}

GVariant *
tyto_thumbnailer_snapshot_finish (TytoThumbnailer *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
tyto_thumbnailer_set_wall_offset (TytoThumbnailer *self, gint64 offset_us)
{
  g_mutex_lock (&self->lock);
  self->offset_us = offset_us;
  self->offset_known = TRUE;
  g_mutex_unlock (&self->lock);
}

TytoThumbnailBranch *
tyto_thumbnailer_get_branch (TytoThumbnailer *self)
{
  return self->branch;
}

void
tyto_thumbnailer_stop (TytoThumbnailer *self)
{
  g_autoptr (GError) error = NULL;

  self->stopped = TRUE;
  tyto_thumbnail_branch_cancel (self->branch);
  if (self->probe != 0)
    gst_pad_remove_probe (self->pad, self->probe);
  self->probe = 0;
  tyto_set_error (&error, TYTO_ERROR_UNAVAILABLE, NULL, "The recording is ending.");
  answer_snapshots (self, G_MAXUINT64, NULL, error);
}
