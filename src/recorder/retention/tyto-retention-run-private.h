/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-retention-run-private.h: what the files of #TytoRetentionRun share. */
#pragma once

#include "recorder/retention/tyto-retention-run.h"
#include "recorder/retention/tyto-retention-tally.h"

G_BEGIN_DECLS

struct _TytoRetentionRun {
  GObject parent_instance;

  TytoCatalogue *catalogue;
  TytoS3Client *store;
  TytoArchiveTarget *service;
  GStrv roots;
  TytoRetentionMode mode;
  TytoRetentionBusy busy;
  gpointer busy_data;
  GPtrArray *tallies;          /* (element-type TytoRetentionTally) */
  guint camera;                /* index of the one being gone through */
  TytoSegment *after;          /* the last segment of its that was looked at */
  gboolean whole;              /* no more segments of its go */
  gint64 now_us;               /* when it began */
  gint64 ended_us;             /* -1: not yet */
  TytoBroadcastExpiry *expiry; /* nullable */
  TytoDeleted done;
  guint listed;
  guint64 chosen_segments; /* of the batch being deleted */
  guint64 chosen_bytes;
  GError *error; /* the first */
  GTask *task;
};

/* Whether it changes nothing. */
gboolean tyto_retention_run_is_preview (TytoRetentionRun *self);

G_END_DECLS
