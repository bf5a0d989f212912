/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which key frames become thumbnails, and when: the schedule, the thread, the thumbnailer. */
#include "worker/tyto-thumbnail-schedule.h"
#include "worker/tyto-thumbnail-thread.h"
#include "worker/tyto-thumbnail-turn.h"
#include "worker/tyto-thumbnailer.h"

#include <glib/gstdio.h>
#include <string.h>
#include <time.h>

#define S           ((gint64) G_USEC_PER_SEC)
#define START       (1000 * S)
#define INTERVAL_S  300
#define KEY_EVERY_S 2

/* The times of the pictures of a camera with a key frame every 2 s, in an hour. */
static GArray *
hour_of (const char *camera)
{
  GArray *times = g_array_new (FALSE, FALSE, sizeof (gint64));
  TytoThumbnailSchedule schedule;

  tyto_thumbnail_schedule_init (&schedule, camera, INTERVAL_S);
  for (gint64 now = START; now < START + 3600 * S; now += KEY_EVERY_S * S) {
    if (!tyto_thumbnail_schedule_is_due (&schedule, now))
      continue;
    tyto_thumbnail_schedule_begun (&schedule, now);
    tyto_thumbnail_schedule_made (&schedule);
    g_array_append_val (times, now);
  }
  return times;
}

/* At once, then after half to one and a half intervals, then each interval. */
static void
test_schedule_interval (void)
{
  for (guint camera = 0; camera < 100; camera++) {
    g_autofree char *id = g_strdup_printf ("cam%u", camera);
    g_autoptr (GArray) times = hour_of (id);
    const gint64 *at = (const gint64 *) times->data;

    g_assert_cmpuint (times->len, >=, 12);
    g_assert_cmpuint (times->len, <=, 13);
    g_assert_cmpint (at[0], ==, START);
    g_assert_cmpint (at[1] - at[0], >=, INTERVAL_S * S / 2);
    g_assert_cmpint (at[1] - at[0], <=, INTERVAL_S * S * 3 / 2 + KEY_EVERY_S * S);
    for (guint i = 2; i < times->len; i++)
      g_assert_cmpint (ABS (at[i] - at[i - 1] - INTERVAL_S * S), <=, KEY_EVERY_S * S);
  }
}

/* In each sixteenth of an interval 64 cameras have some pictures, and never many. */
static void
test_schedule_spread (void)
{
  static const char *const forms[] = { "cam%u", "cam%03u", "front-door-%u", "%u", NULL };

  for (guint f = 0; forms[f] != NULL; f++) {
    guint counts[16] = { 0 };

    for (guint camera = 1; camera <= 64; camera++) {
      char id[32];
      TytoThumbnailSchedule schedule;
      g_snprintf (id, sizeof id, forms[f], camera);
      tyto_thumbnail_schedule_init (&schedule, id, INTERVAL_S);
      g_assert_cmpint (schedule.phase_us, >=, 0);
      g_assert_cmpint (schedule.phase_us, <, schedule.interval_us);
      counts[schedule.phase_us * 16 / schedule.interval_us]++;
    }
    for (guint i = 0; i < G_N_ELEMENTS (counts); i++) {
      g_assert_cmpuint (counts[i], >, 0);
      g_assert_cmpuint (counts[i], <=, 10);
    }
  }
}

static void
test_schedule_failures (void)
{
  TytoThumbnailSchedule schedule;

  tyto_thumbnail_schedule_init (&schedule, "cam1", INTERVAL_S);
  for (guint i = 0; i <= TYTO_THUMBNAIL_RETRIES; i++) {
    g_assert_true (tyto_thumbnail_schedule_is_due (&schedule, START));
    tyto_thumbnail_schedule_begun (&schedule, START);
    g_assert_cmpint (tyto_thumbnail_schedule_failed (&schedule), ==, i == TYTO_THUMBNAIL_RETRIES);
  }
  g_assert_false (tyto_thumbnail_schedule_is_due (&schedule, START + INTERVAL_S * S / 2 - 1));
  g_assert_true (tyto_thumbnail_schedule_is_due (&schedule, START + INTERVAL_S * S * 3 / 2));

  tyto_thumbnail_schedule_init (&schedule, "cam1", 0);
  g_assert_false (tyto_thumbnail_schedule_is_due (&schedule, START));
  tyto_thumbnail_schedule_failed (&schedule);
  g_assert_false (tyto_thumbnail_schedule_is_due (&schedule, START));
}

typedef struct {
  GMutex lock;               /* held: no job ends */
  gint done;                 /* (atomic) */
  gint64 began_us, ended_us; /* of the last one */
  guint work_ms;
  const char *root; /* (nullable): nobody else has the turn meanwhile */
} Jobs;

static gint64
worked_us (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static void
make (gpointer data)
{
  Jobs *jobs = data;
  gint64 began_us = g_get_monotonic_time ();
  gint64 until_us = worked_us () + jobs->work_ms * G_TIME_SPAN_MILLISECOND;
  int turn = -1;

  g_assert_true (jobs->root == NULL || !tyto_thumbnail_turn_try (jobs->root, &turn));
  g_mutex_lock (&jobs->lock);
  while (worked_us () < until_us)
    ;
  jobs->began_us = began_us;
  jobs->ended_us = g_get_monotonic_time ();
  g_atomic_int_inc (&jobs->done);
  g_mutex_unlock (&jobs->lock);
}

/* Some are held for their turn, more are refused, but for what somebody waits for; at its end all
 * that it took is made. */
static void
test_thread_holds (void)
{
  TytoThumbnailThread *thread = tyto_thumbnail_thread_new (make);
  Jobs jobs = { 0 };
  guint held = 0;

  g_mutex_init (&jobs.lock);
  g_mutex_lock (&jobs.lock);
  while (tyto_thumbnail_thread_push (thread, &jobs, NULL, FALSE))
    held++;
  g_assert_cmpuint (held, >=, 2);
  g_assert_cmpuint (held, <=, 10);
  g_assert_true (tyto_thumbnail_thread_push (thread, &jobs, NULL, TRUE));
  g_assert_false (tyto_thumbnail_thread_push (thread, &jobs, NULL, FALSE));
  g_mutex_unlock (&jobs.lock);
  tyto_thumbnail_thread_free (thread);
  g_assert_cmpuint (g_atomic_int_get (&jobs.done), ==, held + 1);
  g_mutex_clear (&jobs.lock);
}

/* Returns: the time between the two (µs). */
static gint64
make_two (Jobs *jobs, TytoThumbnailThread *thread, gboolean second_asked_for)
{
  gint done = g_atomic_int_get (&jobs->done);
  gint64 first_us;

  g_assert_true (tyto_thumbnail_thread_push (thread, jobs, NULL, TRUE));
  while (g_atomic_int_get (&jobs->done) < done + 1)
    g_thread_yield ();
  g_mutex_lock (&jobs->lock);
  first_us = jobs->ended_us;
  g_mutex_unlock (&jobs->lock);
  g_assert_true (tyto_thumbnail_thread_push (thread, jobs, NULL, second_asked_for));
  while (g_atomic_int_get (&jobs->done) < done + 2)
    g_thread_yield ();
  return jobs->began_us - first_us;
}

/* It works a quarter of the time; but nobody who asks is kept waiting. */
static void
test_thread_rests (void)
{
  TytoThumbnailThread *thread = tyto_thumbnail_thread_new (make);
  Jobs jobs = { .work_ms = 100 };
  gint64 rest_us = 3 * jobs.work_ms * G_TIME_SPAN_MILLISECOND;
  gint64 asked_us = G_MAXINT64;

  g_mutex_init (&jobs.lock);
  g_assert_cmpint (make_two (&jobs, thread, FALSE), >=, rest_us);
  /* Once in five times at least nothing else of the machine is in the way. */
  for (guint i = 0; i < 5 && asked_us >= rest_us; i++)
    asked_us = MIN (asked_us, make_two (&jobs, thread, TRUE));
  g_assert_cmpint (asked_us, <, rest_us);
  tyto_thumbnail_thread_free (thread);
  g_mutex_clear (&jobs.lock);
}

/* While another process makes one it waits, unless somebody asks. */
static void
test_thread_takes_turns (void)
{
  g_autofree char *root = g_dir_make_tmp ("tyto-thumbnail-turn-XXXXXX", NULL);
  TytoThumbnailThread *thread = tyto_thumbnail_thread_new (make);
  Jobs jobs = { .root = root };
  int other = -1, none = -1;

  g_mutex_init (&jobs.lock);
  g_assert_true (tyto_thumbnail_turn_try (root, &other));
  g_assert_cmpint (other, >=, 0);
  g_assert_false (tyto_thumbnail_turn_try (root, &none));
  g_assert_true (tyto_thumbnail_thread_push (thread, &jobs, root, FALSE));
  g_assert_cmpint (g_atomic_int_get (&jobs.done), ==, 0);
  close (other);
  while (g_atomic_int_get (&jobs.done) < 1)
    g_thread_yield ();

  g_assert_true (tyto_thumbnail_turn_try (root, &other));
  g_assert_true (tyto_thumbnail_thread_push (thread, &jobs, root, FALSE));
  g_assert_true (tyto_thumbnail_thread_push (thread, &jobs, root, TRUE));
  while (g_atomic_int_get (&jobs.done) < 3) /* the one before it as well */
    g_thread_yield ();
  close (other);

  /* What cannot be locked holds nobody up. */
  g_assert_true (tyto_thumbnail_turn_try ("/no/such/directory", &none));
  g_assert_cmpint (none, ==, -1);
  tyto_thumbnail_thread_free (thread);
  g_mutex_clear (&jobs.lock);
  g_rmdir (root);
}

typedef struct {
  char *root;
  GstElement *pipeline;
  GstPad *entry; /* the tee's */
  TytoThumbnailThread *thread;
  TytoThumbnailer *thumbnailer;
  GstSample *sample; /* a key frame */
  guint taken, expected;
} Fixture;

static void
on_taken (TytoThumbnailer *thumbnailer, GVariant *thumbnail, Fixture *fixture)
{
  const char *path = NULL;

  g_assert_true (g_variant_lookup (thumbnail, "path", "&s", &path));
  g_assert_cmpint (g_unlink (path), ==, 0);
  fixture->taken++;
}

static GstSample *
make_key_frame (void)
{
  g_autoptr (GstElement) pipeline = gst_parse_launch (
      "videotestsrc num-buffers=1 ! video/x-raw,format=I420,width=320,height=180"
      " ! x264enc ! video/x-h264,profile=high,stream-format=avc"
      " ! fakesink name=out enable-last-sample=true",
      NULL);
  g_autoptr (GstElement) out = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  GstSample *sample = NULL;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gst_message_unref (
      gst_bus_timed_pop_filtered (bus, 10 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  g_object_get (out, "last-sample", &sample, NULL);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_assert_nonnull (sample);
  return sample;
}

static void
set_up (Fixture *fixture, gconstpointer interval)
{
  TytoCaptureSettings settings = { .thumbnail_seconds = GPOINTER_TO_UINT (interval),
                                   .thumbnail_width = 160,
                                   .thumbnail_height = 90 };
  GstElement *tee = gst_element_factory_make ("tee", NULL);
  g_autoptr (GError) error = NULL;
  GstSegment segment;

  fixture->root = g_dir_make_tmp ("tyto-thumbnailer-XXXXXX", &error);
  settings.thumbnail_root = fixture->root;
  fixture->sample = make_key_frame ();
  fixture->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  gst_bin_add (GST_BIN (fixture->pipeline), tee);
  fixture->thread = tyto_thumbnailer_new_thread ();
  fixture->thumbnailer = tyto_thumbnailer_new (GST_BIN (fixture->pipeline), tee, "cam1", &settings,
                                               fixture->thread, &error);
  g_assert_no_error (error);
  g_signal_connect (fixture->thumbnailer, "taken", G_CALLBACK (on_taken), fixture);
  gst_element_set_state (fixture->pipeline, GST_STATE_PLAYING);
  fixture->entry = gst_element_get_static_pad (tee, "sink");
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_send_event (fixture->entry, gst_event_new_stream_start ("test"));
  gst_pad_send_event (fixture->entry, gst_event_new_caps (gst_sample_get_caps (fixture->sample)));
  gst_pad_send_event (fixture->entry, gst_event_new_segment (&segment));
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GDir) cameras = NULL;
  g_autofree char *camera = g_build_filename (fixture->root, "cam1", NULL);
  const char *day;

  tyto_thumbnail_thread_free (fixture->thread); /* after all that was chosen */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (fixture->taken, ==, fixture->expected);
  tyto_thumbnailer_stop (fixture->thumbnailer);
  gst_element_set_state (fixture->pipeline, GST_STATE_NULL);
  g_object_unref (fixture->thumbnailer);
  gst_object_unref (fixture->entry);
  gst_object_unref (fixture->pipeline);
  gst_sample_unref (fixture->sample);
  cameras = g_dir_open (camera, 0, NULL);
  while (cameras != NULL && (day = g_dir_read_name (cameras)) != NULL) {
    g_autofree char *path = g_build_filename (camera, day, NULL);
    g_rmdir (path);
  }
  g_rmdir (camera);
  g_assert_cmpint (g_rmdir (fixture->root), ==, 0);
  g_free (fixture->root);
}

static GstBuffer *
frame (Fixture *fixture, gboolean is_key)
{
  GstBuffer *buffer = gst_buffer_copy (gst_sample_get_buffer (fixture->sample));

  if (!is_key)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  return buffer;
}

static void
wait_taken (Fixture *fixture, guint n)
{
  while (fixture->taken < n)
    g_main_context_iteration (NULL, TRUE);
}

/* Frames that come one by one, and in lists; one picture is due, however many key frames come. */
static void
test_frames (Fixture *fixture, gconstpointer unused)
{
  GstBufferList *list = gst_buffer_list_new ();

  gst_pad_chain (fixture->entry, frame (fixture, FALSE));
  gst_buffer_list_add (list, frame (fixture, FALSE));
  gst_buffer_list_add (list, frame (fixture, FALSE));
  gst_buffer_list_add (list, frame (fixture, TRUE));
  gst_buffer_list_add (list, frame (fixture, TRUE));
  g_assert_cmpint (gst_pad_chain_list (fixture->entry, list), ==, GST_FLOW_OK);
  fixture->expected = 1;
  wait_taken (fixture, 1);
  for (guint i = 0; i < 10; i++)
    gst_pad_chain (fixture->entry, frame (fixture, TRUE));
}

static void
on_snapshot (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) thumbnail
      = tyto_thumbnailer_snapshot_finish (TYTO_THUMBNAILER (source), result, &error);

  g_assert_no_error (error);
  g_assert_nonnull (thumbnail);
  (*(guint *) user_data)++;
}

/* None is due; those asked for are of the next key frame, one picture for all who ask before it. */
static void
test_snapshots (Fixture *fixture, gconstpointer unused)
{
  guint answered = 0;

  fixture->expected = 2;
  gst_pad_chain (fixture->entry, frame (fixture, TRUE));
  for (guint round = 1; round <= 2; round++) {
    tyto_thumbnailer_snapshot_async (fixture->thumbnailer, on_snapshot, &answered);
    tyto_thumbnailer_snapshot_async (fixture->thumbnailer, on_snapshot, &answered);
    gst_pad_chain (fixture->entry, frame (fixture, FALSE));
    gst_pad_chain (fixture->entry, frame (fixture, TRUE));
    wait_taken (fixture, round);
    while (answered < 2 * round)
      g_main_context_iteration (NULL, TRUE);
  }
  gst_pad_chain (fixture->entry, frame (fixture, TRUE));
}

int
main (int argc, char **argv)
{
  gpointer five_minutes = GUINT_TO_POINTER (INTERVAL_S);

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker/thumbnailer/schedule/interval", test_schedule_interval);
  g_test_add_func ("/worker/thumbnailer/schedule/spread", test_schedule_spread);
  g_test_add_func ("/worker/thumbnailer/schedule/failures", test_schedule_failures);
  g_test_add_func ("/worker/thumbnailer/thread/holds", test_thread_holds);
  g_test_add_func ("/worker/thumbnailer/thread/rests", test_thread_rests);
  g_test_add_func ("/worker/thumbnailer/thread/takes-turns", test_thread_takes_turns);
  g_test_add ("/worker/thumbnailer/frames", Fixture, five_minutes, set_up, test_frames, tear_down);
  g_test_add ("/worker/thumbnailer/snapshots", Fixture, NULL, set_up, test_snapshots, tear_down);
  return g_test_run ();
}
