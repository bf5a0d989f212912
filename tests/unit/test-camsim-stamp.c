/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-stamp.h"

#include <string.h>

static void
check_round_trip (SimCodec codec, SimStreamKind stream, guint64 frame)
{
  SimStamp stamp = { .camera = 123, .stream = stream, .frame = frame, .wall = 1700000000000001 };
  SimStamp read = { 0 };
  guint8 nal[SIM_STAMP_MAX_NAL];
  gsize size = sim_stamp_write (&stamp, codec, nal);

  g_assert_cmpuint (size, <=, sizeof nal);
  g_assert_true (sim_stamp_parse (&read, codec, nal, size));
  g_assert_cmpuint (read.camera, ==, stamp.camera);
  g_assert_cmpint (read.stream, ==, stamp.stream);
  g_assert_cmpuint (read.frame, ==, stamp.frame);
  g_assert_cmpint (read.wall, ==, stamp.wall);
  /* No byte of the payload is zero: nothing for emulation prevention. */
  g_assert_null (memchr (nal, 0, size));
  /* payload size: what follows it but rbsp_trailing_bits */
  g_assert_cmpuint (nal[codec == SIM_CODEC_H264 ? 2 : 3], ==,
                    size - (codec == SIM_CODEC_H264 ? 3 : 4) - 1);
  g_assert_cmpuint (nal[size - 1], ==, 0x80);
}

static void
test_round_trip (void)
{
  const guint64 numbers[] = { 0, 1, 4294967296, G_MAXUINT64 };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    for (guint codec = SIM_CODEC_H264; codec <= SIM_CODEC_H265; codec++)
      for (guint stream = SIM_STREAM_MAIN; stream < SIM_N_STREAMS; stream++)
        check_round_trip (codec, stream, numbers[i]);
}

static void
test_foreign (void)
{
  SimStamp stamp = { .camera = 1 };
  guint8 nal[SIM_STAMP_MAX_NAL];
  gsize size = sim_stamp_write (&stamp, SIM_CODEC_H264, nal);

  g_assert_false (sim_stamp_parse (&stamp, SIM_CODEC_H265, nal, size));
  g_assert_false (sim_stamp_parse (&stamp, SIM_CODEC_H264, nal, 10));
  nal[5] ^= 1; /* another UUID */
  g_assert_false (sim_stamp_parse (&stamp, SIM_CODEC_H264, nal, size));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/camsim/stamp/round-trip", test_round_trip);
  g_test_add_func ("/camsim/stamp/foreign", test_foreign);
  return g_test_run ();
}
