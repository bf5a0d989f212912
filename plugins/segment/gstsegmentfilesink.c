/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentfilesink.h"
#include "segment/gstsegmentfile.h"

GST_DEBUG_CATEGORY_STATIC (segment_file_sink_debug);
#define GST_CAT_DEFAULT segment_file_sink_debug

/* What is not MP4 has no fragments to write at a time. */
#define WRITE_BYTES    (64 * 1024)
#define WRITE_INTERVAL GST_SECOND

#define WRITE_BEHIND (1024 * 1024) /* bytes after which the disk is asked to begin */

#define DEFAULT_SYNC_MS 1500

enum {
  PROP_0,
  PROP_LOCATION,
  PROP_SYNC_MS,
};

enum {
  SIGNAL_OPENED,
  SIGNAL_CLOSED,
  SIGNAL_ENDED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

struct _GstSegmentFileSink {
  GstBaseSink parent;

  gchar *location;          /* guarded by the object lock */
  GstSegmentFile *file;     /* (nullable): streaming thread only, like all below */
  gboolean failed;          /* until stopped */
  guint64 box_end;          /* MP4: offset of the end of the top-level box being written */
  gboolean box_completes;   /* MP4: a reader can use what there is once that box has ended */
  gboolean boxed;           /* the file is made of ISO 14496-12 boxes */
  GstClockTime written_pts; /* timestamp of the first buffer held */
  guint sync_ms;            /* guarded by the object lock */
  gint64 sync_at;           /* monotonic, µs: when the file is to be synced next */
  guint64 begun;            /* bytes from the start that the disk was asked to write */
};

static GstStaticPadTemplate sink_template
    = GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

G_DEFINE_FINAL_TYPE (GstSegmentFileSink, gst_segment_file_sink, GST_TYPE_BASE_SINK)

/* Posts @error, which says what failed, why and what to do, and frees it. The file stays what it
 * is, unfinished: the muxer may go on to EOS, but that must not give it its name. */
static void
fail (GstSegmentFileSink *self, GError *error)
{
  self->failed = TRUE;
  g_clear_pointer (&self->file, gst_segment_file_free);
  gst_element_message_full (GST_ELEMENT (self), GST_MESSAGE_ERROR, GST_RESOURCE_ERROR, error->code,
                            g_strdup (error->message), NULL, __FILE__, GST_FUNCTION, __LINE__);
  g_error_free (error);
}

/* Returns: (transfer full) (nullable): where the next file goes. */
static gchar *
dup_location (GstSegmentFileSink *self)
{
  gchar *location;

  GST_OBJECT_LOCK (self);
  location = g_strdup (self->location);
  GST_OBJECT_UNLOCK (self);
  return location;
}

static guint
get_sync_ms (GstSegmentFileSink *self)
{
  guint sync_ms;

  GST_OBJECT_LOCK (self);
  sync_ms = self->sync_ms;
  GST_OBJECT_UNLOCK (self);
  return sync_ms;
}

static gboolean
open_file (GstSegmentFileSink *self, const gchar *location, GError **error)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (GST_BASE_SINK_PAD (self));

  self->file = gst_segment_file_create (location, error);
  if (self->file == NULL)
    return FALSE;
  self->box_end = 0;
  self->box_completes = FALSE;
  self->boxed = caps != NULL
                && gst_structure_has_name (gst_caps_get_structure (caps, 0), "video/quicktime");
  self->written_pts = GST_CLOCK_TIME_NONE;
  /* At random first, so that the syncs of many cameras are spread. */
  self->sync_at = g_get_monotonic_time ()
                  + g_random_int_range (0, (gint32) get_sync_ms (self)) * G_TIME_SPAN_MILLISECOND;
  self->begun = 0;
  GST_INFO_OBJECT (self, "opened %s", gst_segment_file_get_path (self->file));
  g_signal_emit (self, signals[SIGNAL_OPENED], 0, gst_segment_file_get_path (self->file));
  return TRUE;
}

/* Follows the top-level boxes (ISO 14496-12, 4.2). Returns: whether, with @buffer at @offset, the
 * fragment or header is complete. */
static gboolean
follow_boxes (GstSegmentFileSink *self, guint64 offset, GstBuffer *buffer)
{
  gsize size = gst_buffer_get_size (buffer);
  guint64 end = offset + size;

  while (self->box_end < end) {
    guint8 header[16];
    guint64 box = 0;
    guint32 type;
    gsize got;

    if (self->box_end < offset)
      return TRUE; /* written over something earlier: nothing to follow */
    got = gst_buffer_extract (buffer, self->box_end - offset, header, sizeof header);
    if (got >= 8)
      box = GST_READ_UINT32_BE (header);
    if (got == 16 && box == 1)
      box = GST_READ_UINT64_BE (header + 8);
    if (box < 8)
      return TRUE; /* not a box: just write it */
    type = GST_READ_UINT32_LE (header + 4);
    self->box_end += box;
    self->box_completes = type == GST_MAKE_FOURCC ('m', 'd', 'a', 't')
                          || type == GST_MAKE_FOURCC ('m', 'o', 'o', 'v')
                          || type == GST_MAKE_FOURCC ('m', 'f', 'r', 'a');
  }
  return self->box_end == end && self->box_completes;
}

static gboolean
is_due (GstSegmentFileSink *self, guint64 offset, GstBuffer *buffer)
{
  GstClockTime pts = GST_BUFFER_DTS_OR_PTS (buffer);

  if (self->boxed)
    return follow_boxes (self, offset, buffer);
  if (gst_segment_file_get_pending (self->file) >= WRITE_BYTES)
    return TRUE;
  if (!GST_CLOCK_TIME_IS_VALID (pts))
    return FALSE;
  if (!GST_CLOCK_TIME_IS_VALID (self->written_pts))
    self->written_pts = pts;
  return pts >= self->written_pts + WRITE_INTERVAL;
}

static gboolean
flush_file (GstSegmentFileSink *self, GError **error)
{
  gint64 now = g_get_monotonic_time ();
  guint64 written;

  self->written_pts = GST_CLOCK_TIME_NONE;
  if (!gst_segment_file_flush (self->file, error))
    return FALSE;
  written = gst_segment_file_get_written (self->file);
  if (now >= self->sync_at) {
    self->sync_at = now + get_sync_ms (self) * G_TIME_SPAN_MILLISECOND;
    return gst_segment_file_sync (self->file, written, error);
  }
  /* There is less to do at the next sync when the disk begins now. */
  if (written >= self->begun + WRITE_BEHIND) {
    gst_segment_file_begin_sync (self->file, written);
    self->begun = written;
  }
  return TRUE;
}

static GstFlowReturn
gst_segment_file_sink_render (GstBaseSink *sink, GstBuffer *buffer)
{
  GstSegmentFileSink *self = GST_SEGMENT_FILE_SINK (sink);
  GError *error = NULL;
  guint64 offset;

  if (self->failed)
    return GST_FLOW_ERROR;
  if (gst_buffer_get_size (buffer) == 0)
    return GST_FLOW_OK;
  if (self->file == NULL) {
    g_autofree gchar *location = dup_location (self);

    /* At EOS before the first frame a muxer still writes a header: no segment, no file. */
    if (location == NULL)
      return GST_FLOW_OK;
    if (!open_file (self, location, &error))
      goto failed;
  }

  offset = gst_segment_file_get_offset (self->file);
  gst_segment_file_append (self->file, buffer);
  if (is_due (self, offset, buffer) && !flush_file (self, &error))
    goto failed;
  return GST_FLOW_OK;

failed:
  fail (self, error);
  return GST_FLOW_ERROR;
}

/* The file gets its name here, before the base class posts the EOS message. */
static gboolean
finish_file (GstSegmentFileSink *self, GError **error)
{
  g_autoptr (GstSegmentFile) file = g_steal_pointer (&self->file);

  if (file == NULL)
    return TRUE;
  if (!gst_segment_file_finish (file, error))
    return FALSE;
  GST_INFO_OBJECT (self, "closed %s", gst_segment_file_get_path (file));
  g_signal_emit (self, signals[SIGNAL_CLOSED], 0, gst_segment_file_get_path (file),
                 gst_segment_file_get_size (file));
  return TRUE;
}

static gboolean
gst_segment_file_sink_event (GstBaseSink *sink, GstEvent *event)
{
  GstSegmentFileSink *self = GST_SEGMENT_FILE_SINK (sink);
  GError *error = NULL;
  gboolean done = TRUE;

  if (self->failed && GST_EVENT_TYPE (event) == GST_EVENT_EOS) {
    gst_event_unref (event);
    return FALSE;
  }
  if (GST_EVENT_TYPE (event) == GST_EVENT_SEGMENT) {
    const GstSegment *segment;

    /* A muxer moves back to fill in its header. */
    gst_event_parse_segment (event, &segment);
    if (segment->format == GST_FORMAT_BYTES && self->file != NULL)
      done = gst_segment_file_seek (self->file, segment->start, &error);
  } else if (GST_EVENT_TYPE (event) == GST_EVENT_EOS) {
    done = finish_file (self, &error);
    if (done)
      g_signal_emit (self, signals[SIGNAL_ENDED], 0);
  }
  if (!done) {
    fail (self, error);
    gst_event_unref (event);
    return FALSE;
  }
  return GST_BASE_SINK_CLASS (gst_segment_file_sink_parent_class)->event (sink, event);
}

static gboolean
gst_segment_file_sink_query (GstBaseSink *sink, GstQuery *query)
{
  GstFormat format;

  if (GST_QUERY_TYPE (query) != GST_QUERY_SEEKING)
    return GST_BASE_SINK_CLASS (gst_segment_file_sink_parent_class)->query (sink, query);
  gst_query_parse_seeking (query, &format, NULL, NULL, NULL);
  gst_query_set_seeking (query, format, format == GST_FORMAT_BYTES || format == GST_FORMAT_DEFAULT,
                         0, -1);
  return TRUE;
}

static gboolean
gst_segment_file_sink_stop (GstBaseSink *sink)
{
  GstSegmentFileSink *self = GST_SEGMENT_FILE_SINK (sink);

  g_clear_pointer (&self->file, gst_segment_file_free);
  self->failed = FALSE;
  return TRUE;
}

static void
gst_segment_file_sink_set_property (GObject *object, guint id, const GValue *value,
                                    GParamSpec *pspec)
{
  GstSegmentFileSink *self = GST_SEGMENT_FILE_SINK (object);

  switch (id) {
  case PROP_LOCATION:
    GST_OBJECT_LOCK (self);
    g_free (self->location);
    self->location = g_value_dup_string (value);
    GST_OBJECT_UNLOCK (self);
    break;
  case PROP_SYNC_MS:
    GST_OBJECT_LOCK (self);
    self->sync_ms = g_value_get_uint (value);
    GST_OBJECT_UNLOCK (self);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
gst_segment_file_sink_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstSegmentFileSink *self = GST_SEGMENT_FILE_SINK (object);

  switch (id) {
  case PROP_LOCATION:
    g_value_take_string (value, dup_location (self));
    break;
  case PROP_SYNC_MS:
    g_value_set_uint (value, get_sync_ms (self));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
gst_segment_file_sink_finalize (GObject *object)
{
  GstSegmentFileSink *self = GST_SEGMENT_FILE_SINK (object);

  g_clear_pointer (&self->file, gst_segment_file_free);
  g_free (self->location);
  G_OBJECT_CLASS (gst_segment_file_sink_parent_class)->finalize (object);
}

static void
gst_segment_file_sink_class_init (GstSegmentFileSinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSinkClass *sink_class = GST_BASE_SINK_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (segment_file_sink_debug, "segmentfilesink", 0, "segment file sink");

  object_class->set_property = gst_segment_file_sink_set_property;
  object_class->get_property = gst_segment_file_sink_get_property;
  object_class->finalize = gst_segment_file_sink_finalize;
  sink_class->render = gst_segment_file_sink_render;
  sink_class->event = gst_segment_file_sink_event;
  sink_class->query = gst_segment_file_sink_query;
  sink_class->stop = gst_segment_file_sink_stop;

  g_object_class_install_property (
      object_class, PROP_LOCATION,
      g_param_spec_string ("location", "Location", "Wanted path of the next file", NULL,
                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (
      object_class, PROP_SYNC_MS,
      g_param_spec_uint ("sync-ms", "Sync interval",
                         "Milliseconds after which what was written is on the disk", 100, 60000,
                         DEFAULT_SYNC_MS, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));

  signals[SIGNAL_OPENED] = g_signal_new ("opened", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_ENDED] = g_signal_new ("ended", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_CLOSED]
      = g_signal_new ("closed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_UINT64);

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_set_static_metadata (element_class, "Segment file sink", "Sink/File",
                                         "Writes a segment and names it when it is complete",
                                         "Tyto");
}

static void
gst_segment_file_sink_init (GstSegmentFileSink *self)
{
  self->sync_ms = DEFAULT_SYNC_MS;
  gst_base_sink_set_sync (GST_BASE_SINK (self), FALSE);
  gst_base_sink_set_async_enabled (GST_BASE_SINK (self), FALSE);
  gst_base_sink_set_last_sample_enabled (GST_BASE_SINK (self), FALSE);
}

GstElement *
gst_segment_file_sink_new (void)
{
  return g_object_new (GST_TYPE_SEGMENT_FILE_SINK, NULL);
}
