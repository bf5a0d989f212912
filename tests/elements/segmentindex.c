/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* segmentindex: what it says of a file that goes by, and when it enters it. */
#include "segmentsink-recording.h"

#include <gio/gio.h>
#include <gst/check/gstharness.h>
#include <sqlite3.h>

#define TIMEOUT (30 * GST_SECOND)

/* What a pipeline told until its EOS or ERROR. */
typedef struct {
  GstStructure *index; /* (nullable): the message */
  gchar *error;        /* (nullable) */
  gboolean eos;
} Run;

static void
run_clear (Run *run)
{
  g_clear_pointer (&run->index, gst_structure_free);
  g_clear_pointer (&run->error, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

static void
take_message (Run *run, GstMessage *message)
{
  g_autoptr (GError) error = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
  case GST_MESSAGE_ELEMENT:
    if (gst_message_has_name (message, "segment-index")) {
      g_assert_null (run->index);
      run->index = gst_structure_copy (gst_message_get_structure (message));
    }
    break;
  case GST_MESSAGE_ERROR:
    gst_message_parse_error (message, &error, NULL);
    if (run->error == NULL)
      run->error = g_strdup (error->message);
    break;
  case GST_MESSAGE_EOS:
    run->eos = TRUE;
    break;
  default:
    g_error ("nothing came for 30 s");
  }
}

/* The pipeline's end is what its application sees: what is true then must be told before. */
static void
run_pipeline (Run *run, const gchar *format, ...)
{
  g_autofree gchar *line = NULL;
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GError) error = NULL;
  va_list arguments;

  va_start (arguments, format);
  line = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  pipeline = gst_parse_launch (line, &error);
  g_assert_no_error (error);
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while (!run->eos && run->error == NULL) {
    g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (
        bus, TIMEOUT, GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_ELEMENT);

    g_assert_nonnull (message);
    take_message (run, message);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

/* The first column of the first row that @sql gives. (transfer full) (nullable) */
static gchar *
ask (const gchar *path, const gchar *sql)
{
  sqlite3_stmt *statement = NULL;
  sqlite3 *db = NULL;
  gchar *text = NULL;

  g_assert_cmpint (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READWRITE, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL), ==, SQLITE_OK);
  if (sqlite3_step (statement) == SQLITE_ROW)
    text = g_strdup ((const gchar *) sqlite3_column_text (statement, 0));
  sqlite3_finalize (statement);
  sqlite3_close (db);
  return text;
}

static void
assert_answer (const gchar *path, const gchar *sql, const gchar *expected)
{
  g_autofree gchar *text = ask (path, sql);

  g_assert_cmpstr (text, ==, expected);
}

static SegmentRecording *
record (const gchar *format)
{
  g_autofree gchar *line = g_strdup_printf (
      "videotestsrc num-buffers=50 ! video/x-raw,width=160,height=128,framerate=25/1 ! "
      "x264enc key-int-max=10 speed-preset=ultrafast ! h264parse ! "
      "segmentsink name=s camera=door run=r1 root=ROOT segment-seconds=UNDIVIDED format=%s",
      format);
  SegmentRecording *recording = segment_recording_run (line);

  g_assert_cmpuint (recording->closed->len, >=, 1);
  return recording;
}

static gchar *
hash (const gchar *path, gsize *size)
{
  g_autofree gchar *data = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &data, size, &error);
  g_assert_no_error (error);
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) data, *size);
}

static void
test_message (gconstpointer data)
{
  const gchar *format = data;
  g_autoptr (SegmentRecording) recording = record (format);
  const GstStructure *closed = recording->closed->pdata[0];
  const gchar *path = gst_structure_get_string (closed, "path");
  g_auto (Run) run = { 0 };
  g_autofree gchar *sha256 = NULL;
  guint64 size, frames, duration, sequence, closed_frames;
  gint64 start, closed_start;
  gboolean committed;
  gsize bytes;

  run_pipeline (&run, "filesrc location=%s blocksize=1000 ! segmentindex ! fakesink", path);
  g_assert_true (run.eos);
  g_assert_nonnull (run.index);
  g_assert_true (gst_structure_get (
      run.index, "size", G_TYPE_UINT64, &size, "frames", G_TYPE_UINT64, &frames, "duration",
      G_TYPE_UINT64, &duration, "sequence", G_TYPE_UINT64, &sequence, "wall-start", G_TYPE_INT64,
      &start, "committed", G_TYPE_BOOLEAN, &committed, NULL));
  g_assert_true (gst_structure_get (closed, "frames", G_TYPE_UINT64, &closed_frames, "wall-start",
                                    G_TYPE_INT64, &closed_start, NULL));
  sha256 = hash (path, &bytes);
  g_assert_cmpstr (gst_structure_get_string (run.index, "sha256"), ==, sha256);
  g_assert_cmpuint (size, ==, bytes);
  g_assert_cmpuint (frames, ==, closed_frames);
  g_assert_cmpuint (sequence, ==, 1);
  g_assert_false (committed);
  g_assert_cmpstr (gst_structure_get_string (run.index, "path"), ==, path);
  g_assert_cmpstr (gst_structure_get_string (run.index, "object"), ==, "");
  g_assert_cmpstr (gst_structure_get_string (run.index, "format"), ==, format);
  g_assert_cmpstr (gst_structure_get_string (run.index, "camera"), ==, "door");
  g_assert_cmpstr (gst_structure_get_string (run.index, "run"), ==, "r1");
  g_assert_cmpstr (gst_structure_get_string (run.index, "video-codec"), ==, "h264");
  if (g_str_equal (format, "mp4")) {
    const GValue *fragments = gst_structure_get_value (run.index, "fragments");

    g_assert_cmpint (start, ==, closed_start);
    g_assert_cmpuint (duration, ==, 2 * GST_SECOND);
    g_assert_cmpuint (gst_value_array_get_size (fragments), >=, 5);
  }
}

/* Nobody names a file: what the bytes say is enough in MP4. */
static void
test_without_a_file (void)
{
  g_autoptr (SegmentRecording) recording = record ("mp4");
  const gchar *path = gst_structure_get_string (recording->closed->pdata[0], "path");
  g_auto (Run) run = { 0 };

  run_pipeline (&run,
                "filesrc location=%s blocksize=77 ! identity ! valve ! segmentindex "
                "dsn=sqlite://%s/c.db ! fakesink",
                path, recording->root);
  g_assert_true (run.eos);
  g_assert_cmpstr (gst_structure_get_string (run.index, "camera"), ==, "door");
}

static void
test_entered_once (gconstpointer data)
{
  g_autoptr (SegmentRecording) recording = record (data);
  const gchar *path = gst_structure_get_string (recording->closed->pdata[0], "path");
  g_autofree gchar *db = g_build_filename (recording->root, "c.db", NULL);
  g_autofree gchar *copy = g_build_filename (recording->root, "copy", NULL);
  gboolean committed;

  for (guint i = 0; i < 2; i++) {
    g_auto (Run) run = { 0 };

    run_pipeline (&run, "filesrc location=%s ! segmentindex dsn=sqlite://%s ! filesink location=%s",
                  path, db, copy);
    g_assert_cmpstr (run.error, ==, NULL);
    g_assert_true (gst_structure_get_boolean (run.index, "committed", &committed) && committed);
  }
  assert_answer (db, "SELECT count (*) FROM segments", "1");
  assert_answer (db, "SELECT id || ' ' || camera || ' ' || sequence FROM segments",
                 "r1.000001 door 1");
  assert_answer (db, "SELECT path FROM segments", copy); /* where the sink has put it */
  assert_answer (db, "SELECT frames FROM segments", "50");
}

/* What the sink does not take is nowhere, and so is not entered. */
static void
test_sink_that_fails (void)
{
  g_autoptr (SegmentRecording) recording = record ("mp4");
  const gchar *path = gst_structure_get_string (recording->closed->pdata[0], "path");
  g_autofree gchar *db = g_build_filename (recording->root, "c.db", NULL);
  g_auto (Run) run = { 0 };

  run_pipeline (&run,
                "filesrc location=%s ! segmentindex dsn=sqlite://%s ! filesink "
                "location=/dev/full buffer-mode=full buffer-size=100000000",
                path, db);
  g_assert_nonnull (run.error);
  g_assert_null (run.index);
  g_assert_false (g_file_test (db, G_FILE_TEST_EXISTS));
}

static void
test_catalogue_that_fails (void)
{
  g_autoptr (SegmentRecording) recording = record ("mp4");
  const gchar *path = gst_structure_get_string (recording->closed->pdata[0], "path");
  g_auto (Run) run = { 0 };

  run_pipeline (&run, "filesrc location=%s ! segmentindex dsn=sqlite:///dev/null/c.db ! fakesink",
                path);
  g_assert_nonnull (run.error);
  g_assert_false (run.eos);
}

static void
test_no_recording (void)
{
  g_auto (Run) told = { 0 };
  g_auto (Run) entered = { 0 };

  run_pipeline (&told, "fakesrc num-buffers=3 sizetype=fixed sizemax=1000 ! segmentindex ! "
                       "fakesink");
  g_assert_true (told.eos);
  g_assert_false (gst_structure_has_field (told.index, "camera"));
  run_pipeline (&entered, "fakesrc num-buffers=3 sizetype=fixed sizemax=1000 ! segmentindex "
                          "dsn=sqlite:///dev/null/c.db ! fakesink");
  g_assert_nonnull (strstr (entered.error, "does not say which camera"));
}

static void
test_password_in_dsn (void)
{
  static const gchar *const lines[]
      = { "postgresql://user:secret@127.0.0.1/db", "postgresql:///db?user=u&password=secret" };

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
    g_auto (Run) run = { 0 };

    run_pipeline (&run, "fakesrc num-buffers=1 ! segmentindex dsn=\"%s\" ! fakesink", lines[i]);
    g_assert_nonnull (strstr (run.error, "PGPASSWORD"));
    g_assert_null (strstr (run.error, "secret"));
  }
}

static GstHarness *
harness_new (void)
{
  GstHarness *harness = gst_harness_new ("segmentindex");

  gst_harness_set_src_caps_str (harness, "application/octet-stream");
  return harness;
}

static void
push_bytes_segment (GstHarness *harness, guint64 start)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_BYTES);
  segment.start = segment.time = start;
  gst_harness_push_event (harness, gst_event_new_segment (&segment));
}

/* Bytes are passed on as they are, as the very same buffers. */
static void
test_passes_all (void)
{
  GstHarness *harness = harness_new ();

  push_bytes_segment (harness, 0);
  for (guint i = 0; i < 20; i++) {
    GstBuffer *buffer = gst_buffer_new_allocate (NULL, i * 37, NULL);
    g_autoptr (GstBuffer) out = NULL;

    gst_buffer_memset (buffer, 0, (guint8) i, i * 37);
    g_assert_cmpint (gst_harness_push (harness, buffer), ==, GST_FLOW_OK);
    out = gst_harness_pull (harness);
    g_assert_true (out == buffer);
  }
  g_assert_true (gst_harness_push_event (harness, gst_event_new_eos ()));
  gst_harness_teardown (harness);
}

/* A file of which a part did not go by is not hashed as one. */
static void
test_from_the_middle (void)
{
  GstHarness *harness = harness_new ();

  push_bytes_segment (harness, 100);
  gst_harness_push (harness, gst_buffer_new_allocate (NULL, 10, NULL));
  g_assert_false (gst_harness_push_event (harness, gst_event_new_eos ()));
  /* After a flush it begins anew. */
  gst_harness_push_event (harness, gst_event_new_flush_start ());
  gst_harness_push_event (harness, gst_event_new_flush_stop (TRUE));
  push_bytes_segment (harness, 0);
  gst_harness_push (harness, gst_buffer_new_allocate (NULL, 10, NULL));
  g_assert_true (gst_harness_push_event (harness, gst_event_new_eos ()));
  gst_harness_teardown (harness);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/segmentindex/message/mp4", "mp4", test_message);
  g_test_add_data_func ("/segmentindex/message/ts", "ts", test_message);
  g_test_add_data_func ("/segmentindex/message/mkv", "mkv", test_message);
  g_test_add_func ("/segmentindex/without-a-file", test_without_a_file);
  g_test_add_data_func ("/segmentindex/entered-once/mp4", "mp4", test_entered_once);
  g_test_add_data_func ("/segmentindex/entered-once/splitmuxsink", "mp4 engine=splitmuxsink",
                        test_entered_once);
  g_test_add_func ("/segmentindex/sink-that-fails", test_sink_that_fails);
  g_test_add_func ("/segmentindex/catalogue-that-fails", test_catalogue_that_fails);
  g_test_add_func ("/segmentindex/no-recording", test_no_recording);
  g_test_add_func ("/segmentindex/password-in-dsn", test_password_in_dsn);
  g_test_add_func ("/segmentindex/passes-all", test_passes_all);
  g_test_add_func ("/segmentindex/from-the-middle", test_from_the_middle);
  return g_test_run ();
}
