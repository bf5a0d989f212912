/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* H.264 in RTP (RFC 6184), modes 0 and 1, and its caps. */
#include "camera/lean/gstcameravideodepay.h"
#include "media/join/tyto-h264-parameters.h"
#include "media/join/tyto-nal-codec.h"

#include <gst/pbutils/codec-utils.h>

#define TYPE(nal) ((nal)[0] & 0x1f)
#define STAP_A    24 /* table 1 */
#define FU_A      28

#define SUBSET_SPS      15 /* ITU-T H.264, table 7-1 */
#define END_OF_SEQUENCE 10
#define END_OF_STREAM   11

#define AVCC_MAX_SPS     31
#define AVCC_MAX_PPS     255
#define PROFILE_BASELINE 66
#define PROFILE_MAIN     77
#define PROFILE_EXTENDED 88
#define FIELD_CLOCK      90000

static GstCameraNalKind
kind (const guint8 *nal)
{
  switch (TYPE (nal)) {
  case TYTO_H264_SPS:
  case TYTO_H264_PPS:
    return GST_CAMERA_NAL_PARAMETERS;
  case TYTO_H264_DELIMITER:
  case SUBSET_SPS: /* of views and layers that are not recorded */
    return GST_CAMERA_NAL_DELIMITER;
  case TYTO_H264_SEI:
    return GST_CAMERA_NAL_LEADER;
  case END_OF_SEQUENCE:
  case END_OF_STREAM:
  case TYTO_H264_FILLER:
    return GST_CAMERA_NAL_TRAILER;
  case 0:
    return GST_CAMERA_NAL_LEFT_OUT;
  default:
    return TYPE (nal) <= TYTO_H264_IDR ? GST_CAMERA_NAL_SLICE : GST_CAMERA_NAL_OTHER;
  }
}

static gboolean
is_key (const guint8 *nal)
{
  return TYPE (nal) == TYTO_H264_IDR;
}

/* RFC 6184, 5.8 */
static void
restore (const guint8 *payload, guint8 *nal)
{
  nal[0] = (payload[0] & 0xe0) | TYPE (payload + 1);
}

static void
take (GstCameraVideoDepay *self, const guint8 *payload, gsize size)
{
  guint type = TYPE (payload);

  if (type < STAP_A)
    gst_camera_video_depay_nal (self, payload, size);
  else if (type == STAP_A)
    gst_camera_video_depay_aggregate (self, payload + 1, size - 1);
  else if (type == FU_A)
    gst_camera_video_depay_fragment (self, payload, size);
  else
    self->output->counters.malformed++;
}

static gboolean
put (GstCameraParameterSets *sets, const guint8 *nal, gsize size, gboolean *changed)
{
  TytoH264Sps sps;
  TytoH264Pps pps;
  guint id;

  if (size > TYTO_PARAMETER_SET_MAX
      || !(TYPE (nal) == TYTO_H264_SPS ? tyto_h264_read_sps (nal, size, &sps, &id)
                                       : tyto_h264_read_pps (nal, size, &pps, &id)))
    return FALSE;
  *changed = gst_camera_parameter_sets_put (sets, TYPE (nal), id, nal, size);
  if (*changed && TYPE (nal) == TYTO_H264_SPS)
    sets->latest = id;
  return TRUE;
}

/* AVCDecoderConfigurationRecord: ISO/IEC 14496-15, 5.3.3.1 */
static GstBuffer *
make_config (const GstCameraParameterSets *sets, const TytoH264Sps *sps)
{
  guint8 head[] = { 1, sps->profile, sps->compatibility, sps->level, 0xff, 0 };
  GByteArray *to = g_byte_array_new ();
  gsize size, at;

  g_byte_array_append (to, head, sizeof head);
  to->data[5]
      = (guint8) (0xe0 | gst_camera_parameter_sets_write (sets, TYTO_H264_SPS, AVCC_MAX_SPS, to));
  at = to->len;
  g_byte_array_append (to, head, 1);
  to->data[at] = (guint8) gst_camera_parameter_sets_write (sets, TYTO_H264_PPS, AVCC_MAX_PPS, to);
  if (sps->profile != PROFILE_BASELINE && sps->profile != PROFILE_MAIN
      && sps->profile != PROFILE_EXTENDED) {
    guint8 high[]
        = { (guint8) (0xfc | sps->chroma_format), (guint8) (0xf8 | (sps->bit_depth_luma - 8)),
            (guint8) (0xf8 | (sps->bit_depth_chroma - 8)), 0 };

    g_byte_array_append (to, high, sizeof high);
  }
  size = to->len;
  return gst_buffer_new_wrapped (g_byte_array_free (to, FALSE), size);
}

static void
add_shape (GstCaps *caps, const TytoH264Sps *sps)
{
  static const gchar *const chroma[] = { "4:0:0", "4:2:0", "4:2:2", "4:4:4" };

  gst_caps_set_simple (
      caps, "width", G_TYPE_INT, (gint) sps->width, "height", G_TYPE_INT, (gint) sps->height,
      "chroma-format", G_TYPE_STRING, chroma[sps->chroma_format], "bit-depth-luma", G_TYPE_UINT,
      sps->bit_depth_luma, "bit-depth-chroma", G_TYPE_UINT, sps->bit_depth_chroma, NULL);
  if (sps->pixel_aspect_n > 0 && sps->pixel_aspect_d > 0)
    gst_caps_set_simple (caps, "pixel-aspect-ratio", GST_TYPE_FRACTION, (gint) sps->pixel_aspect_n,
                         (gint) sps->pixel_aspect_d, NULL);
  /* They are whole ticks: what they say is left out where it may not be all. */
  if (sps->frame_ticks > 0
      && (2 * FIELD_CLOCK % sps->frame_ticks == 0 || sps->frame_ticks % 1001 == 0))
    gst_caps_set_simple (caps, "framerate", GST_TYPE_FRACTION, FIELD_CLOCK, (gint) sps->frame_ticks,
                         NULL);
}

static GstCaps *
make_caps (const GstCameraParameterSets *sets)
{
  GBytes *nal = gst_camera_parameter_sets_get (sets, TYTO_H264_SPS, sets->latest);
  g_autoptr (GstBuffer) config = NULL;
  g_autoptr (GByteArray) pps = g_byte_array_new ();
  const guint8 *data;
  TytoH264Sps sps;
  GstCaps *caps;
  gsize size;
  guint id;

  if (nal == NULL || gst_camera_parameter_sets_write (sets, TYTO_H264_PPS, 1, pps) == 0)
    return NULL;
  data = g_bytes_get_data (nal, &size);
  if (!tyto_h264_read_sps (data, size, &sps, &id))
    return NULL;
  config = make_config (sets, &sps);
  caps = gst_caps_new_simple ("video/x-h264", "stream-format", G_TYPE_STRING, "avc", "alignment",
                              G_TYPE_STRING, "au", "codec_data", GST_TYPE_BUFFER, config, "parsed",
                              G_TYPE_BOOLEAN, TRUE, NULL);
  gst_codec_utils_h264_caps_set_level_and_profile (caps, data + 1, (guint) size - 1);
  add_shape (caps, &sps);
  return caps;
}

static const GstCameraVideoCodec codec = {
  .h265 = FALSE,
  .header = 1,
  .type_mask = 0x1f,
  .restore = restore,
  .kind = kind,
  .is_key = is_key,
  .take = take,
  .put = put,
  .caps = make_caps,
};

static gpointer
create (const GstStructure *sdp, GstCameraDepayOutput *output)
{
  const gchar *mode = gst_structure_get_string (sdp, "packetization-mode");
  GstCameraVideoDepay *self;

  if (mode != NULL && g_ascii_strtoull (mode, NULL, 10) > 1) /* interleaved */
    return NULL;
  self = gst_camera_video_depay_new (&codec, output);
  gst_camera_video_depay_read_sdp (self, gst_structure_get_string (sdp, "sprop-parameter-sets"));
  return self;
}

const GstCameraDepayFormat gst_camera_depay_h264 = {
  .create = create,
  .take = gst_camera_video_depay_take,
  .flush = gst_camera_video_depay_flush,
  .restart = gst_camera_video_depay_restart,
  .destroy = gst_camera_video_depay_free,
};
