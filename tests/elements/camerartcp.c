/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RTCP, against GStreamer's own reader and writer. */
#include <gst/rtp/gstrtcpbuffer.h>
#include <string.h>

#include "camera/lean/gstcamerartcp.h"

#define SSRC 0xa0b0c0d0
#define NTP  G_GUINT64_CONSTANT (0x0123456789abcdef)

/* A sender report, a description, and a goodbye where @bye. */
static GstBuffer *
make_compound (gboolean bye)
{
  GstBuffer *buffer = gst_rtcp_buffer_new (1400);
  GstRTCPBuffer rtcp = GST_RTCP_BUFFER_INIT;
  GstRTCPPacket packet;

  g_assert_true (gst_rtcp_buffer_map (buffer, GST_MAP_READWRITE, &rtcp));
  g_assert_true (gst_rtcp_buffer_add_packet (&rtcp, GST_RTCP_TYPE_SR, &packet));
  gst_rtcp_packet_sr_set_sender_info (&packet, SSRC, NTP, 90000, 5, 6);
  g_assert_true (gst_rtcp_packet_add_rb (&packet, 1, 2, 3, 4, 5, 6, 7));
  g_assert_true (gst_rtcp_buffer_add_packet (&rtcp, GST_RTCP_TYPE_SDES, &packet));
  g_assert_true (gst_rtcp_packet_sdes_add_item (&packet, SSRC));
  g_assert_true (
      gst_rtcp_packet_sdes_add_entry (&packet, GST_RTCP_SDES_CNAME, 3, (const guint8 *) "cam"));
  if (bye) {
    g_assert_true (gst_rtcp_buffer_add_packet (&rtcp, GST_RTCP_TYPE_BYE, &packet));
    g_assert_true (gst_rtcp_packet_bye_add_ssrc (&packet, SSRC));
  }
  gst_rtcp_buffer_unmap (&rtcp);
  return buffer;
}

static void
check_report (const GstCameraRtcp *rtcp)
{
  g_assert_true (rtcp->has_report);
  g_assert_cmpuint (rtcp->report.ssrc, ==, SSRC);
  g_assert_cmpuint (rtcp->report.ntp, ==, NTP);
  g_assert_cmpuint (rtcp->report.rtp, ==, 90000);
}

static void
test_read (void)
{
  for (guint bye = 0; bye < 2; bye++) {
    g_autoptr (GstBuffer) buffer = make_compound (bye);
    GstMapInfo map;
    GstCameraRtcp rtcp;

    g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_READ));
    g_assert_true (gst_camera_rtcp_read (map.data, map.size, &rtcp));
    check_report (&rtcp);
    g_assert_cmpint (rtcp.bye, ==, bye);
    g_assert_cmpuint (rtcp.bye_ssrc, ==, bye ? SSRC : 0);
    gst_buffer_unmap (buffer, &map);
  }
}

/* The report is the first 52 bytes: cut anywhere behind them it counts. */
static void
test_read_cut (void)
{
  g_autoptr (GstBuffer) buffer = make_compound (TRUE);
  GstMapInfo map;

  g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_READ));
  for (gsize size = 0; size < map.size; size++) {
    g_autofree guint8 *data = g_memdup2 (map.data, size);
    GstCameraRtcp rtcp;

    g_assert_cmpint (gst_camera_rtcp_read (data, size, &rtcp), ==, size >= 52);
    g_assert_false (rtcp.bye);
    if (size >= 52)
      check_report (&rtcp);
    else
      g_assert_false (rtcp.has_report);
  }
  gst_buffer_unmap (buffer, &map);
}

static void
test_read_nonsense (void)
{
  static const guint8 version[] = { 0x40, 200, 0, 0 };
  static const guint8 rtp[] = { 0x80, 96, 0, 0 };
  static const guint8 short_report[] = { 0x80, 200, 0, 1, 1, 2, 3, 4 };
  static const guint8 description[] = { 0x80, 202, 0, 0 };
  GstCameraRtcp rtcp;

  g_assert_false (gst_camera_rtcp_read (version, sizeof version, &rtcp));
  g_assert_false (gst_camera_rtcp_read (rtp, sizeof rtp, &rtcp));
  g_assert_false (gst_camera_rtcp_read (short_report, sizeof short_report, &rtcp));
  g_assert_true (gst_camera_rtcp_read (description, sizeof description, &rtcp));
  g_assert_false (rtcp.has_report);
}

typedef struct {
  guint32 reporter, ssrc, highest, jitter, lsr, dlsr;
  guint8 fraction;
  gint32 lost;
  guint blocks;
  gchar *cname;
} Read;

/* What GStreamer reads in what was written. */
static Read
write_and_read (const gchar *cname, const GstCameraDepayCounters *counters,
                GstCameraRtcpPrior *prior, const GstCameraSenderReport *report, gint64 since)
{
  guint8 data[GST_CAMERA_RTCP_SIZE + 8];
  GstRTCPBuffer rtcp = GST_RTCP_BUFFER_INIT;
  g_autoptr (GstBuffer) buffer = NULL;
  GstRTCPPacket packet;
  Read read = { 0 };
  GstRTCPSDESType type;
  guint8 length;
  guint8 *text;
  gsize size;

  memset (data, 0xee, sizeof data);
  size = gst_camera_rtcp_write (data, 77, cname, counters, prior, report, since);
  g_assert_cmpuint (size, <=, GST_CAMERA_RTCP_SIZE);
  for (gsize i = size; i < sizeof data; i++)
    g_assert_cmphex (data[i], ==, 0xee);
  buffer = gst_rtcp_buffer_new_copy_data (data, (guint) size);
  g_assert_true (gst_rtcp_buffer_validate (buffer));
  g_assert_true (gst_rtcp_buffer_map (buffer, GST_MAP_READ, &rtcp));
  g_assert_true (gst_rtcp_buffer_get_first_packet (&rtcp, &packet));
  g_assert_cmpint (gst_rtcp_packet_get_type (&packet), ==, GST_RTCP_TYPE_RR);
  read.reporter = gst_rtcp_packet_rr_get_ssrc (&packet);
  read.blocks = gst_rtcp_packet_get_rb_count (&packet);
  if (read.blocks > 0)
    gst_rtcp_packet_get_rb (&packet, 0, &read.ssrc, &read.fraction, &read.lost, &read.highest,
                            &read.jitter, &read.lsr, &read.dlsr);
  g_assert_true (gst_rtcp_packet_move_to_next (&packet));
  g_assert_cmpint (gst_rtcp_packet_get_type (&packet), ==, GST_RTCP_TYPE_SDES);
  g_assert_true (gst_rtcp_packet_sdes_first_item (&packet));
  g_assert_cmpuint (gst_rtcp_packet_sdes_get_ssrc (&packet), ==, 77);
  g_assert_true (gst_rtcp_packet_sdes_first_entry (&packet));
  g_assert_true (gst_rtcp_packet_sdes_get_entry (&packet, &type, &length, &text));
  g_assert_cmpint (type, ==, GST_RTCP_SDES_CNAME);
  read.cname = g_strndup ((const gchar *) text, length);
  g_assert_false (gst_rtcp_packet_move_to_next (&packet));
  gst_rtcp_buffer_unmap (&rtcp);
  return read;
}

static void
test_write (void)
{
  GstCameraDepayCounters counters
      = { .packets = 100, .lost = 4, .ssrc = SSRC, .highest = 0x20007, .jitter = 33 };
  GstCameraSenderReport report = { SSRC, NTP, 90000 };
  GstCameraRtcpPrior prior = { 0 };
  Read read = write_and_read ("tyto", &counters, &prior, &report, 1500000);

  g_assert_cmpuint (read.reporter, ==, 77);
  g_assert_cmpuint (read.blocks, ==, 1);
  g_assert_cmpuint (read.ssrc, ==, SSRC);
  g_assert_cmpuint (read.fraction, ==, 4 * 256 / 104);
  g_assert_cmpint (read.lost, ==, 4);
  g_assert_cmpuint (read.highest, ==, 0x20007);
  g_assert_cmpuint (read.jitter, ==, 33);
  g_assert_cmpuint (read.lsr, ==, 0x456789ab);
  g_assert_cmpuint (read.dlsr, ==, 65536 * 3 / 2);
  g_assert_cmpstr (read.cname, ==, "tyto");
  g_free (read.cname);
}

static void
test_write_nothing_heard (void)
{
  GstCameraDepayCounters counters = { 0 };
  GstCameraRtcpPrior prior = { 0 };

  /* GStreamer finds none of a single byte */
  for (guint length = 2; length < 40; length++) {
    g_autofree gchar *cname = g_strnfill (length, 'c');
    g_autofree gchar *cut = g_strnfill (MIN (length, GST_CAMERA_RTCP_CNAME), 'c');
    Read read = write_and_read (cname, &counters, &prior, NULL, 0);

    g_assert_cmpuint (read.blocks, ==, 0);
    g_assert_cmpstr (read.cname, ==, cut);
    g_free (read.cname);
  }
}

/* Packets and losses so far, the fraction and the loss that the report says. */
static void
test_fraction (void)
{
  static const struct {
    guint64 packets, lost;
    guint8 fraction;
    gint32 said;
  } steps[] = {
    { 50, 50, 128, 50 },                             /* half of all so far */
    { 150, 50, 0, 50 },                              /* none since */
    { 150, 50, 0, 50 },                              /* nothing came at all */
    { 151, 150, 253, 150 },                          /* 100 of 101 */
    { 151, 250, 255, 250 },                          /* all */
    { 10, 1, 0, 1 },                                 /* counted anew: another camera */
    { G_GUINT64_CONSTANT (5000000000), 1, 0, 1 },    /* over the wrap */
    { G_GUINT64_CONSTANT (5000000075), 26, 64, 26 }, /* 25 of 100 */
    { G_GUINT64_CONSTANT (5000000075), 1 << 24, 255, 0x7fffff },
  };
  GstCameraRtcpPrior prior = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    GstCameraDepayCounters counters
        = { .packets = steps[i].packets, .lost = steps[i].lost, .ssrc = SSRC };
    Read read = write_and_read ("cam", &counters, &prior, NULL, 0);

    g_assert_cmpuint (read.fraction, ==, steps[i].fraction);
    g_assert_cmpint (read.lost, ==, steps[i].said);
    g_free (read.cname);
  }
}

static void
test_report_times (void)
{
  static const struct {
    guint32 ssrc;
    guint64 ntp;
    gint64 since;
    guint32 lsr, dlsr;
  } reports[] = {
    { SSRC + 1, NTP, 1000000, 0, 0 },
    { SSRC, 0, 1000000, 0, 0 },
    { SSRC, NTP, -5, 0x456789ab, 0 },
    { SSRC, NTP, G_MAXINT64, 0x456789ab, G_MAXUINT32 },
  };
  GstCameraDepayCounters counters = { .packets = 1, .ssrc = SSRC };

  for (guint i = 0; i < G_N_ELEMENTS (reports); i++) {
    GstCameraSenderReport report = { reports[i].ssrc, reports[i].ntp, 1 };
    GstCameraRtcpPrior prior = { 0 };
    Read read = write_and_read ("cam", &counters, &prior, &report, reports[i].since);

    g_assert_cmphex (read.lsr, ==, reports[i].lsr);
    g_assert_cmphex (read.dlsr, ==, reports[i].dlsr);
    g_free (read.cname);
  }
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtcp/read", test_read);
  g_test_add_func ("/rtcp/read-cut", test_read_cut);
  g_test_add_func ("/rtcp/read-nonsense", test_read_nonsense);
  g_test_add_func ("/rtcp/write", test_write);
  g_test_add_func ("/rtcp/write-nothing-heard", test_write_nothing_heard);
  g_test_add_func ("/rtcp/fraction", test_fraction);
  g_test_add_func ("/rtcp/report-times", test_report_times);
  return g_test_run ();
}
