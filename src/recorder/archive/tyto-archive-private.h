/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-archive-private.h: what the files of #TytoArchive share. */
#pragma once

#include "recorder/archive/tyto-archive-rules.h"
#include "recorder/archive/tyto-archive-s3.h"
#include "recorder/archive/tyto-archive.h"
#include "recorder/archive/tyto-local-copies.h"
#include "recorder/archive/tyto-upload-queue.h"

G_BEGIN_DECLS

struct _TytoArchive {
  GObject parent_instance;

  TytoSettings *settings;
  TytoCatalogue *catalogue;
  TytoArchiveRules *rules;
  TytoArchiveS3 *s3;
  TytoArchiveTarget *service; /* nullable */
  TytoArchiveTarget *target;  /* nullable: off, or refused */
  TytoUploadQueue *queue;     /* nullable: as target */
  TytoLocalCopies *copies;
  TytoUploadStats *stats;
  TytoUploadTotals totals; /* when last counted */
  gint64 oldest_end_us;    /* of what waits; -1: nothing does */
  guint64 n_evicted;
  gint64 next_sweep_us; /* monotonic */
  gboolean running;
  gboolean counting;
  gboolean busy;
  guint tick_source;
  guint apply_source;
  GTask *ending; /* nullable */
  guint end_source;
};

/* How long ago the recording that has waited longest ended; -1: none waits. */
gint64 tyto_archive_get_late_us (TytoArchive *self);

G_END_DECLS
