/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* s3sink and s3src against a real server: run by tests/integration/test_s3_elements.py, which sets
 * AWS_ENDPOINT_URL, the keys and S3_CALL. */
#include "s3-bucket.h"

#include <gst/check/gstharness.h>
#include <string.h>

#define MIB  (1024 * 1024)
#define PART (5 * MIB)

/* --- Writing --- */

static GstHarness *
sink_new (S3Bucket *bucket, const gchar *key)
{
  g_autofree gchar *uri = g_strdup_printf ("s3://%s/%s", bucket->name, key);
  g_autoptr (GstElement) sink = gst_object_ref_sink (gst_element_factory_make ("s3sink", NULL));
  GstHarness *harness;

  g_object_set (sink, "uri", uri, "part-size", (guint64) PART, "threshold", (guint64) PART,
                "num-parallel-parts", 2, NULL);
  harness = gst_harness_new_with_element (sink, "sink", NULL);
  gst_harness_set_src_caps_str (harness, "application/octet-stream");
  return harness;
}

/* Bytes @from to @from + @size of a sequence that does not repeat in a part. */
static GstBuffer *
make_bytes (gsize from, gsize size)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, size, NULL);
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  for (gsize i = 0; i < size; i++)
    map.data[i] = (guint8) ((from + i) * 2654435761U >> 13);
  gst_buffer_unmap (buffer, &map);
  return buffer;
}

static GstFlowReturn
push_bytes (GstHarness *harness, gsize size)
{
  GstFlowReturn flow = GST_FLOW_OK;

  for (gsize at = 0; at < size && flow == GST_FLOW_OK; at += MIN (size - at, 700001))
    flow = gst_harness_push (harness, make_bytes (at, MIN (size - at, 700001)));
  return flow;
}

static void
assert_object (S3Bucket *bucket, const gchar *key, gsize size)
{
  g_autoptr (GBytes) object = s3_bucket_read (bucket, key);
  g_autoptr (GstBuffer) expected = make_bytes (0, size);

  g_assert_cmpuint (g_bytes_get_size (object), ==, size);
  g_assert_cmpint (gst_buffer_memcmp (expected, 0, g_bytes_get_data (object, NULL), size), ==, 0);
  g_assert_cmpuint (s3_bucket_count_uploads (bucket), ==, 0);
}

static void
test_sizes (void)
{
  static const gsize sizes[] = { 0, 1, PART - 1, PART, PART + 1, 2 * PART, 3 * PART + 5 };
  g_autoptr (S3Bucket) bucket = s3_bucket_new ();

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    GstHarness *harness = sink_new (bucket, "object");

    g_assert_cmpint (push_bytes (harness, sizes[i]), ==, GST_FLOW_OK);
    g_assert_true (gst_harness_push_event (harness, gst_event_new_eos ()));
    assert_object (bucket, "object", sizes[i]);
    gst_harness_teardown (harness);
  }
}

/* The threshold is far above what the parts may hold. */
static void
test_threshold_is_bounded (void)
{
  g_autoptr (S3Bucket) bucket = s3_bucket_new ();
  GstHarness *harness = sink_new (bucket, "object");
  g_autofree gchar *etag = NULL;

  g_object_set (harness->element, "threshold", (guint64) 100 * PART, NULL);
  g_assert_cmpint (push_bytes (harness, 4 * PART), ==, GST_FLOW_OK);
  g_assert_true (gst_harness_push_event (harness, gst_event_new_eos ()));
  assert_object (bucket, "object", 4 * PART);
  etag = s3_bucket_get_etag (bucket, "object");
  g_assert_nonnull (strchr (etag, '-'));
  gst_harness_teardown (harness);
}

/* Pushes four parts and EOS. Returns: TRUE when all was taken */
static gpointer
push_much (gpointer data)
{
  GstHarness *harness = data;
  GstFlowReturn flow = push_bytes (harness, 4 * PART);

  return GINT_TO_POINTER (
      flow != GST_FLOW_OK ? flow : gst_harness_push_event (harness, gst_event_new_eos ()));
}

/* Pausing is at once, though the sink waits for the server; and then it goes on where it was. */
static void
test_pause (void)
{
  g_autoptr (S3Bucket) bucket = s3_bucket_new ();
  GstHarness *harness = sink_new (bucket, "object");
  GThread *thread;
  gint64 start;

  g_object_set (harness->element, "bandwidth", (guint64) 5 * MIB, NULL);
  thread = g_thread_new ("push", push_much, harness);
  s3_bucket_wait_part (bucket);
  start = g_get_monotonic_time ();
  gst_element_set_state (harness->element, GST_STATE_PAUSED);
  g_assert_cmpint (g_get_monotonic_time () - start, <, G_USEC_PER_SEC / 2);
  gst_element_set_state (harness->element, GST_STATE_PLAYING);
  g_object_set (harness->element, "bandwidth", (guint64) 0, NULL);
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (thread)), ==, TRUE);
  assert_object (bucket, "object", 4 * PART);
  gst_harness_teardown (harness);
}

/* Stopped in the middle: no object, and the multipart upload is aborted, or left. */
static void
test_stop (gconstpointer data)
{
  g_autoptr (S3Bucket) bucket = s3_bucket_new ();
  GstHarness *harness = sink_new (bucket, "object");
  gboolean aborted = g_str_equal (data, "abort");
  GThread *thread;
  gint64 start;

  gst_util_set_object_arg (G_OBJECT (harness->element), "on-error", data);
  g_object_set (harness->element, "bandwidth", (guint64) 5 * MIB / 2, NULL);
  thread = g_thread_new ("push", push_much, harness);
  s3_bucket_wait_part (bucket);
  start = g_get_monotonic_time ();
  gst_element_set_state (harness->element, GST_STATE_NULL);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 2 * G_USEC_PER_SEC);
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (thread)), !=, TRUE);
  g_assert_cmpuint (s3_bucket_count_uploads (bucket), ==, aborted ? 0 : 1);
  g_assert_null (s3_bucket_get_etag (bucket, "object"));
  gst_harness_teardown (harness);
}

/* A flush throws away what came before. */
static void
test_flush (void)
{
  g_autoptr (S3Bucket) bucket = s3_bucket_new ();
  GstHarness *harness = sink_new (bucket, "object");
  GstSegment segment;

  g_assert_cmpint (push_bytes (harness, 2 * PART), ==, GST_FLOW_OK);
  gst_harness_push_event (harness, gst_event_new_flush_start ());
  gst_harness_push_event (harness, gst_event_new_flush_stop (TRUE));
  gst_segment_init (&segment, GST_FORMAT_BYTES);
  gst_harness_push_event (harness, gst_event_new_segment (&segment));
  g_assert_cmpint (push_bytes (harness, 1000), ==, GST_FLOW_OK);
  g_assert_true (gst_harness_push_event (harness, gst_event_new_eos ()));
  assert_object (bucket, "object", 1000);
  gst_harness_teardown (harness);
}

/* A muxer that wants to mend its header is told that it cannot. */
static void
test_no_way_back (void)
{
  g_autoptr (S3Bucket) bucket = s3_bucket_new ();
  GstHarness *harness = sink_new (bucket, "object");
  g_autoptr (GstQuery) query = gst_query_new_seeking (GST_FORMAT_BYTES);
  GstSegment segment;
  gboolean seekable;

  g_assert_true (gst_pad_peer_query (harness->srcpad, query));
  gst_query_parse_seeking (query, NULL, &seekable, NULL, NULL);
  g_assert_false (seekable);
  g_assert_cmpint (push_bytes (harness, 1000), ==, GST_FLOW_OK);
  gst_segment_init (&segment, GST_FORMAT_BYTES);
  gst_harness_push_event (harness, gst_event_new_segment (&segment));
  g_assert_cmpint (push_bytes (harness, 10), !=, GST_FLOW_OK);
  gst_harness_teardown (harness);
  g_assert_null (s3_bucket_get_etag (bucket, "object"));
}

/* The error is told with its name, and an EOS behind it makes no object. */
static void
test_refused (void)
{
  g_autoptr (S3Bucket) bucket = s3_bucket_new ();
  GstHarness *harness = sink_new (bucket, "object");
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (GstMessage) message = NULL;
  const GstStructure *details;
  GstFlowReturn flow;

  gst_element_set_bus (harness->element, bus);
  gst_element_set_state (harness->element, GST_STATE_NULL); /* keys are taken at the start */
  g_object_set (harness->element, "access-key", "testkey", "secret-access-key", "wrong", NULL);
  gst_element_set_state (harness->element, GST_STATE_PLAYING);
  flow = push_bytes (harness, 4 * PART);
  g_assert_cmpint (flow, ==, GST_FLOW_ERROR);
  g_assert_false (gst_harness_push_event (harness, gst_event_new_eos ()));
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  gst_message_parse_error_details (message, &details);
  g_assert_cmpstr (gst_structure_get_string (details, "tyto-error"), ==,
                   "org.tyto.Error.Forbidden");
  g_assert_null (s3_bucket_get_etag (bucket, "object"));
  gst_element_set_bus (harness->element, NULL);
  gst_harness_teardown (harness);
}

static void
test_secrets (void)
{
  static const gchar *const names[] = { "access-key", "secret-access-key", "session-token" };
  g_autoptr (GstElement) sink = gst_object_ref_sink (gst_element_factory_make ("s3sink", NULL));
  g_autoptr (GstElement) src = gst_object_ref_sink (gst_element_factory_make ("s3src", NULL));

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    GstElement *elements[] = { sink, src };

    for (guint j = 0; j < G_N_ELEMENTS (elements); j++) {
      GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (elements[j]), names[i]);

      g_assert_cmpint (spec->flags & G_PARAM_READWRITE, ==, G_PARAM_WRITABLE);
    }
  }
}

static void
test_uri (void)
{
  static const gchar *const wrong[] = { "s3://bucket", "s3://bucket/", "s3:///key", "s3://b/%zz" };
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) sink
      = gst_element_make_from_uri (GST_URI_SINK, "s3://bucket/a%20%C3%BC/b+c%23", NULL, &error);
  g_autofree gchar *bucket = NULL;
  g_autofree gchar *key = NULL;
  g_autofree gchar *uri = NULL;

  g_assert_no_error (error);
  g_object_get (sink, "bucket", &bucket, "key", &key, "uri", &uri, NULL);
  g_assert_cmpstr (bucket, ==, "bucket");
  g_assert_cmpstr (key, ==, "a ü/b+c#");
  g_assert_cmpstr (uri, ==, "s3://bucket/a%20%C3%BC/b+c%23");
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_assert_false (gst_uri_handler_set_uri (GST_URI_HANDLER (sink), wrong[i], &error));
    g_assert_error (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI);
    g_clear_error (&error);
  }
}

/* --- Reading --- */

static GstElement *
src_new (S3Bucket *bucket, const gchar *key)
{
  g_autofree gchar *uri = g_strdup_printf ("s3://%s/%s", bucket->name, key);
  g_autoptr (GError) error = NULL;
  GstElement *src = gst_element_make_from_uri (GST_URI_SRC, uri, NULL, &error);

  g_assert_no_error (error);
  return gst_object_ref_sink (src);
}

static void
put_bytes (S3Bucket *bucket, gsize size)
{
  g_autoptr (GstBuffer) buffer = make_bytes (0, size);
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  s3_bucket_put (bucket, "object", map.data, map.size);
  gst_buffer_unmap (buffer, &map);
}

static void
assert_range (GstPad *pad, guint64 offset, guint size, gsize expected)
{
  g_autoptr (GstBuffer) buffer = NULL;
  g_autoptr (GstBuffer) right = make_bytes (offset, expected);
  GstMapInfo map;

  g_assert_cmpint (gst_pad_get_range (pad, offset, size, &buffer), ==, GST_FLOW_OK);
  g_assert_cmpuint (gst_buffer_get_size (buffer), ==, expected);
  gst_buffer_map (right, &map, GST_MAP_READ);
  g_assert_cmpint (gst_buffer_memcmp (buffer, 0, map.data, map.size), ==, 0);
  gst_buffer_unmap (right, &map);
}

static void
test_ranges (void)
{
  g_autoptr (S3Bucket) bucket = s3_bucket_new ();
  g_autoptr (GstElement) src = NULL;
  g_autoptr (GstPad) pad = NULL;
  gint64 duration;

  put_bytes (bucket, 2 * MIB);
  src = src_new (bucket, "object");
  pad = gst_element_get_static_pad (src, "src");
  gst_element_set_state (src, GST_STATE_READY);
  g_assert_true (gst_pad_activate_mode (pad, GST_PAD_MODE_PULL, TRUE));
  assert_range (pad, 0, 8, 8);
  assert_range (pad, 2 * MIB - 10, 100, 10);
  assert_range (pad, 100000, 1000000, 1000000);
  assert_range (pad, 5, 3, 3);
  for (guint i = 0; i < 16; i++)
    assert_range (pad, i * 100001, 100001, 100001);
  g_assert_true (gst_pad_query_duration (pad, GST_FORMAT_BYTES, &duration));
  g_assert_cmpint (duration, ==, 2 * MIB);
  /* Somebody puts another object there: no mixture of both. */
  put_bytes (bucket, 3 * MIB);
  {
    g_autoptr (GstBuffer) buffer = NULL;

    g_assert_cmpint (gst_pad_get_range (pad, 0, 8, &buffer), ==, GST_FLOW_ERROR);
  }
  gst_pad_activate_mode (pad, GST_PAD_MODE_PULL, FALSE);
  gst_element_set_state (src, GST_STATE_NULL);
}

static void
test_nothing_there (void)
{
  g_autoptr (S3Bucket) bucket = s3_bucket_new ();
  g_autoptr (GstElement) src = src_new (bucket, "missing");

  g_assert_cmpint (gst_element_set_state (src, GST_STATE_PAUSED), ==, GST_STATE_CHANGE_FAILURE);
  gst_element_set_state (src, GST_STATE_NULL);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/s3sink/sizes", test_sizes);
  g_test_add_func ("/s3sink/threshold-is-bounded", test_threshold_is_bounded);
  g_test_add_func ("/s3sink/pause", test_pause);
  g_test_add_data_func ("/s3sink/stop/abort", "abort", test_stop);
  g_test_add_data_func ("/s3sink/stop/do-nothing", "do-nothing", test_stop);
  g_test_add_func ("/s3sink/flush", test_flush);
  g_test_add_func ("/s3sink/no-way-back", test_no_way_back);
  g_test_add_func ("/s3sink/refused", test_refused);
  g_test_add_func ("/s3/secrets", test_secrets);
  g_test_add_func ("/s3/uri", test_uri);
  g_test_add_func ("/s3src/ranges", test_ranges);
  g_test_add_func ("/s3src/nothing-there", test_nothing_there);
  return g_test_run ();
}
