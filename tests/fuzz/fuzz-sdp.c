/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz-sdp.c: any text as a camera's session description (RFC 8866), through what camerasrc does
 * with it: which media it takes, and the chain of elements it makes for each. */
#include "camera/gstcameraexchange.h"
#include "camera/gstcamerasrcprivate.h"
#include "fuzz-target.h"

#include <gst/sdp/gstsdpmessage.h>

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  gst_init (argc, argv);
  gst_element_register (NULL, "cameraexchange", GST_RANK_MARGINAL, GST_TYPE_CAMERA_EXCHANGE);
  gst_element_register (NULL, "camerasrc", GST_RANK_NONE, GST_TYPE_CAMERA_SRC);
  fuzz_target_be_silent ();
  return 0;
}

static GstElement *
find_rtspsrc (GstBin *bin)
{
  g_autoptr (GstIterator) elements = gst_bin_iterate_all_by_element_factory_name (bin, "rtspsrc");
  g_auto (GValue) value = G_VALUE_INIT;

  g_assert_cmpint (gst_iterator_next (elements, &value), ==, GST_ITERATOR_OK);
  return g_value_dup_object (&value);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  GstSDPMessage *sdp = NULL;

  if (size == 0)
    return -1; /* rtspsrc hands none on */
  gst_sdp_message_new (&sdp);
  if (gst_sdp_message_parse_buffer (data, (guint) size, sdp) == GST_SDP_OK
      && gst_sdp_message_medias_len (sdp) > 0) {
    g_autoptr (GstElement) source
        = g_object_ref_sink (gst_element_factory_make ("camerasrc", NULL));
    g_autoptr (GstElement) rtspsrc = NULL;

    g_assert_true (gst_camera_src_rtspsrc_make (GST_CAMERA_SRC (source)));
    rtspsrc = find_rtspsrc (GST_BIN (source));
    g_signal_emit_by_name (rtspsrc, "on-sdp", sdp);
    gst_element_set_state (source, GST_STATE_NULL);
  }
  gst_sdp_message_free (sdp);
  return 0;
}
