/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-segmentindex
 * @title: segmentindex
 * @short_description: enters a recording into a catalogue once its sink has it
 *
 * Stands in front of a sink and lets a file pass unchanged. On the way it counts its bytes, makes
 * their SHA-256, and reads from an MP4 file of segmentsink which camera, run and sequence it is of
 * and where its fragments are (ISO/IEC 14496-12; the boxes of Tyto's own are described in its
 * tyto-mp4-index.h). Of ts and mkv that is read from the local file that the source or the sink
 * names; nothing else is asked of what is not a recording.
 *
 * Once the sink has taken EOS, which s3sink and filesink do when all is where it belongs, the
 * recording's row is entered into the catalogue #GstSegmentIndex:dsn, with the object's key behind
 * s3sink. The pipeline's EOS message waits for that. When it fails there is an ERROR instead, and
 * when the sink fails no row: a row without its file or object is never made. To run it again
 * enters nothing twice. Put no queue between this element and the sink: it would take EOS itself.
 *
 * The file has to go by as a whole from its first byte on, as filesrc gives it.
 *
 * ## Element message
 *
 * `segment-index`, once for each file, before the EOS message:
 *
 * * #guint64 `size`: bytes; #gchararray `sha256`: of them, hex
 * * #gchararray `path`: of the local file, #gchararray `object`: its key in the bucket; "" for none
 * * #gboolean `committed`: the row is in the catalogue
 *
 * and of a recording:
 *
 * * #gchararray `format` ("mp4", "ts", "mkv"), `camera`, `stream`, `run`; #guint64 `sequence`
 * * #gint64 `wall-start`: µs since the Unix epoch, UTC; #guint64 `duration`: ns
 * * #guint64 `frames`, `key-frames`, `audio-frames`; #gchararray `video-codec`, `audio-codec`
 * * #GstValueArray `fragments` of structures: #guint `track`, #guint64 `offset` and `size` (bytes),
 *   #guint64 `time` and `duration` (ns), #guint `frames` and `key-frames`, #gboolean `key`; empty
 *   but in MP4
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 -m filesrc location=23-59-50.mp4 ! segmentindex ! fakesink
 * ]|
 * Prints what a recording is.
 * |[
 * gst-launch-1.0 filesrc location=/recordings/door/23-59-50.mp4 ! segmentindex
 * dsn=sqlite:///var/lib/tyto/catalogue.db ! s3sink uri=s3://recordings/door/23-59-50.mp4
 * endpoint-uri=http://127.0.0.1:9000
 * ]|
 * Uploads a recording, with the keys of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and enters it.
 */
#include "index/gstsegmentindex.h"

#include "base/tyto-sha256.h"
#include "index/gstsegmentcommit.h"
#include "index/gstsegmentskeleton.h"

#include <string.h>

GST_DEBUG_CATEGORY_STATIC (segment_index_debug);
#define GST_CAT_DEFAULT segment_index_debug

enum {
  PROP_0,
  PROP_DSN,
};

struct _GstSegmentIndex {
  GstBaseTransform parent;

  gchar *dsn;                   /* (nullable): guarded by the object lock */
  GCancellable *cancellable;    /* of the commit */
  TytoSha256 *sha256;           /* streaming thread only, like all below */
  GstSegmentSkeleton *skeleton; /* of the file that goes by */
  guint64 bytes;
  gboolean broken; /* bytes were left out, or came in another order */
};

static GstStaticPadTemplate sink_template
    = GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
static GstStaticPadTemplate src_template
    = GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

G_DEFINE_FINAL_TYPE (GstSegmentIndex, gst_segment_index, GST_TYPE_BASE_TRANSFORM)
GST_ELEMENT_REGISTER_DEFINE (segmentindex, "segmentindex", GST_RANK_NONE, GST_TYPE_SEGMENT_INDEX)

static void
begin_file (GstSegmentIndex *self)
{
  g_free (tyto_sha256_finish (self->sha256)); /* it begins anew */
  g_clear_pointer (&self->skeleton, gst_segment_skeleton_free);
  self->skeleton = gst_segment_skeleton_new ();
  self->bytes = 0;
  self->broken = FALSE;
}

static gchar *
dup_dsn (GstSegmentIndex *self)
{
  gchar *dsn;

  GST_OBJECT_LOCK (self);
  dsn = g_strdup (self->dsn);
  GST_OBJECT_UNLOCK (self);
  return dsn;
}

/* The URI of the element at the other end of @pad. (nullable) (transfer full) */
static gchar *
ask_uri (GstPad *pad)
{
  g_autoptr (GstQuery) query = gst_query_new_uri ();
  gchar *uri = NULL;

  if (gst_pad_peer_query (pad, query))
    gst_query_parse_uri (query, &uri);
  return uri;
}

static gchar *
uri_to_path (const gchar *uri)
{
  return uri != NULL && g_str_has_prefix (uri, "file:") ? g_filename_from_uri (uri, NULL, NULL)
                                                        : NULL;
}

/* The key in s3://BUCKET/KEY, where it is escaped. (nullable) */
static gchar *
uri_to_key (const gchar *uri)
{
  g_auto (GStrv) parts = NULL;

  if (uri == NULL || !g_str_has_prefix (uri, "s3://"))
    return NULL;
  parts = g_strsplit (uri + strlen ("s3://"), "/", 2);
  return g_strv_length (parts) == 2 ? g_uri_unescape_string (parts[1], NULL) : NULL;
}

/* What does not show its metadata while it goes by. */
static TytoMediaFile *
read_local (GstSegmentIndex *self, const gchar *path)
{
  g_autoptr (GError) error = NULL;
  TytoMediaFile *media = *path != '\0' ? tyto_media_file_read (path, &error) : NULL;

  if (error != NULL)
    GST_INFO_OBJECT (self, "no recording: %s", error->message);
  return media;
}

static TytoMediaFile *
read_media (GstSegmentIndex *self, const GstSegmentEntry *entry)
{
  g_autoptr (GError) error = NULL;
  TytoMediaFile *media;

  if (!gst_segment_skeleton_is_mp4 (self->skeleton))
    return read_local (self, entry->path);
  media = gst_segment_skeleton_read (self->skeleton, entry->name, &error);
  if (media != NULL)
    return media;
  GST_INFO_OBJECT (self, "not as it went by: %s", error->message);
  return read_local (self, entry->path);
}

/* @entry: of the file whose last byte has gone by */
static void
describe_file (GstSegmentIndex *self, GstSegmentEntry *entry)
{
  g_autofree gchar *source = ask_uri (GST_BASE_TRANSFORM_SINK_PAD (self));
  g_autofree gchar *sink = ask_uri (GST_BASE_TRANSFORM_SRC_PAD (self));

  entry->path = uri_to_path (sink);
  if (entry->path == NULL)
    entry->path = uri_to_path (source);
  if (entry->path == NULL)
    entry->path = g_strdup ("");
  entry->object = uri_to_key (sink);
  if (entry->object == NULL)
    entry->object = g_strdup ("");
  entry->name = g_strdup (source != NULL ? source : GST_OBJECT_NAME (self));
  entry->sha256 = tyto_sha256_finish (self->sha256);
  entry->bytes = self->bytes;
  entry->media = read_media (self, entry);
}

static gboolean
commit (GstSegmentIndex *self, const GstSegmentEntry *entry)
{
  g_autofree gchar *dsn = dup_dsn (self);
  g_autoptr (GError) error = NULL;
  gboolean committed = FALSE;
  GstStructure *structure;

  if (dsn != NULL) {
    committed = gst_segment_commit (dsn, entry, self->cancellable, &error);
    if (!committed) {
      GST_ELEMENT_ERROR (self, RESOURCE, WRITE, ("%s", error->message),
                         ("%s is where it belongs, but not in the catalogue", entry->name));
      return FALSE;
    }
  }
  structure = gst_segment_entry_to_structure (entry);
  gst_structure_set (structure, "committed", G_TYPE_BOOLEAN, committed, NULL);
  gst_element_post_message (GST_ELEMENT (self),
                            gst_message_new_element (GST_OBJECT (self), structure));
  return TRUE;
}

/* Takes @event, EOS. */
static gboolean
end_file (GstSegmentIndex *self, GstEvent *event)
{
  g_auto (GstSegmentEntry) entry = { 0 };
  guint32 seqnum = gst_event_get_seqnum (event);
  GstMessage *eos;

  if (self->broken) {
    GST_ELEMENT_ERROR (self, STREAM, FAILED, ("The file did not go by from its start to its end"),
                       (NULL));
    gst_event_unref (event);
    return FALSE;
  }
  if (!GST_BASE_TRANSFORM_CLASS (gst_segment_index_parent_class)
           ->sink_event (GST_BASE_TRANSFORM (self), event)) {
    GST_WARNING_OBJECT (self, "the sink did not take the end of the file: it is not entered");
    return FALSE;
  }
  describe_file (self, &entry);
  if (!commit (self, &entry))
    return FALSE;
  eos = gst_message_new_eos (GST_OBJECT (self));
  gst_message_set_seqnum (eos, seqnum);
  gst_element_post_message (GST_ELEMENT (self), eos);
  return TRUE;
}

/* A source that was told to go elsewhere, or a muxer that goes back to mend its header. */
static void
follow_segment (GstSegmentIndex *self, GstEvent *event)
{
  const GstSegment *segment;

  gst_event_parse_segment (event, &segment);
  if (segment->format == GST_FORMAT_BYTES && segment->start != self->bytes)
    self->broken = TRUE;
}

static gboolean
gst_segment_index_sink_event (GstBaseTransform *transform, GstEvent *event)
{
  GstSegmentIndex *self = GST_SEGMENT_INDEX (transform);

  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_STREAM_START:
  case GST_EVENT_FLUSH_STOP:
    begin_file (self);
    break;
  case GST_EVENT_SEGMENT:
    follow_segment (self, event);
    break;
  case GST_EVENT_EOS:
    return end_file (self, event);
  default:
    break;
  }
  return GST_BASE_TRANSFORM_CLASS (gst_segment_index_parent_class)->sink_event (transform, event);
}

static GstFlowReturn
gst_segment_index_transform_ip (GstBaseTransform *transform, GstBuffer *buffer)
{
  GstSegmentIndex *self = GST_SEGMENT_INDEX (transform);
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    GST_ELEMENT_ERROR (self, RESOURCE, READ, ("A part of the file cannot be read"), (NULL));
    return GST_FLOW_ERROR;
  }
  tyto_sha256_update (self->sha256, map.data, map.size);
  gst_segment_skeleton_push (self->skeleton, map.data, map.size);
  self->bytes += map.size;
  gst_buffer_unmap (buffer, &map);
  return GST_FLOW_OK;
}

static gboolean
gst_segment_index_start (GstBaseTransform *transform)
{
  GstSegmentIndex *self = GST_SEGMENT_INDEX (transform);
  g_autofree gchar *dsn = dup_dsn (self);
  g_autoptr (GError) error = NULL;

  if (dsn != NULL && !gst_segment_commit_check (dsn, &error)) {
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("%s", error->message), (NULL));
    return FALSE;
  }
  begin_file (self);
  return TRUE;
}

static gboolean
gst_segment_index_stop (GstBaseTransform *transform)
{
  g_clear_pointer (&GST_SEGMENT_INDEX (transform)->skeleton, gst_segment_skeleton_free);
  return TRUE;
}

/* A commit that hangs must not keep the pipeline from stopping. */
static GstStateChangeReturn
gst_segment_index_change_state (GstElement *element, GstStateChange transition)
{
  GstSegmentIndex *self = GST_SEGMENT_INDEX (element);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    g_cancellable_cancel (self->cancellable);
  else if (transition == GST_STATE_CHANGE_READY_TO_PAUSED)
    g_cancellable_reset (self->cancellable);
  return GST_ELEMENT_CLASS (gst_segment_index_parent_class)->change_state (element, transition);
}

static void
gst_segment_index_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstSegmentIndex *self = GST_SEGMENT_INDEX (object);

  switch (id) {
  case PROP_DSN:
    GST_OBJECT_LOCK (self);
    g_free (self->dsn);
    self->dsn = g_value_dup_string (value);
    GST_OBJECT_UNLOCK (self);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
gst_segment_index_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id) {
  case PROP_DSN:
    g_value_take_string (value, dup_dsn (GST_SEGMENT_INDEX (object)));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
gst_segment_index_finalize (GObject *object)
{
  GstSegmentIndex *self = GST_SEGMENT_INDEX (object);

  g_free (self->dsn);
  g_object_unref (self->cancellable);
  tyto_sha256_free (self->sha256);
  g_clear_pointer (&self->skeleton, gst_segment_skeleton_free);
  G_OBJECT_CLASS (gst_segment_index_parent_class)->finalize (object);
}

static void
gst_segment_index_class_init (GstSegmentIndexClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *transform_class = GST_BASE_TRANSFORM_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (segment_index_debug, "segmentindex", 0, "segment index");

  object_class->set_property = gst_segment_index_set_property;
  object_class->get_property = gst_segment_index_get_property;
  object_class->finalize = gst_segment_index_finalize;
  element_class->change_state = gst_segment_index_change_state;
  transform_class->sink_event = gst_segment_index_sink_event;
  transform_class->transform_ip = gst_segment_index_transform_ip;
  transform_class->start = gst_segment_index_start;
  transform_class->stop = gst_segment_index_stop;
  transform_class->passthrough_on_same_caps = TRUE;
  transform_class->transform_ip_on_passthrough = TRUE;

  g_object_class_install_property (
      object_class, PROP_DSN,
      g_param_spec_string ("dsn", "Catalogue",
                           "sqlite:///PATH or postgresql://USER@HOST/DATABASE of the catalogue "
                           "(password by PGPASSWORD or ~/.pgpass); none: only tell",
                           NULL,
                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY));

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Segment index", "Generic",
                                         "Enters a recording into a catalogue once its sink has it",
                                         "Tyto");
}

static void
gst_segment_index_init (GstSegmentIndex *self)
{
  self->cancellable = g_cancellable_new ();
  self->sha256 = tyto_sha256_new ();
  gst_base_transform_set_passthrough (GST_BASE_TRANSFORM (self), TRUE);
  gst_base_transform_set_qos_enabled (GST_BASE_TRANSFORM (self), FALSE);
  /* The pipeline's EOS waits for that of all its sinks: for the commit, too. */
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SINK);
}
