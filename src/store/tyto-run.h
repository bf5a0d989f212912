/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-run.h: one unbroken connection to a stream. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_RUN (tyto_run_get_type ())

/**
 * TytoRun: a reference-counted record.
 * @id: tyto_run_id_new()
 * @start_us: wall clock at the first frame; @end_us: -1 while it runs
 * @end_reason: a gap's reason (tyto-gap.h) or "stopped"; "" while it runs
 * @transport: "tcp" or "udp"
 * @frames_received: video access units that came from the first decodable one on; @frames_recorded:
 * those in closed segments
 */
typedef struct {
  char *id;
  char *camera;
  char *stream;
  gint64 start_us;
  gint64 end_us;
  char *end_reason;
  char *transport;
  char *video_codec;
  char *audio_codec;
  guint width;
  guint height;
  guint64 packets_received;
  guint64 packets_lost;
  guint64 frames_received;
  guint64 frames_recorded;
} TytoRun;

GType tyto_run_get_type (void);
TytoRun *tyto_run_new (const char *id, const char *camera, const char *stream, gint64 start_us);
TytoRun *tyto_run_ref (TytoRun *self);
void tyto_run_unref (TytoRun *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoRun, tyto_run_unref)

G_END_DECLS
