/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-thumbnail-decode.h"

#include "base/tyto-error.h"
#include "worker/tyto-thumbnail-decoders.h"

#include <gst/video/gstvideodecoder.h>

/* openh264dec holds back a picture that may be reordered, and heeds EOS only once it has given one
 * picture: this one, black, 16 by 16 pixels, of the baseline profile, which it gives at once. */
static const guint8 openh264_primer[]
    = { 0x00, 0x00, 0x00, 0x01, 0x67, 0x42, 0xc0, 0x0a, 0xda, 0x7b, 0x01, 0x10,
        0x00, 0x00, 0x03, 0x00, 0x10, 0x00, 0x00, 0x03, 0x00, 0x20, 0xf1, 0x22,
        0x6a, 0x00, 0x00, 0x00, 0x01, 0x68, 0xce, 0x0f, 0xc8, 0x00, 0x00, 0x01,
        0x65, 0x88, 0x84, 0x3a, 0x26, 0x28, 0x00, 0x09, 0x02, 0xe0 };
#define OPENH264_PRIMER_CAPS                                                                       \
  "video/x-h264, stream-format=byte-stream, alignment=au, width=16, height=16, "                   \
  "profile=constrained-baseline"

/* jpegenc's src pad, behind which nothing is linked. */
static GstPadProbeReturn
on_jpeg (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstSample **jpeg = user_data;
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);

  if (*jpeg == NULL)
    *jpeg = gst_sample_new (GST_PAD_PROBE_INFO_BUFFER (info), caps, NULL, NULL);
  return GST_PAD_PROBE_DROP;
}

static GstPadProbeReturn
on_primer (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  return GST_PAD_PROBE_DROP;
}

static void
send_start (GstPad *pad, GstCaps *caps)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_send_event (pad, gst_event_new_stream_start ("thumbnail"));
  gst_pad_send_event (pad, gst_event_new_caps (caps));
  gst_pad_send_event (pad, gst_event_new_segment (&segment));
}

static void
prime (GstElement *decoder)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (OPENH264_PRIMER_CAPS);
  g_autoptr (GstPad) sink = gst_element_get_static_pad (decoder, "sink");
  g_autoptr (GstPad) src = gst_element_get_static_pad (decoder, "src");
  gulong probe = gst_pad_add_probe (
      src, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_primer, NULL, NULL);

  send_start (sink, caps);
  gst_pad_chain (sink, gst_buffer_new_memdup (openh264_primer, sizeof openh264_primer));
  gst_pad_remove_probe (src, probe);
}

/* The frame as the decoder keeps it, to see afterwards whether it has let go of it. (transfer full)
 */
static GstVideoCodecFrame *
get_frame (GstElement *decoder)
{
  return GST_IS_VIDEO_DECODER (decoder)
             ? gst_video_decoder_get_oldest_frame (GST_VIDEO_DECODER (decoder))
             : NULL;
}

/* libde265dec (1.22) forgets a reference when a frame gives its picture later than at once, and
 * with it the decoded picture: some MB each time. The decoder is gone, so all references but ours
 * are such. */
static void
release_frame (GstVideoCodecFrame *frame)
{
  if (frame == NULL)
    return;
  while (g_atomic_int_get (&frame->ref_count) > 1)
    gst_video_codec_frame_unref (frame);
  gst_video_codec_frame_unref (frame);
}

static void
push (GstElement *bin, GstElement *decoder, GstBuffer *frame, GstCaps *caps)
{
  g_autoptr (GstPad) entry = gst_element_get_static_pad (bin, "sink");
  g_autoptr (GstBuffer) at_zero = gst_buffer_copy (frame); /* the media are shared */
  GstVideoCodecFrame *kept;

  GST_BUFFER_PTS (at_zero) = 0;
  GST_BUFFER_DTS (at_zero) = GST_CLOCK_TIME_NONE;
  if (g_str_equal (GST_OBJECT_NAME (gst_element_get_factory (decoder)), "openh264dec"))
    prime (decoder);
  send_start (entry, caps);
  gst_pad_chain (entry, g_steal_pointer (&at_zero));
  kept = get_frame (decoder);
  gst_pad_send_event (entry, gst_event_new_eos ());
  gst_element_set_state (bin, GST_STATE_NULL);
  release_frame (kept);
}

static void
take_error (GstBus *bus, GError **error)
{
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);

  if (message != NULL)
    gst_message_parse_error (message, error, NULL);
  else
    tyto_set_error (error, TYTO_ERROR_UNSUPPORTED, NULL, "The decoder gave no picture.");
}

GstSample *
tyto_thumbnail_decode (GstElementFactory *factory, GstBuffer *frame, GstCaps *caps, guint width,
                       guint height, GError **error)
{
  g_autoptr (GstElement) bin = NULL;
  g_autoptr (GstElement) decoder = NULL;
  g_autoptr (GstPad) jpeg_pad = NULL;
  g_autoptr (GstBus) bus = NULL;
  GstSample *jpeg = NULL;

  bin = tyto_thumbnail_decoders_make_bin (factory, caps, width, height, &decoder, &jpeg_pad, error);
  if (bin == NULL)
    return NULL;
  gst_object_ref_sink (bin);
  bus = gst_bus_new ();
  gst_element_set_bus (bin, bus);
  gst_pad_add_probe (jpeg_pad, GST_PAD_PROBE_TYPE_BUFFER, on_jpeg, &jpeg, NULL);
  if (gst_element_set_state (bin, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE)
    push (bin, decoder, frame, caps);
  gst_element_set_state (bin, GST_STATE_NULL);
  if (jpeg == NULL)
    take_error (bus, error);
  gst_bus_set_flushing (bus, TRUE);
  gst_element_set_bus (bin, NULL);
  return jpeg;
}
