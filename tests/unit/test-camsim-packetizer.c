/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-packetizer.h"

#include <string.h>

static void
test_split (void)
{
  static const guint8 stream[]
      = { 0, 0, 0, 1, 0x67, 1, 2, 0, 0, 1, 0x68, 3, 0, 0, 0, 1, 0x65, 0, 0, 3, 1, 9 };
  g_autoptr (GArray) nals = sim_nal_split (stream, sizeof stream);
  const SimNal *nal = (const SimNal *) nals->data;

  g_assert_cmpuint (nals->len, ==, 3);
  g_assert_cmpmem (nal[0].data, nal[0].size, "\x67\x01\x02", 3);
  g_assert_cmpmem (nal[1].data, nal[1].size, "\x68\x03", 2);
  g_assert_cmpmem (nal[2].data, nal[2].size, "\x65\x00\x00\x03\x01\x09", 6);
  g_assert_cmpuint (sim_nal_type (SIM_CODEC_H264, nal[0].data), ==, 7);
}

static void
test_split_without_start_code (void)
{
  g_autoptr (GArray) empty = sim_nal_split ((const guint8 *) "", 0);
  g_autoptr (GArray) none = sim_nal_split ((const guint8 *) "\x01\x00\x00\x02\x01", 5);

  g_assert_cmpuint (empty->len, ==, 0);
  g_assert_cmpuint (none->len, ==, 0);
}

static void
test_single (void)
{
  g_autoptr (SimPacketizer) packetizer = sim_packetizer_new (SIM_CODEC_H264);
  g_autofree guint8 *nal = g_malloc0 (SIM_PAYLOAD_MAX);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GArray) packets = NULL;

  nal[0] = 0x41;
  sim_packetizer_add (packetizer, nal, SIM_PAYLOAD_MAX);
  packets = sim_packetizer_finish (packetizer, &bytes);
  g_assert_cmpuint (packets->len, ==, 1);
  g_assert_cmpmem (g_array_index (packets, SimPacket, 0).data,
                   g_array_index (packets, SimPacket, 0).size, nal, SIM_PAYLOAD_MAX);
}

/* Fragments a NAL unit and puts it together again as a receiver does. */
static void
check_fragments (SimCodec codec, const guint8 *header, gsize header_size, gsize size)
{
  g_autoptr (SimPacketizer) packetizer = sim_packetizer_new (codec);
  g_autofree guint8 *nal = g_malloc (size);
  g_autoptr (GByteArray) whole = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GArray) packets = NULL;

  for (gsize i = 0; i < size; i++)
    nal[i] = i * 7;
  memcpy (nal, header, header_size);
  g_byte_array_append (whole, header, header_size);
  sim_packetizer_add (packetizer, nal, size);
  packets = sim_packetizer_finish (packetizer, &bytes);
  g_assert_cmpuint (packets->len, >, 1);
  for (guint i = 0; i < packets->len; i++) {
    const SimPacket *packet = &g_array_index (packets, SimPacket, i);
    const guint8 *fu = packet->data + header_size;

    g_assert_cmpuint (packet->size, <=, SIM_PAYLOAD_MAX);
    g_assert_cmpuint (sim_nal_type (codec, packet->data), ==, codec == SIM_CODEC_H264 ? 28 : 49);
    g_assert_cmpuint (fu[0] & 0x3f, ==, sim_nal_type (codec, header));
    g_assert_cmpint ((fu[0] & 0x80) != 0, ==, i == 0);
    g_assert_cmpint ((fu[0] & 0x40) != 0, ==, i + 1 == packets->len);
    g_byte_array_append (whole, fu + 1, packet->size - header_size - 1);
  }
  g_assert_cmpmem (whole->data, whole->len, nal, size);
}

static void
test_fragments (void)
{
  for (gsize size = SIM_PAYLOAD_MAX + 1; size < SIM_PAYLOAD_MAX * 3; size += 397) {
    check_fragments (SIM_CODEC_H264, (const guint8[]){ 0x65 }, 1, size);
    check_fragments (SIM_CODEC_H265, (const guint8[]){ 19 << 1, 1 }, 2, size);
  }
}

static void
test_aggregate (void)
{
  const SimNal nals[]
      = { { (const guint8 *) "\x67\x01", 2 }, { (const guint8 *) "\x06\x02\x03", 3 } };
  const SimNal nals265[] = { { (const guint8 *) "\x40\x01\x0c", 3 } };
  g_autoptr (GByteArray) stap = g_byte_array_new ();
  g_autoptr (GByteArray) ap = g_byte_array_new ();

  sim_packetizer_aggregate (SIM_CODEC_H264, nals, 2, stap);
  g_assert_cmpmem (stap->data, stap->len, "\x78\x00\x02\x67\x01\x00\x03\x06\x02\x03", 10);
  sim_packetizer_aggregate (SIM_CODEC_H265, nals265, 1, ap);
  g_assert_cmpmem (ap->data, ap->len, "\x60\x01\x00\x03\x40\x01\x0c", 7);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/camsim/packetizer/split", test_split);
  g_test_add_func ("/camsim/packetizer/split-without-start-code", test_split_without_start_code);
  g_test_add_func ("/camsim/packetizer/single", test_single);
  g_test_add_func ("/camsim/packetizer/fragments", test_fragments);
  g_test_add_func ("/camsim/packetizer/aggregate", test_aggregate);
  return g_test_run ();
}
