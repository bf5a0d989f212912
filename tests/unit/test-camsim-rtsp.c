/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-rtcp.h"
#include "sim-rtsp.h"

#include <string.h>

static void
test_request (void)
{
  static const char text[] = "SETUP rtsp://h:1/cam1/trackID=1 RTSP/1.0\r\nCSeq: 3\r\n"
                             "transport:  RTP/AVP \r\nContent-Length: 5\r\n\r\nhello";
  gsize head = sim_request_head_size ((const guint8 *) text, strlen (text));
  g_autoptr (SimRequest) request = NULL;

  g_assert_cmpuint (head, ==, strlen (text) - 5);
  g_assert_cmpuint (sim_request_head_size ((const guint8 *) text, head - 1), ==, 0);
  request = sim_request_parse ((const guint8 *) text, head);
  g_assert_nonnull (request);
  g_assert_cmpstr (request->method, ==, "SETUP");
  g_assert_cmpstr (request->uri, ==, "rtsp://h:1/cam1/trackID=1");
  g_assert_cmpstr (sim_request_get (request, "cseq"), ==, "3");
  g_assert_cmpstr (sim_request_get (request, "transport"), ==, "RTP/AVP");
  g_assert_null (sim_request_get (request, "session"));
  g_assert_cmpuint (request->body_size, ==, 5);
}

static void
test_no_request (void)
{
  g_assert_null (sim_request_parse ((const guint8 *) "GET / HTTP/1.1\r\n\r\n", 18));
  g_assert_null (sim_request_parse ((const guint8 *) "nonsense\r\n\r\n", 12));
  g_assert_null (sim_request_parse ((const guint8 *) "\0PLAY\r\n\r\n", 9));
}

static void
test_path (void)
{
  static const struct {
    const char *uri;
    gboolean ok;
    guint camera, stream;
    int track;
  } cases[] = {
    { "rtsp://127.0.0.1:8554/cam1", TRUE, 1, 0, -1 },
    { "rtsp://127.0.0.1:8554/cam12/", TRUE, 12, 0, -1 },
    { "rtsp://u:p@h/cam2/sub", TRUE, 2, 1, -1 },
    { "rtsp://h/cam2/sub/trackID=2", TRUE, 2, 1, 1 },
    { "rtsp://h/cam3/trackID=1?x=1", TRUE, 3, 0, 0 },
    { "rtsp://h/cam", FALSE },
    { "rtsp://h/cam1/other", FALSE },
    { "rtsp://h", FALSE },
    { "*", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint camera, stream;
    int track;

    g_assert_cmpint (sim_request_parse_path (cases[i].uri, &camera, &stream, &track), ==,
                     cases[i].ok);
    if (!cases[i].ok)
      continue;
    g_assert_cmpuint (camera, ==, cases[i].camera);
    g_assert_cmpuint (stream, ==, cases[i].stream);
    g_assert_cmpint (track, ==, cases[i].track);
  }
}

static void
test_transport (void)
{
  SimTransport transport;

  g_assert_true (sim_transport_parse ("RTP/AVP/TCP;unicast;interleaved=4-5", &transport));
  g_assert_true (transport.tcp);
  g_assert_cmpint (transport.channels[0], ==, 4);
  g_assert_cmpint (transport.channels[1], ==, 5);
  g_assert_true (
      sim_transport_parse ("RTP/AVP;multicast, RTP/AVP;unicast;client_port=5000-5001", &transport));
  g_assert_false (transport.tcp);
  g_assert_cmpuint (transport.ports[0], ==, 5000);
  g_assert_cmpuint (transport.ports[1], ==, 5001);
  g_assert_true (sim_transport_parse ("RTP/AVP/TCP;unicast", &transport));
  g_assert_cmpint (transport.channels[0], ==, -1);
  g_assert_false (sim_transport_parse ("RTP/AVP;unicast", &transport));
  g_assert_false (sim_transport_parse ("RTP/SAVP;unicast;client_port=1-2", &transport));
  g_assert_false (sim_transport_parse ("RTP/AVP/TCP;interleaved=255-256", &transport));
  g_assert_false (sim_transport_parse ("", &transport));
}

static void
test_sender_report (void)
{
  SimSenderReport report = { 0x01020304, G_GINT64_CONSTANT (1500000), 0xa0b0c0d0, 7, 9 };
  guint8 out[SIM_RTCP_MAX];
  gsize size = sim_sender_report_write (&report, out);
  /* 1.5 s after 1970 is 2208988801.5 s after 1900: 83aa7e81.80000000 */
  static const guint8 want[]
      = { 0x80, 200, 0, 6, 1, 2, 3, 4, 0x83, 0xaa, 0x7e, 0x81, 0x80, 0, 0, 0, 0xa0, 0xb0, 0xc0,
          0xd0, 0,   0, 0, 7, 0, 0, 0, 9,    0x81, 202,  0,    4,    1, 2, 3, 4,    1,    9 };

  g_assert_cmpmem (out, sizeof want, want, sizeof want);
  g_assert_cmpuint (size, ==, 28 + 20);
  g_assert_true (sim_rtcp_is_report (out, size));
  g_assert_false (sim_rtcp_is_report (out + 28, 20));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/camsim/rtsp/request", test_request);
  g_test_add_func ("/camsim/rtsp/no-request", test_no_request);
  g_test_add_func ("/camsim/rtsp/path", test_path);
  g_test_add_func ("/camsim/rtsp/transport", test_transport);
  g_test_add_func ("/camsim/rtcp/sender-report", test_sender_report);
  return g_test_run ();
}
