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
 * All pads must be requested before data flows. What writes ts and mkv is splitmuxsink, which holds
 * back a group of pictures and wants a thread for each pad: put a queue before each pad that shares
 * a thread with another.
 *
 * ## Engines
 *
 * MP4 is written by #GstSegmentSink:engine `fragments`, without any muxer: fragments (moof + mdat
 * of one track, ISO/IEC 14496-12) of at most #GstSegmentSink:fragment-ms, which wait neither for
 * the end of a group of pictures nor for another track; a key frame starts one. Browsers' Media
 * Source Extensions play the files as they are. Sound is in the segment its time belongs to.
 * A few threads write, which all segmentsinks of a process share, and more of them while a disk
 * stalls, so that no frame waits for a disk, nor one disk for another: a write for each fragment,
 * room allocated ahead, and little kept in the page cache. Others sync what was written, while
 * writing goes on: fdatasync() so often that a frame is on the disk #GstSegmentSink:sync-ms after
 * it came, for all files of the machine at the same time, since a file system commits them
 * together. A segment is closed with the next of these, or at once before EOS. A file that was not
 * finished is cut at its last whole fragment by whoever finds it. Each has a uuid box with camera,
 * run, sequence and start, and at its end an index of its fragments.
 *
 * Timestamps are mended: missing ones are filled in, decoding times always grow, and when they jump
 * (by more than 10 s ahead of the clock, or 1 s back) the times go on where they were, with a cut
 * for the reason "clock".
 *
 * What the disk cannot take is left out up to a key frame, in a segment of its own, and told:
 *
 * * more than #GstSegmentSink:queue-bytes wait for it: "disk-slow"
 * * it is full, or has less free than #GstSegmentSink:floor-bytes and #GstSegmentSink:floor-percent
 *   before a segment is opened: "disk-full". The open file is ended with what it has. Recording
 * goes on by itself within 2 s once there is room, at a key frame. No ERROR is posted.
 * * a write or sync failed: "disk". It is not tried again: the `.part` is left as it is and the
 * next key frame starts another file. The third failure in a row, and a file that cannot be made,
 * are an ERROR.
 *
 * `splitmuxsink` writes MP4 by mp4mux, with none of this but the names, the messages of segments
 * and the syncs, for which its streaming thread waits.
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
 * * #gint64 `clock-offset`: `wall-start` less the system clock, µs; not 0 after that was set back
 * * #gchararray `clock-source`: "system"
 *
 * `tyto-segment-closed` adds:
 *
 * * #guint64 `duration`: ns, to the start of the next segment or the end of the last frame
 * * #guint64 `frames`, `key-frames` (of the video), `audio-frames`, `bytes` (of the file)
 * * #gchararray `reason`: "boundary", "caps", "clock", "gap" (frames after it were left out) or
 * "eos"
 *
 * `tyto-segment-gap`, when frames begin to be left out, and again when that is over:
 *
 * * #gchararray `camera`, `run`; `reason`: "disk-slow", "disk-full" or "disk"
 * * #gchararray `state`: "open", or "closed" with the #gint64 `wall-end`, µs since the epoch
 * * #gint64 `wall-start`: µs since the epoch: from here on nothing is sure to be in a file
 * * #guint64 `frames` (of the video), `bytes` so far; #gchararray `detail`: what went wrong
 * * #gchararray `part`: the file that was given up, if there is one
 *
 * ## Wall clock
 *
 * The map from running time to UTC is taken at the first frame and kept within a segment. Where a
 * segment ends it follows the camera: when its frames come later or earlier against their times
 * than before, its clock runs unlike ours, and the next segment starts where the old one ends by
 * our clock. A step of the system clock by 100 ms or more ends the segment with the reason "clock".
 * Forward, the next one starts at the new time. Back, segments go on from the old time, so that no
 * two overlap, and `clock-offset` tells how far they are ahead; but a clock set back so that they
 * would be ahead by more than 24 h is followed at once. A run does not start before
 * #GstSegmentSink:not-before, within the same limit.
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
#include "segment/gstsegmentengine.h"

GST_DEBUG_CATEGORY_STATIC (segment_sink_debug);
#define GST_CAT_DEFAULT segment_sink_debug

enum {
  PROP_STATS = GST_SEGMENT_SETTINGS_N_PROPERTIES,
};

struct _GstSegmentSink {
  GstBin parent;

  GstSegmentSettings settings; /* guarded by the object lock */
  gboolean run_made;           /* the run was not given but made at start */
  guint next_audio;            /* number of the next audio pad */
  GstSegmentEngine *engine;    /* (nullable): from READY on */
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
add_pad_to_engine (GstElement *element, GstPad *pad, gpointer data)
{
  GstSegmentSink *self = GST_SEGMENT_SINK (element);

  return gst_segment_engine_add_pad (self->engine, GST_SEGMENT_PAD (pad));
}

static gboolean
open_engine (GstSegmentSink *self)
{
  GstSegmentSettings settings;
  g_autoptr (GError) error = NULL;

  take_settings (self, &settings);
  if (check_settings (&settings, &error))
    self->engine = gst_segment_engine_new (GST_BIN (self), &settings);
  else
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("%s", error->message), (NULL));
  gst_segment_settings_clear (&settings);

  if (self->engine == NULL)
    return FALSE;
  /* Without pads, which may come later, foreach says FALSE. */
  return GST_ELEMENT (self)->numsinkpads == 0
         || gst_element_foreach_sink_pad (GST_ELEMENT (self), add_pad_to_engine, NULL);
}

static void
close_engine (GstSegmentSink *self)
{
  GstSegmentEngine *engine;

  GST_OBJECT_LOCK (self);
  engine = g_steal_pointer (&self->engine);
  GST_OBJECT_UNLOCK (self);
  g_clear_pointer (&engine, gst_segment_engine_free);
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
    return open_engine (self) && gst_segment_engine_set_state (self->engine, GST_STATE_READY);
  case GST_STATE_CHANGE_READY_TO_PAUSED:
    gst_segment_engine_start (self->engine);
    return gst_segment_engine_set_state (self->engine, GST_STATE_PLAYING);
  case GST_STATE_CHANGE_PAUSED_TO_READY:
    return gst_segment_engine_set_state (self->engine, GST_STATE_READY);
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
    gst_segment_engine_stop (self->engine);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL
      || (transition == GST_STATE_CHANGE_NULL_TO_READY && result == GST_STATE_CHANGE_FAILURE))
    close_engine (self);
  return result;
}

static void
gst_segment_sink_handle_message (GstBin *bin, GstMessage *message)
{
  GstSegmentSink *self = GST_SEGMENT_SINK (bin);

  if (self->engine != NULL && gst_segment_engine_handle_message (self->engine, message)) {
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
  if (self->engine != NULL && !gst_segment_engine_add_pad (self->engine, GST_SEGMENT_PAD (pad))) {
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
  if (self->engine != NULL)
    gst_segment_engine_remove_pad (self->engine, GST_SEGMENT_PAD (pad));
  gst_element_remove_pad (element, pad);
}

static void
gst_segment_sink_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GST_OBJECT_LOCK (object);
  if (!gst_segment_settings_set (&GST_SEGMENT_SINK (object)->settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  GST_OBJECT_UNLOCK (object);
}

static void
gst_segment_sink_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstSegmentSink *self = GST_SEGMENT_SINK (object);

  GST_OBJECT_LOCK (object);
  if (id == PROP_STATS) /* the lock guards the engine against its end */
    g_value_take_boxed (value,
                        self->engine != NULL ? gst_segment_engine_get_stats (self->engine) : NULL);
  else if (!gst_segment_settings_get (&self->settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  GST_OBJECT_UNLOCK (object);
}

static void
gst_segment_sink_finalize (GObject *object)
{
  gst_segment_settings_clear (&GST_SEGMENT_SINK (object)->settings);
  G_OBJECT_CLASS (gst_segment_sink_parent_class)->finalize (object);
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

  gst_segment_settings_install (object_class);
  g_object_class_install_property (
      object_class, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
                          "guint64 queued-bytes, frames-dropped, audio-late, timestamps-repaired "
                          "(engine fragments)",
                          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  gst_type_mark_as_plugin_api (GST_TYPE_SEGMENT_FORMAT, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_SEGMENT_ENGINE_KIND, 0);

  gst_element_class_add_static_pad_template (element_class, &video_template);
  gst_element_class_add_static_pad_template (element_class, &audio_template);
  gst_element_class_set_static_metadata (
      element_class, "Segment sink", "Sink/Muxer",
      "Records into segments cut on the wall clock, named when they are complete", "Tyto");
}

static void
gst_segment_sink_init (GstSegmentSink *self)
{
  gst_segment_settings_init (&self->settings);
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SINK);
}
