/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-s3sink
 * @title: s3sink
 * @short_description: writes an object of an S3 server
 *
 * Uploads what it gets as one object, to any server that speaks the S3 API. An object below
 * #GstS3Sink:threshold goes by a single PUT, a larger one in parts of #GstS3Sink:part-size, of
 * which #GstS3Sink:num-parallel-parts are sent at a time: no more memory is taken than for these
 * and one more. All requests are signed (AWS Signature Version 4) with the SHA-256 of their body,
 * which the server compares, and tried again when that makes sense.
 *
 * EOS is done when the object is complete and compared: its size, and its ETag with what the server
 * called it when it had checked the SHA-256 of the request; with #GstS3Sink:compare-md5 also with
 * our own MD5s, where it is made of such. After an error, and when it is stopped without EOS, there
 * is no object, and the multipart upload is aborted, or left to be resumed (#GstS3Sink:on-error,
 * #GstS3Sink:upload-id; the same bytes in parts of the same size have to come again, and what of
 * them the server has is not sent). What is written cannot be gone back to: use fragmented MP4 or
 * another format that does not mend its header.
 *
 * Properties have the names of awss3sink's. Unlike there, an uri is s3://BUCKET/KEY, secrets cannot
 * be read back, and buckets are in the path. Without #GstS3Sink:access-key the keys come from the
 * environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. So do
 * #GstS3Sink:endpoint-uri (AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL), #GstS3Sink:region (AWS_REGION,
 * AWS_DEFAULT_REGION) and #GstS3Sink:ca-file (AWS_CA_BUNDLE).
 *
 * ## Element messages
 *
 * * `s3-upload-begun`: the server has begun a multipart upload: #gchararray `upload-id`. With
 *   #GstS3Sink:confirm-begin nothing is sent before the action signal `continue`, so that the id
 *   can be kept first
 * * `s3-upload-progress`, at most twice a second: #guint64 `sent`, `total` (0: not known) in bytes,
 *   `rate` in bytes/s over the last seconds
 * * `s3-upload-done`, before EOS: #gchararray `uri`, `etag`, `sha256` (hex, of an object that went
 * by a single PUT; else ""), `upload-id` ("" after a single PUT); #guint64 `size`
 *
 * An ERROR has in its details the #gchararray `tyto-error`: org.tyto.Error.Forbidden, NotFound (no
 * such bucket), Unavailable and TimedOut (both pass), Storage, Internal (the object is not what was
 * sent), …
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 filesrc location=23-59-50.mp4 ! s3sink uri=s3://recordings/door/23-59-50.mp4
 * endpoint-uri=http://127.0.0.1:9000 content-type=video/mp4 metadata="meta,camera=door"
 * ]|
 * Uploads a file, with the keys of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
 * |[
 * gst-launch-1.0 -e videotestsrc is-live=true ! x264enc ! mpegtsmux ! s3sink bucket=recordings
 * key=live.ts region=eu-central-1
 * ]|
 * Records into a bucket of AWS until it is interrupted.
 */
#include "s3/gsts3sink.h"

#include "base/tyto-error.h"
#include "s3/gsts3message.h"
#include "s3/gsts3sinksettings.h"
#include "s3/gsts3urihandler.h"
#include "s3/gsts3writer.h"

GST_DEBUG_CATEGORY_STATIC (s3_sink_debug);
#define GST_CAT_DEFAULT s3_sink_debug

enum { SIGNAL_CONTINUE, N_SIGNALS };
static guint signals[N_SIGNALS];

struct _GstS3Sink {
  GstBaseSink parent;

  GstS3SinkSettings settings; /* guarded by the object lock, like all above writer */
  GstS3Upload *upload;        /* (nullable): from the first byte on */
  gboolean unlocked;

  GstS3Writer writer; /* streaming thread only, like all below */
  gboolean done;
  gboolean failed; /* until it is stopped or flushed: an EOS after an error makes no object */
};

static GstStaticPadTemplate sink_template
    = GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

G_DEFINE_FINAL_TYPE_WITH_CODE (GstS3Sink, gst_s3_sink, GST_TYPE_BASE_SINK,
                               G_IMPLEMENT_INTERFACE (GST_TYPE_URI_HANDLER,
                                                      gst_s3_uri_handler_init))
GST_ELEMENT_REGISTER_DEFINE (s3sink, "s3sink", GST_RANK_PRIMARY, GST_TYPE_S3_SINK)

/* --- The upload --- */

static void
on_tell (GstStructure *structure, gpointer user_data)
{
  gst_element_post_message (user_data, gst_message_new_element (GST_OBJECT (user_data), structure));
}

/* Posts @error and frees it. */
static void
fail (GstS3Sink *self, GError *error)
{
  self->failed = TRUE;
  gst_s3_message_error (GST_ELEMENT (self), error);
  g_error_free (error);
}

/* Bytes that the source says there are, 0 when it does not. */
static guint64
ask_total (GstS3Sink *self)
{
  gint64 total = 0;

  if (!gst_pad_peer_query_duration (GST_BASE_SINK_PAD (self), GST_FORMAT_BYTES, &total))
    return 0;
  return (guint64) MAX (total, 0);
}

/* With the first byte, or EOS: before, nothing is asked of the server. */
static gboolean
open_upload (GstS3Sink *self)
{
  GstS3UploadPlan plan = { .total = ask_total (self) };
  GError *error = NULL;
  guint64 part_size, threshold;

  GST_OBJECT_LOCK (self);
  if (gst_s3_sink_settings_make_plan (&self->settings, &plan, &error)) {
    self->upload = gst_s3_upload_new (&plan, on_tell, self);
    gst_s3_upload_set_flushing (self->upload, self->unlocked);
  }
  part_size = MAX (self->settings.part_size, plan.total / TYTO_S3_PARTS + 1);
  threshold = gst_s3_sink_settings_get_threshold (&self->settings);
  GST_OBJECT_UNLOCK (self);
  g_clear_pointer (&plan.metadata, g_hash_table_unref);
  g_clear_pointer (&plan.config, tyto_s3_config_unref);
  if (error != NULL) {
    fail (self, error);
    return FALSE;
  }
  gst_s3_writer_begin (&self->writer, self->upload, part_size, threshold, plan.total);
  return TRUE;
}

static void
close_upload (GstS3Sink *self)
{
  GstS3Upload *upload;
  gboolean abort;

  GST_OBJECT_LOCK (self);
  upload = g_steal_pointer (&self->upload);
  abort = self->settings.on_error == GST_S3_ON_ERROR_ABORT;
  GST_OBJECT_UNLOCK (self);
  if (upload != NULL)
    gst_s3_upload_close (upload, abort);
  gst_s3_writer_end (&self->writer);
}

static void
begin_object (GstS3Sink *self)
{
  close_upload (self);
  self->done = self->failed = FALSE;
}

/* @result: of the writer. */
static GstFlowReturn
look_at (GstS3Sink *self, GstFlowReturn result)
{
  if (result == GST_FLOW_ERROR) {
    fail (self, gst_s3_upload_dup_error (self->upload));
    close_upload (self);
  }
  return result;
}

static GstFlowReturn
gst_s3_sink_render (GstBaseSink *sink, GstBuffer *buffer)
{
  GstS3Sink *self = GST_S3_SINK (sink);
  GstFlowReturn result;
  GstMapInfo map;

  if (self->failed || (self->upload == NULL && !open_upload (self)))
    return GST_FLOW_ERROR;
  if (!gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    GST_ELEMENT_ERROR (self, RESOURCE, READ, ("What is to be sent cannot be read"), (NULL));
    return GST_FLOW_ERROR;
  }
  result = gst_s3_writer_write (&self->writer, map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  return look_at (self, result);
}

static void
tell_done (GstS3Sink *self)
{
  g_autofree gchar *id = gst_s3_upload_dup_id (self->upload);
  g_autofree gchar *uri = NULL;

  GST_OBJECT_LOCK (self);
  uri = gst_s3_settings_dup_uri (&self->settings.s3);
  GST_OBJECT_UNLOCK (self);
  on_tell (gst_structure_new ("s3-upload-done", "uri", G_TYPE_STRING, uri, "etag", G_TYPE_STRING,
                              gst_s3_upload_get_etag (self->upload), "size", G_TYPE_UINT64,
                              self->writer.bytes, "sha256", G_TYPE_STRING,
                              gst_s3_writer_get_sha256 (&self->writer), "upload-id", G_TYPE_STRING,
                              id, NULL),
           self);
}

/* Returns when the object is complete and compared. The base class holds the preroll lock. */
static GstFlowReturn
finish_object (GstS3Sink *self)
{
  GstFlowReturn result;

  if (self->done)
    return GST_FLOW_OK;
  if (self->failed || (self->upload == NULL && !open_upload (self)))
    return GST_FLOW_ERROR;
  result = look_at (self, gst_s3_writer_finish (&self->writer));
  if (result == GST_FLOW_OK) {
    self->done = TRUE;
    tell_done (self);
    close_upload (self);
  }
  return result;
}

/* --- The sink --- */

/* A muxer that goes back to mend its header. */
static gboolean
check_segment (GstS3Sink *self, GstEvent *event)
{
  const GstSegment *segment;

  gst_event_parse_segment (event, &segment);
  if (segment->format != GST_FORMAT_BYTES || segment->start == self->writer.bytes)
    return TRUE;
  GST_ELEMENT_ERROR (self, STREAM, FAILED, ("An object cannot be written over"),
                     ("segment of bytes from %" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT
                      " were written",
                      segment->start, self->writer.bytes));
  return FALSE;
}

static gboolean
gst_s3_sink_event (GstBaseSink *sink, GstEvent *event)
{
  GstS3Sink *self = GST_S3_SINK (sink);
  gboolean taken = TRUE;

  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_SEGMENT:
    taken = check_segment (self, event);
    break;
  case GST_EVENT_FLUSH_STOP:
    begin_object (self);
    break;
  case GST_EVENT_EOS:
    taken = finish_object (self) == GST_FLOW_OK;
    break;
  default:
    break;
  }
  if (!taken) {
    gst_event_unref (event);
    return FALSE;
  }
  return GST_BASE_SINK_CLASS (gst_s3_sink_parent_class)->event (sink, event);
}

static gboolean
gst_s3_sink_query (GstBaseSink *sink, GstQuery *query)
{
  GstS3Sink *self = GST_S3_SINK (sink);
  g_autofree gchar *uri = NULL;
  GstFormat format;

  switch (GST_QUERY_TYPE (query)) {
  case GST_QUERY_SEEKING:
    gst_query_parse_seeking (query, &format, NULL, NULL, NULL);
    gst_query_set_seeking (query, format, FALSE, 0, -1);
    return TRUE;
  case GST_QUERY_URI:
    GST_OBJECT_LOCK (self);
    uri = gst_s3_settings_dup_uri (&self->settings.s3);
    GST_OBJECT_UNLOCK (self);
    gst_query_set_uri (query, uri);
    return uri != NULL;
  default:
    return GST_BASE_SINK_CLASS (gst_s3_sink_parent_class)->query (sink, query);
  }
}

static void
set_unlocked (GstS3Sink *self, gboolean unlocked)
{
  GST_OBJECT_LOCK (self);
  self->unlocked = unlocked;
  if (self->upload != NULL)
    gst_s3_upload_set_flushing (self->upload, unlocked);
  GST_OBJECT_UNLOCK (self);
}

static gboolean
gst_s3_sink_unlock (GstBaseSink *sink)
{
  set_unlocked (GST_S3_SINK (sink), TRUE);
  return TRUE;
}

static gboolean
gst_s3_sink_unlock_stop (GstBaseSink *sink)
{
  set_unlocked (GST_S3_SINK (sink), FALSE);
  return TRUE;
}

static gboolean
gst_s3_sink_start (GstBaseSink *sink)
{
  GstS3Sink *self = GST_S3_SINK (sink);
  g_autoptr (TytoS3Config) config = NULL;
  GError *error = NULL;

  GST_OBJECT_LOCK (self);
  config = gst_s3_settings_make_config (&self->settings.s3, &error);
  GST_OBJECT_UNLOCK (self);
  if (config == NULL)
    fail (self, error);
  return config != NULL;
}

static GstStateChangeReturn
gst_s3_sink_change_state (GstElement *element, GstStateChange transition)
{
  GstStateChangeReturn result
      = GST_ELEMENT_CLASS (gst_s3_sink_parent_class)->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    begin_object (GST_S3_SINK (element));
  return result;
}

static void
gst_s3_sink_continue (GstS3Sink *self)
{
  GST_OBJECT_LOCK (self);
  if (self->upload != NULL)
    gst_s3_upload_confirm (self->upload);
  GST_OBJECT_UNLOCK (self);
}

static void
gst_s3_sink_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstS3Sink *self = GST_S3_SINK (object);

  GST_OBJECT_LOCK (self);
  if (!gst_s3_sink_settings_set (&self->settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  if (id == GST_S3_SINK_SETTINGS_BANDWIDTH && self->upload != NULL)
    gst_s3_upload_set_bandwidth (self->upload, self->settings.bandwidth);
  GST_OBJECT_UNLOCK (self);
}

static void
gst_s3_sink_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstS3Sink *self = GST_S3_SINK (object);

  GST_OBJECT_LOCK (self);
  if (!gst_s3_sink_settings_get (&self->settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  GST_OBJECT_UNLOCK (self);
}

static void
gst_s3_sink_finalize (GObject *object)
{
  GstS3Sink *self = GST_S3_SINK (object);

  close_upload (self);
  gst_s3_sink_settings_clear (&self->settings);
  gst_s3_writer_clear (&self->writer);
  G_OBJECT_CLASS (gst_s3_sink_parent_class)->finalize (object);
}

static void
gst_s3_sink_class_init (GstS3SinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSinkClass *sink_class = GST_BASE_SINK_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (s3_sink_debug, "s3sink", 0, "S3 sink");

  object_class->set_property = gst_s3_sink_set_property;
  object_class->get_property = gst_s3_sink_get_property;
  object_class->finalize = gst_s3_sink_finalize;
  element_class->change_state = gst_s3_sink_change_state;
  sink_class->start = gst_s3_sink_start;
  sink_class->render = gst_s3_sink_render;
  sink_class->event = gst_s3_sink_event;
  sink_class->query = gst_s3_sink_query;
  sink_class->unlock = gst_s3_sink_unlock;
  sink_class->unlock_stop = gst_s3_sink_unlock_stop;

  gst_s3_sink_settings_install (object_class);
  signals[SIGNAL_CONTINUE] = g_signal_new_class_handler (
      "continue", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION,
      G_CALLBACK (gst_s3_sink_continue), NULL, NULL, NULL, G_TYPE_NONE, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_S3_ON_ERROR, 0);

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_set_static_metadata (element_class, "S3 sink", "Sink/Network",
                                         "Writes an object of an S3 server, complete at EOS",
                                         "Tyto");
}

static void
gst_s3_sink_init (GstS3Sink *self)
{
  gst_s3_sink_settings_init (&self->settings);
  gst_s3_writer_init (&self->writer, GST_BASE_SINK (self));
  gst_base_sink_set_sync (GST_BASE_SINK (self), FALSE);
  gst_base_sink_set_last_sample_enabled (GST_BASE_SINK (self), FALSE);
}
