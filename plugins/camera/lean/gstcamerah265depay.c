/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* H.265 in RTP (RFC 7798) in transmission order, and its caps. */
#include "camera/lean/gstcameravideodepay.h"
#include "media/join/tyto-h265-parameters.h"
#include "media/join/tyto-nal-codec.h"

#include <gst/pbutils/codec-utils.h>

#define TYPE(nal)  ((nal)[0] >> 1 & 0x3f)
#define LAYER(nal) (((nal)[0] & 1) << 5 | (nal)[1] >> 3)
#define AP         48 /* section 4.4 */
#define FU         49

#define END_OF_SEQUENCE  36 /* ITU-T H.265, table 7-1 */
#define END_OF_BITSTREAM 37
#define SUFFIX_SEI       40

#define ARRAY_COMPLETE 0x80
#define LENGTH_SIZE_4  3

static GstCameraNalKind
kind (const guint8 *nal)
{
  if (LAYER (nal) != 0 || (nal[0] & 0x80) != 0)
    return GST_CAMERA_NAL_LEFT_OUT; /* layers that are not recorded */
  switch (TYPE (nal)) {
  case TYTO_H265_VPS:
  case TYTO_H265_SPS:
  case TYTO_H265_PPS:
    return GST_CAMERA_NAL_PARAMETERS;
  case TYTO_H265_DELIMITER:
    return GST_CAMERA_NAL_DELIMITER;
  case TYTO_H265_PREFIX_SEI:
    return GST_CAMERA_NAL_LEADER;
  case END_OF_SEQUENCE:
  case END_OF_BITSTREAM:
  case SUFFIX_SEI:
  case TYTO_H265_FILLER:
    return GST_CAMERA_NAL_TRAILER;
  default:
    return TYPE (nal) <= TYTO_H265_SLICE_LAST ? GST_CAMERA_NAL_SLICE : GST_CAMERA_NAL_OTHER;
  }
}

static gboolean
is_key (const guint8 *nal)
{
  return TYPE (nal) >= TYTO_H265_IRAP_FIRST && TYPE (nal) <= TYTO_H265_IRAP_LAST;
}

/* RFC 7798, 4.4.3 */
static void
restore (const guint8 *payload, guint8 *nal)
{
  nal[0] = (guint8) ((payload[0] & 0x81) | (payload[2] & 0x3f) << 1);
  nal[1] = payload[1];
}

static void
take (GstCameraVideoDepay *self, const guint8 *payload, gsize size)
{
  guint type = TYPE (payload);

  if (type < AP)
    gst_camera_video_depay_nal (self, payload, size);
  else if (type == AP && size > 2)
    gst_camera_video_depay_aggregate (self, payload + 2, size - 2);
  else if (type == FU)
    gst_camera_video_depay_fragment (self, payload, size);
  else
    self->output->counters.malformed++;
}

static gboolean
put (GstCameraParameterSets *sets, const guint8 *nal, gsize size, gboolean *changed)
{
  TytoH265Sps sps;
  TytoH265Pps pps;
  gboolean sound;
  guint id;

  if (size > TYTO_PARAMETER_SET_MAX)
    return FALSE;
  if (TYPE (nal) == TYTO_H265_VPS)
    sound = tyto_h265_read_vps (nal, size, &id);
  else if (TYPE (nal) == TYTO_H265_SPS)
    sound = tyto_h265_read_sps (nal, size, &sps, &id);
  else
    sound = tyto_h265_read_pps (nal, size, &pps, &id);
  if (!sound)
    return FALSE;
  *changed = gst_camera_parameter_sets_put (sets, TYPE (nal), id, nal, size);
  if (*changed && TYPE (nal) == TYTO_H265_SPS)
    sets->latest = id;
  return TRUE;
}

/* In hvc1 all parameter sets are here (8.4.1): the arrays are complete. FALSE when one is empty. */
static gboolean
put_array (const GstCameraParameterSets *sets, guint8 type, GByteArray *to)
{
  guint8 head[] = { ARRAY_COMPLETE | type, 0, 0 };
  gsize at = to->len;

  g_byte_array_append (to, head, sizeof head);
  to->data[at + 2] = (guint8) gst_camera_parameter_sets_write (sets, type, G_MAXUINT8, to);
  return to->data[at + 2] > 0;
}

/* HEVCDecoderConfigurationRecord: ISO/IEC 14496-15, 8.3.3.1. (nullable) */
static GstBuffer *
make_config (const GstCameraParameterSets *sets, const TytoH265Sps *sps)
{
  guint8 shape[] = { 0xf0, /* min_spatial_segmentation_idc */
                     0,
                     0xfc, /* parallelismType */
                     (guint8) (0xfc | sps->chroma_format),
                     (guint8) (0xf8 | (sps->bit_depth_luma - 8)),
                     (guint8) (0xf8 | (sps->bit_depth_chroma - 8)),
                     0, /* avgFrameRate */
                     0,
                     (guint8) (sps->temporal_layers << 3 | (sps->temporal_nesting ? 1 << 2 : 0)
                               | LENGTH_SIZE_4),
                     3 };
  guint8 version = 1;
  GByteArray *to = g_byte_array_new ();
  gboolean complete;
  gsize size;

  g_byte_array_append (to, &version, 1);
  g_byte_array_append (to, sps->profile, TYTO_H265_PROFILE_SIZE);
  g_byte_array_append (to, shape, sizeof shape);
  complete = put_array (sets, TYTO_H265_VPS, to) && put_array (sets, TYTO_H265_SPS, to)
             && put_array (sets, TYTO_H265_PPS, to);
  size = to->len;
  return complete ? gst_buffer_new_wrapped (g_byte_array_free (to, FALSE), size)
                  : (g_byte_array_unref (to), NULL);
}

static GstCaps *
make_caps (const GstCameraParameterSets *sets)
{
  static const gchar *const chroma[] = { "4:0:0", "4:2:0", "4:2:2", "4:4:4" };
  GBytes *nal = gst_camera_parameter_sets_get (sets, TYTO_H265_SPS, sets->latest);
  g_autoptr (GstBuffer) config = NULL;
  const guint8 *data;
  TytoH265Sps sps;
  GstCaps *caps;
  gsize size;
  guint id;

  if (nal == NULL)
    return NULL;
  data = g_bytes_get_data (nal, &size);
  if (!tyto_h265_read_sps (data, size, &sps, &id))
    return NULL;
  config = make_config (sets, &sps);
  if (config == NULL)
    return NULL;
  caps = gst_caps_new_simple (
      "video/x-h265", "stream-format", G_TYPE_STRING, "hvc1", "alignment", G_TYPE_STRING, "au",
      "codec_data", GST_TYPE_BUFFER, config, "parsed", G_TYPE_BOOLEAN, TRUE, "width", G_TYPE_INT,
      (gint) sps.width, "height", G_TYPE_INT, (gint) sps.height, "chroma-format", G_TYPE_STRING,
      chroma[sps.chroma_format], "bit-depth-luma", G_TYPE_UINT, sps.bit_depth_luma,
      "bit-depth-chroma", G_TYPE_UINT, sps.bit_depth_chroma, NULL);
  gst_codec_utils_h265_caps_set_level_tier_and_profile (caps, sps.profile, TYTO_H265_PROFILE_SIZE);
  return caps;
}

static const GstCameraVideoCodec codec = {
  .h265 = TRUE,
  .header = 2,
  .type_mask = 0x7e,
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
  static const gchar *const sprops[] = { "sprop-vps", "sprop-sps", "sprop-pps" };
  const gchar *distance = gst_structure_get_string (sdp, "sprop-max-don-diff");
  GstCameraVideoDepay *self;

  if (distance != NULL && g_ascii_strtoull (distance, NULL, 10) > 0) /* interleaved */
    return NULL;
  self = gst_camera_video_depay_new (&codec, output);
  for (guint i = 0; i < G_N_ELEMENTS (sprops); i++)
    gst_camera_video_depay_read_sdp (self, gst_structure_get_string (sdp, sprops[i]));
  return self;
}

const GstCameraDepayFormat gst_camera_depay_h265 = {
  .create = create,
  .take = gst_camera_video_depay_take,
  .flush = gst_camera_video_depay_flush,
  .restart = gst_camera_video_depay_restart,
  .destroy = gst_camera_video_depay_free,
};
