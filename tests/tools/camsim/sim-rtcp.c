/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-rtcp.h"

#include <string.h>

#define RTCP_SR           200
#define RTCP_RR           201
#define RTCP_SDES         202
#define SDES_CNAME        1
#define NTP_UNIX_DISTANCE G_GUINT64_CONSTANT (2208988800) /* seconds from 1900 to 1970 */

static guint8 *
write_u32 (guint8 *out, guint32 value)
{
  guint32 big = GUINT32_TO_BE (value);

  memcpy (out, &big, 4);
  return out + 4;
}

static guint8 *
write_header (guint8 *out, guint count, guint type, guint words)
{
  return write_u32 (out, 2u << 30 | count << 24 | type << 16 | (words - 1));
}

gsize
sim_sender_report_write (const SimSenderReport *self, guint8 *out)
{
  guint64 seconds = self->wall / G_USEC_PER_SEC + NTP_UNIX_DISTANCE;
  guint64 fraction = ((guint64) (self->wall % G_USEC_PER_SEC) << 32) / G_USEC_PER_SEC;
  guint8 *p = write_header (out, 0, RTCP_SR, 7);

  p = write_u32 (p, self->ssrc);
  p = write_u32 (p, seconds);
  p = write_u32 (p, fraction);
  p = write_u32 (p, self->timestamp);
  p = write_u32 (p, self->packets);
  p = write_u32 (p, self->octets);
  p = write_header (p, 1, RTCP_SDES, 5);
  p = write_u32 (p, self->ssrc);
  /* CNAME of 9 bytes, then zeros to the end of the word: 12 in all */
  memset (p, 0, 12);
  p[0] = SDES_CNAME;
  p[1] = 9;
  memcpy (p + 2, "camsim@lo", 9);
  return p + 12 - out;
}

gboolean
sim_rtcp_is_report (const guint8 *data, gsize size)
{
  return size >= 8 && data[0] >> 6 == 2 && (data[1] == RTCP_RR || data[1] == RTCP_SR);
}
