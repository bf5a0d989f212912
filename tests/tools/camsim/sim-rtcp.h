/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Room for a sender report with a source description. */
#define SIM_RTCP_MAX 64

typedef struct {
  guint32 ssrc;
  gint64 wall;       /* µs since 1970 UTC */
  guint32 timestamp; /* RTP time of the same moment */
  guint32 packets;
  guint32 octets;
} SimSenderReport;

/* Writes a compound packet of SR and SDES CNAME (RFC 3550 6.4.1, 6.5.1); returns its size. */
gsize sim_sender_report_write (const SimSenderReport *self, guint8 *out);

/* Whether the compound packet starts with a receiver report (or a sender report), RFC 3550 6.1. */
gboolean sim_rtcp_is_report (const guint8 *data, gsize size);

G_END_DECLS
