/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-segmentsink
 * @title: segmentsink
 * @short_description: records into segments cut on the wall clock
 *
 * Records H.264 or H.265 video, with or without AAC, Opus, A-law or µ-law audio, or audio alone,
 * into a row of files. A new file starts with the first key frame at or after each multiple of
 * #GstSegmentSink:segment-seconds since the Unix epoch (UTC), after a change of the video's caps,
 * and after a step of the system clock. Nothing is asked of the camera: cameras do not heed
 * requests for key frames. Each file decodes alone and its timestamps start near 0; no frame is
 * lost or doubled between two files.
 *
 * A file is written as `NAME.part` and gets its name when it is complete and synced to the disk.
 * A name that is taken is never overwritten: the segment becomes `NAME-1`, `NAME-2`, … (before the
 * extension). Directories are made as needed. The camera, run, sequence and start are in the file's
 * metadata: title, date and comment of MP4 and Matroska, the service description of MPEG-TS.
 *
 * All pads must be requested before data flows. splitmuxsink inside holds back a group of pictures
 * and wants a thread for each pad: put a queue before each pad that shares a thread with another.
 *
 * ## Element messages
 *
 * `tyto-segment-opened`, once a file has its first byte, and `tyto-segment-closed`, once it has its
 * name; each once for every file, in order, the last before EOS. Both have:
 *
 * * #gchararray `camera`, `run`; #guint64 `sequence`
 * * #gchararray `path`: the final name, absolute
 * * #gchararray `format`: "mp4", "ts" or "mkv"
 * * #gchararray `video-codec`: "h264", "h265" or ""; `audio-codec`: "aac", "opus", "pcma", "pcmu"
 *   or "", as found in the file
 * * #gint64 `wall-start`: µs since the Unix epoch, UTC, of the first video frame (of the first
 * audio frame without video)
 * * #guint64 `monotonic-start`: CLOCK_MONOTONIC of the same frame, ns
 * * #guint64 `running-start`: its running time, ns
 *
 * `tyto-segment-closed` adds:
 *
 * * #guint64 `duration`: ns, to the start of the next segment or the end of the last frame
 * * #guint64 `frames`, `key-frames` (of the video), `audio-frames`, `bytes` (of the file)
 * * #gchararray `reason`: "boundary", "caps", "clock" or "eos"
 *
 * ## Wall clock
 *
 * The map from running time to UTC is taken at the first frame and kept within a segment. Where a
 * segment ends it follows the camera: when its frames come later or earlier against their times
 * than before, its clock runs unlike ours, and the next segment starts where the old one ends by
 * our clock. A system clock set forward by 100 ms or more, or back by 10 s or more, ends the
 * segment with the reason "clock", and the next one starts at the new time. Set back by less,
 * segments go on from the old time.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 -e videotestsrc is-live=true ! x264enc key-int-max=25 tune=zerolatency ! h264parse
 * ! segmentsink camera=door root=/tmp/recordings segment-seconds=10
 * ]|
 * Records into `/tmp/recordings/door/2030-01-31/23-59-50.mp4` and the like.
 * |[
 * gst-launch-1.0 -e rtspsrc location=rtsp://127.0.0.1:8554/cam1 ! rtph264depay ! h264parse !
 * segmentsink camera=cam1 format=ts location="{camera}/%Y-%m-%d-%H-%M-%S.ts"
 * ]|
 * Records a camera into transport streams of 15 minutes.
 * |[
 * gst-launch-1.0 -e -m audiotestsrc is-live=true ! audio/x-raw,rate=8000,channels=1 ! mulawenc !
 * queue ! rec.audio_0  videotestsrc is-live=true ! x264enc key-int-max=25 ! h264parse ! queue !
 * rec.video  segmentsink name=rec format=mkv segment-seconds=60 location="{camera}-{sequence}.mkv"
 * ]|
 * Records video and µ-law audio into Matroska, and prints the messages.
 */
#include "segment/gstsegmentsink.h"
#include "segment/gstsegmentpath.h"
#include "segment/gstsegmentsplitter.h"

GST_DEBUG_CATEGORY_STATIC (segment_sink_debug);
#define GST_CAT_DEFAULT segment_sink_debug

#define DEFAULT_CAMERA          "camera"
#define DEFAULT_FORMAT          GST_SEGMENT_FORMAT_MP4
#define DEFAULT_FRAGMENT_MS     1000
#define DEFAULT_ROOT            "."
#define DEFAULT_SEGMENT_SECONDS 900
#define DEFAULT_START_SEQUENCE  1

enum {
  PROP_0,
  PROP_LOCATION,
  PROP_ROOT,
  PROP_CAMERA,
  PROP_RUN,
  PROP_SEGMENT_SECONDS,
  PROP_FORMAT,
  PROP_FRAGMENT_MS,
  PROP_START_SEQUENCE,
  N_PROPERTIES,
};

static GParamSpec *properties[N_PROPERTIES];

struct _GstSegmentSink {
  GstBin parent;

  GstSegmentSettings settings;  /* guarded by the object lock */
  gboolean run_made;            /* the run was not given but made at start */
  guint next_audio;             /* number of the next audio pad */
  GstSegmentSplitter *splitter; /* (nullable): from READY on */
};

#define VIDEO_CAPS                                                                                 \
  "video/x-h264, stream-format=(string){ avc, avc3, byte-stream }, alignment=(string)au; "         \
  "video/x-h265, stream-format=(string){ hvc1, hev1, byte-stream }, alignment=(string)au"
#define AUDIO_CAPS                                                                                 \
  "audio/mpeg, mpegversion=(int){ 2, 4 }, framed=(boolean)true; audio/x-opus; "                    \
  "audio/x-alaw; audio/x-mulaw"

static GstStaticPadTemplate video_template = GST_STATIC_PAD_TEMPLATE (
    "video", GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS (VIDEO_CAPS));
static GstStaticPadTemplate audio_template = GST_STATIC_PAD_TEMPLATE (
    "audio_%u", GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS (AUDIO_CAPS));

G_DEFINE_FINAL_TYPE (GstSegmentSink, gst_segment_sink, GST_TYPE_BIN)
GST_ELEMENT_REGISTER_DEFINE (segmentsink, "segmentsink", GST_RANK_NONE, GST_TYPE_SEGMENT_SINK)

static gchar *
make_run (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree gchar *time = g_date_time_format (now, "%Y%m%dT%H%M%SZ");

  return g_strdup_printf ("%s-%08x", time, g_random_int ());
}

static gboolean
check_settings (GstSegmentSettings *settings, GError **error)
{
  return gst_segment_path_check_camera (settings->camera, error)
         && gst_segment_path_check_run (settings->run, error)
         && gst_segment_path_check (settings->location, error);
}

/* Returns: the settings as they are now, with the defaults that depend on others. */
static void
take_settings (GstSegmentSink *self, GstSegmentSettings *settings)
{
  GST_OBJECT_LOCK (self);
  if (self->settings.run == NULL) {
    self->settings.run = make_run ();
    self->run_made = TRUE;
  }
  gst_segment_settings_copy (settings, &self->settings);
  GST_OBJECT_UNLOCK (self);
  if (settings->location == NULL)
    settings->location = g_strdup_printf ("{camera}/%%Y-%%m-%%d/%%H-%%M-%%S.%s",
                                          gst_segment_format_get_nick (settings->format));
}

static gboolean
add_pad_to_splitter (GstElement *element, GstPad *pad, gpointer data)
{
  GstSegmentSink *self = GST_SEGMENT_SINK (element);

  return gst_segment_splitter_add_pad (self->splitter, GST_SEGMENT_PAD (pad));
}

static gboolean
open_splitter (GstSegmentSink *self)
{
  GstSegmentSettings settings;
  g_autoptr (GError) error = NULL;

  take_settings (self, &settings);
  if (check_settings (&settings, &error))
    self->splitter = gst_segment_splitter_new (GST_BIN (self), &settings);
  else
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("%s", error->message), (NULL));
  gst_segment_settings_clear (&settings);

  if (self->splitter == NULL)
    return FALSE;
  /* Without pads, which may come later, foreach says FALSE. */
  return GST_ELEMENT (self)->numsinkpads == 0
         || gst_element_foreach_sink_pad (GST_ELEMENT (self), add_pad_to_splitter, NULL);
}

static void
close_splitter (GstSegmentSink *self)
{
  g_clear_pointer (&self->splitter, gst_segment_splitter_free);
  GST_OBJECT_LOCK (self);
  if (self->run_made)
    g_clear_pointer (&self->settings.run, g_free);
  self->run_made = FALSE;
  GST_OBJECT_UNLOCK (self);
}

/* Before the children follow. */
static gboolean
prepare_state (GstSegmentSink *self, GstStateChange transition)
{
  switch (transition) {
  case GST_STATE_CHANGE_NULL_TO_READY:
    return open_splitter (self) && gst_segment_splitter_set_state (self->splitter, GST_STATE_READY);
  case GST_STATE_CHANGE_READY_TO_PAUSED:
    gst_segment_splitter_start (self->splitter);
    return gst_segment_splitter_set_state (self->splitter, GST_STATE_PLAYING);
  case GST_STATE_CHANGE_PAUSED_TO_READY:
    return gst_segment_splitter_set_state (self->splitter, GST_STATE_READY);
  default:
    return TRUE;
  }
}

static GstStateChangeReturn
gst_segment_sink_change_state (GstElement *element, GstStateChange transition)
{
  GstSegmentSink *self = GST_SEGMENT_SINK (element);
  GstStateChangeReturn result = GST_STATE_CHANGE_FAILURE;

  if (prepare_state (self, transition))
    result = GST_ELEMENT_CLASS (gst_segment_sink_parent_class)->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    gst_segment_splitter_stop (self->splitter);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL
      || (transition == GST_STATE_CHANGE_NULL_TO_READY && result == GST_STATE_CHANGE_FAILURE))
    close_splitter (self);
  return result;
}

static void
gst_segment_sink_handle_message (GstBin *bin, GstMessage *message)
{
  GstSegmentSink *self = GST_SEGMENT_SINK (bin);

  if (self->splitter != NULL && gst_segment_splitter_handle_message (self->splitter, message)) {
    gst_message_unref (message);
    return;
  }
  GST_BIN_CLASS (gst_segment_sink_parent_class)->handle_message (bin, message);
}

static GstPad *
gst_segment_sink_request_new_pad (GstElement *element, GstPadTemplate *templ, const gchar *name,
                                  const GstCaps *caps)
{
  GstSegmentSink *self = GST_SEGMENT_SINK (element);
  gboolean video = g_str_equal (GST_PAD_TEMPLATE_NAME_TEMPLATE (templ), "video");
  g_autofree gchar *pad_name = NULL;
  g_autoptr (GstPad) existing = NULL;
  GstPad *pad;

  if (video) {
    pad_name = g_strdup ("video");
  } else if (name != NULL && g_str_has_prefix (name, "audio_") && !g_str_has_suffix (name, "%u")) {
    pad_name = g_strdup (name);
  } else {
    pad_name = g_strdup_printf ("audio_%u", self->next_audio);
  }
  self->next_audio += !video;
  existing = gst_element_get_static_pad (element, pad_name);
  if (existing != NULL) {
    GST_WARNING_OBJECT (self, "the pad %s is there already", pad_name);
    return NULL;
  }

  pad = gst_segment_pad_new (templ, pad_name);
  if (self->splitter != NULL
      && !gst_segment_splitter_add_pad (self->splitter, GST_SEGMENT_PAD (pad))) {
    gst_object_unref (pad);
    return NULL;
  }
  gst_pad_set_active (pad, TRUE);
  gst_element_add_pad (element, pad);
  return pad;
}

static void
gst_segment_sink_release_pad (GstElement *element, GstPad *pad)
{
  GstSegmentSink *self = GST_SEGMENT_SINK (element);

  gst_pad_set_active (pad, FALSE);
  if (self->splitter != NULL)
    gst_segment_splitter_remove_pad (self->splitter, GST_SEGMENT_PAD (pad));
  gst_element_remove_pad (element, pad);
}

static void
replace_string (gchar **string, const GValue *value)
{
  g_free (*string);
  *string = g_value_dup_string (value);
}

static void
gst_segment_sink_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstSegmentSettings *settings = &GST_SEGMENT_SINK (object)->settings;

  GST_OBJECT_LOCK (object);
  switch (id) {
  case PROP_LOCATION:
    replace_string (&settings->location, value);
    break;
  case PROP_ROOT:
    replace_string (&settings->root, value);
    break;
  case PROP_CAMERA:
    replace_string (&settings->camera, value);
    break;
  case PROP_RUN:
    replace_string (&settings->run, value);
    break;
  case PROP_SEGMENT_SECONDS:
    settings->segment_seconds = g_value_get_uint (value);
    break;
  case PROP_FORMAT:
    settings->format = g_value_get_enum (value);
    break;
  case PROP_FRAGMENT_MS:
    settings->fragment_ms = g_value_get_uint (value);
    break;
  case PROP_START_SEQUENCE:
    settings->start_sequence = g_value_get_uint64 (value);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (object);
}

static void
gst_segment_sink_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  const GstSegmentSettings *settings = &GST_SEGMENT_SINK (object)->settings;

  GST_OBJECT_LOCK (object);
  switch (id) {
  case PROP_LOCATION:
    g_value_set_string (value, settings->location);
    break;
  case PROP_ROOT:
    g_value_set_string (value, settings->root);
    break;
  case PROP_CAMERA:
    g_value_set_string (value, settings->camera);
    break;
  case PROP_RUN:
    g_value_set_string (value, settings->run);
    break;
  case PROP_SEGMENT_SECONDS:
    g_value_set_uint (value, settings->segment_seconds);
    break;
  case PROP_FORMAT:
    g_value_set_enum (value, settings->format);
    break;
  case PROP_FRAGMENT_MS:
    g_value_set_uint (value, settings->fragment_ms);
    break;
  case PROP_START_SEQUENCE:
    g_value_set_uint64 (value, settings->start_sequence);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (object);
}

static void
gst_segment_sink_finalize (GObject *object)
{
  gst_segment_settings_clear (&GST_SEGMENT_SINK (object)->settings);
  G_OBJECT_CLASS (gst_segment_sink_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags
      = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | (GParamFlags) GST_PARAM_MUTABLE_READY;

  properties[PROP_LOCATION] = g_param_spec_string (
      "location", "Location",
      "Template of the files' names, below root unless absolute: {camera}, {run}, {sequence} and "
      "strftime conversions of the segment's start in UTC (null = {camera}/%Y-%m-%d/%H-%M-%S and "
      "the format's extension)",
      NULL, flags);
  properties[PROP_ROOT] = g_param_spec_string (
      "root", "Root", "Directory below which location is evaluated", DEFAULT_ROOT, flags);
  properties[PROP_CAMERA] = g_param_spec_string (
      "camera", "Camera", "Id of the camera: 1 to 64 of A-Z a-z 0-9 _ -", DEFAULT_CAMERA, flags);
  properties[PROP_RUN] = g_param_spec_string (
      "run", "Run",
      "Id of the run, one unbroken connection: 1 to 64 of A-Z a-z 0-9 _ . : + - (null = made at "
      "start)",
      NULL, flags);
  properties[PROP_SEGMENT_SECONDS] = g_param_spec_uint (
      "segment-seconds", "Segment length",
      "Length of a segment in seconds; cut at its multiples since the Unix epoch, UTC", 1, 86400,
      DEFAULT_SEGMENT_SECONDS, flags);
  properties[PROP_FORMAT] = g_param_spec_enum ("format", "Format", "Container of the segments",
                                               GST_TYPE_SEGMENT_FORMAT, DEFAULT_FORMAT, flags);
  properties[PROP_FRAGMENT_MS] = g_param_spec_uint (
      "fragment-ms", "Fragment duration",
      "Duration of an MP4 fragment in milliseconds: what a crash can lose at most", 1, 60000,
      DEFAULT_FRAGMENT_MS, flags);
  properties[PROP_START_SEQUENCE] = g_param_spec_uint64 (
      "start-sequence", "Start sequence", "Sequence number of the run's first segment", 0,
      G_MAXUINT64, DEFAULT_START_SEQUENCE, flags);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
gst_segment_sink_class_init (GstSegmentSinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (segment_sink_debug, "segmentsink", 0, "segment sink");

  object_class->set_property = gst_segment_sink_set_property;
  object_class->get_property = gst_segment_sink_get_property;
  object_class->finalize = gst_segment_sink_finalize;
  element_class->change_state = gst_segment_sink_change_state;
  element_class->request_new_pad = gst_segment_sink_request_new_pad;
  element_class->release_pad = gst_segment_sink_release_pad;
  GST_BIN_CLASS (klass)->handle_message = gst_segment_sink_handle_message;

  install_properties (object_class);
  gst_type_mark_as_plugin_api (GST_TYPE_SEGMENT_FORMAT, 0);

  gst_element_class_add_static_pad_template (element_class, &video_template);
  gst_element_class_add_static_pad_template (element_class, &audio_template);
  gst_element_class_set_static_metadata (
      element_class, "Segment sink", "Sink/Muxer",
      "Records into segments cut on the wall clock, named when they are complete", "Tyto");
}

static void
gst_segment_sink_init (GstSegmentSink *self)
{
  self->settings.root = g_strdup (DEFAULT_ROOT);
  self->settings.camera = g_strdup (DEFAULT_CAMERA);
  self->settings.format = DEFAULT_FORMAT;
  self->settings.fragment_ms = DEFAULT_FRAGMENT_MS;
  self->settings.segment_seconds = DEFAULT_SEGMENT_SECONDS;
  self->settings.start_sequence = DEFAULT_START_SEQUENCE;
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SINK);
}
