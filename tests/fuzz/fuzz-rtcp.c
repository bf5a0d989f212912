/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz-rtcp.c: the first bytes as counters for a receiver report, the rest as a camera's RTCP. */
#include "camera/lean/gstcamerartcp.h"
#include "fuzz-target.h"

#include <string.h>

typedef struct {
  GstCameraDepayCounters counters;
  GstCameraRtcpPrior prior;
  gint64 since;
  gchar cname[40];
} Input;

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  fuzz_target_be_silent ();
  return 0;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  guint8 to[GST_CAMERA_RTCP_SIZE];
  GstCameraRtcp rtcp;
  Input input = { 0 };
  gsize head = MIN (size, sizeof input);
  gsize written;

  memcpy (&input, data, head);
  input.cname[sizeof input.cname - 1] = '\0';
  if (gst_camera_rtcp_read (data + head, size - head, &rtcp))
    g_assert_cmpuint (size - head, >=, rtcp.has_report ? 28 : 4);
  else
    g_assert_false (rtcp.has_report || rtcp.bye);
  if (rtcp.has_report)
    input.counters.ssrc = rtcp.report.ssrc;
  written = gst_camera_rtcp_write (to, 1, input.cname, &input.counters, &input.prior,
                                   rtcp.has_report ? &rtcp.report : NULL, input.since);
  g_assert_cmpuint (written, <=, sizeof to);
  g_assert_cmpuint (written % 4, ==, 0);
  g_assert_true (gst_camera_rtcp_read (to, written, &rtcp));
  g_assert_false (rtcp.has_report || rtcp.bye);
  return 0;
}
