/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-s3src
 * @title: s3src
 * @short_description: reads an object of an S3 server
 *
 * Gives the bytes of an object, in order or, for elements that pull, from any place in it; it can
 * be seeked. They are got in ranges, which grow up to #GstS3Src:range-size as long as one follows
 * another, and as they were when the element started: when somebody replaces the object, that is an
 * ERROR and no mixture (If-Match, RFC 9110, 13.1.1).
 *
 * As a source for s3:// URIs it is found by playbin and others. Keys, region and endpoint come from
 * the environment where they are not set, as with s3sink.
 *
 * ## Example launch lines
 * |[
 * AWS_ENDPOINT_URL=http://127.0.0.1:9000 gst-launch-1.0 playbin
 * uri=s3://recordings/door/23-59-50.mp4
 * ]|
 * Plays a recording out of the archive.
 * |[
 * gst-launch-1.0 s3src uri=s3://recordings/door/23-59-50.mp4 ! filesink location=23-59-50.mp4
 * ]|
 * Gets it from AWS.
 */
#include "s3/gsts3src.h"

#include "base/tyto-error.h"
#include "s3/gsts3message.h"
#include "s3/gsts3settings.h"
#include "s3/gsts3urihandler.h"
#include "s3/gsts3window.h"

GST_DEBUG_CATEGORY_STATIC (s3_src_debug);
#define GST_CAT_DEFAULT s3_src_debug

#define KIB                (G_GUINT64_CONSTANT (1024))
#define DEFAULT_RANGE_SIZE (4 * 1024 * KIB)
#define MAX_RANGE_SIZE     (256 * 1024 * KIB)
#define BLOCK_SIZE         (64 * 1024)

enum {
  PROP_RANGE_SIZE = GST_S3_SETTINGS_N_PROPERTIES,
};

struct _GstS3Src {
  GstBaseSrc parent;

  GstS3Settings settings; /* guarded by the object lock, like all above window */
  guint64 range_size;
  GCancellable *cancellable;

  GstS3Window *window; /* (nullable): while started */
};

static GstStaticPadTemplate src_template
    = GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

G_DEFINE_FINAL_TYPE_WITH_CODE (GstS3Src, gst_s3_src, GST_TYPE_BASE_SRC,
                               G_IMPLEMENT_INTERFACE (GST_TYPE_URI_HANDLER,
                                                      gst_s3_uri_handler_init))
GST_ELEMENT_REGISTER_DEFINE (s3src, "s3src", GST_RANK_PRIMARY, GST_TYPE_S3_SRC)

/* The present one: unlock() cancels it, and what comes later needs another. (transfer full) */
static GCancellable *
ref_cancellable (GstS3Src *self)
{
  GCancellable *cancellable;

  GST_OBJECT_LOCK (self);
  cancellable = g_object_ref (self->cancellable);
  GST_OBJECT_UNLOCK (self);
  return cancellable;
}

static gboolean
gst_s3_src_start (GstBaseSrc *src)
{
  GstS3Src *self = GST_S3_SRC (src);
  g_autoptr (GCancellable) cancellable = ref_cancellable (self);
  g_autoptr (GstS3Window) window = NULL;
  g_autoptr (TytoS3Config) config = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *key = NULL;
  guint64 range_size;

  GST_OBJECT_LOCK (self);
  config = gst_s3_settings_make_config (&self->settings, &error);
  key = g_strdup (self->settings.key);
  range_size = self->range_size;
  GST_OBJECT_UNLOCK (self);
  if (config != NULL)
    window = gst_s3_window_new (config, key, range_size, &error);
  if (window == NULL || !gst_s3_window_open (window, cancellable, &error)) {
    gst_s3_message_error (GST_ELEMENT (self), error);
    return FALSE;
  }
  self->window = g_steal_pointer (&window);
  return TRUE;
}

static gboolean
gst_s3_src_stop (GstBaseSrc *src)
{
  g_clear_pointer (&GST_S3_SRC (src)->window, gst_s3_window_free);
  return TRUE;
}

static gboolean
gst_s3_src_unlock (GstBaseSrc *src)
{
  g_autoptr (GCancellable) cancellable = ref_cancellable (GST_S3_SRC (src));

  g_cancellable_cancel (cancellable);
  return TRUE;
}

static gboolean
gst_s3_src_unlock_stop (GstBaseSrc *src)
{
  GstS3Src *self = GST_S3_SRC (src);

  GST_OBJECT_LOCK (self);
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
  GST_OBJECT_UNLOCK (self);
  return TRUE;
}

static gboolean
gst_s3_src_is_seekable (GstBaseSrc *src)
{
  return TRUE;
}

static gboolean
gst_s3_src_get_size (GstBaseSrc *src, guint64 *size)
{
  GstS3Src *self = GST_S3_SRC (src);

  if (self->window == NULL)
    return FALSE;
  *size = gst_s3_window_get_size (self->window);
  return TRUE;
}

static GstFlowReturn
gst_s3_src_create (GstBaseSrc *src, guint64 offset, guint length, GstBuffer **buffer)
{
  GstS3Src *self = GST_S3_SRC (src);
  g_autoptr (GCancellable) cancellable = ref_cancellable (self);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  guint64 size = gst_s3_window_get_size (self->window);

  if (offset >= size)
    return GST_FLOW_EOS;
  bytes = gst_s3_window_read (self->window, offset, (gsize) MIN (length, size - offset),
                              cancellable, &error);
  if (bytes == NULL && g_cancellable_is_cancelled (cancellable))
    return GST_FLOW_FLUSHING;
  if (bytes == NULL) {
    gst_s3_message_error (GST_ELEMENT (self), error);
    return GST_FLOW_ERROR;
  }
  if (*buffer == NULL)
    *buffer = gst_buffer_new_wrapped_bytes (bytes);
  else
    gst_buffer_fill (*buffer, 0, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  GST_BUFFER_OFFSET (*buffer) = offset;
  GST_BUFFER_OFFSET_END (*buffer) = offset + g_bytes_get_size (bytes);
  return GST_FLOW_OK;
}

/* Playing may begin before all is there: queues in front of a decoder are filled as from a network.
 */
static gboolean
gst_s3_src_query (GstBaseSrc *src, GstQuery *query)
{
  GstSchedulingFlags flags;
  gint smallest, largest, align;

  if (!GST_BASE_SRC_CLASS (gst_s3_src_parent_class)->query (src, query))
    return FALSE;
  if (GST_QUERY_TYPE (query) == GST_QUERY_SCHEDULING) {
    gst_query_parse_scheduling (query, &flags, &smallest, &largest, &align);
    gst_query_set_scheduling (query, flags | GST_SCHEDULING_FLAG_BANDWIDTH_LIMITED, smallest,
                              largest, align);
  }
  return TRUE;
}

static void
gst_s3_src_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstS3Src *self = GST_S3_SRC (object);

  GST_OBJECT_LOCK (self);
  if (id == PROP_RANGE_SIZE)
    self->range_size = g_value_get_uint64 (value);
  else if (!gst_s3_settings_set (&self->settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  GST_OBJECT_UNLOCK (self);
}

static void
gst_s3_src_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstS3Src *self = GST_S3_SRC (object);

  GST_OBJECT_LOCK (self);
  if (id == PROP_RANGE_SIZE)
    g_value_set_uint64 (value, self->range_size);
  else if (!gst_s3_settings_get (&self->settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  GST_OBJECT_UNLOCK (self);
}

static void
gst_s3_src_finalize (GObject *object)
{
  GstS3Src *self = GST_S3_SRC (object);

  gst_s3_settings_clear (&self->settings);
  g_object_unref (self->cancellable);
  g_clear_pointer (&self->window, gst_s3_window_free);
  G_OBJECT_CLASS (gst_s3_src_parent_class)->finalize (object);
}

static void
gst_s3_src_class_init (GstS3SrcClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSrcClass *src_class = GST_BASE_SRC_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (s3_src_debug, "s3src", 0, "S3 source");

  object_class->set_property = gst_s3_src_set_property;
  object_class->get_property = gst_s3_src_get_property;
  object_class->finalize = gst_s3_src_finalize;
  src_class->start = gst_s3_src_start;
  src_class->stop = gst_s3_src_stop;
  src_class->unlock = gst_s3_src_unlock;
  src_class->unlock_stop = gst_s3_src_unlock_stop;
  src_class->is_seekable = gst_s3_src_is_seekable;
  src_class->get_size = gst_s3_src_get_size;
  src_class->create = gst_s3_src_create;
  src_class->query = gst_s3_src_query;

  gst_s3_settings_install (object_class);
  g_object_class_install_property (
      object_class, PROP_RANGE_SIZE,
      g_param_spec_uint64 ("range-size", "Range size", "Bytes got at a time, at most", 128 * KIB,
                           MAX_RANGE_SIZE, DEFAULT_RANGE_SIZE,
                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY));

  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "S3 source", "Source/Network",
                                         "Reads an object of an S3 server", "Tyto");
}

static void
gst_s3_src_init (GstS3Src *self)
{
  gst_s3_settings_init (&self->settings);
  self->range_size = DEFAULT_RANGE_SIZE;
  self->cancellable = g_cancellable_new ();
  gst_base_src_set_blocksize (GST_BASE_SRC (self), BLOCK_SIZE);
}
