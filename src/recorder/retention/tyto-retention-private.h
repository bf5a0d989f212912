/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-retention-private.h: what the files of #TytoRetention share. */
#pragma once

#include "recorder/retention/tyto-retention-run.h"
#include "recorder/retention/tyto-retention.h"

G_BEGIN_DECLS

struct _TytoRetention {
  GObject parent_instance;

  TytoSettings *settings;
  TytoCatalogue *catalogue;
  TytoAlerts *alerts;
  TytoTierMover *mover;
  TytoArchiveTarget *service;   /* nullable */
  TytoBroadcastRemover remover; /* its source is NULL until it is set */
  GCancellable *cancellable;
  gboolean started;
  gint64 started_us; /* wall clock */
  guint source;      /* looks whether the daily run is due */
  guint outlook_source;
  gint64 last_daily_us;  /* when the last daily run began; -1: never */
  gint64 due_us;         /* of the next one */
  TytoRetentionRun *run; /* under way, or the last one since the start */
  char *run_camera;      /* of the run that is about to begin; NULL: all */
  gboolean run_wanted;   /* it is about to begin */
  gboolean running;
  guint pauses;
  gboolean resume_wanted; /* when there is no pause any more */
  gboolean resuming;      /* what was marked earlier is being deleted */
  gboolean busy;
  guint retry_source;
  guint retry_s;
  GVariant *last_run; /* of an earlier life */
  guint64 deleted_segments;
  guint64 deleted_bytes;
  guint64 deleted_broadcasts;
  TytoRetentionOutlook *outlook;
  gboolean looking;
  GHashTable *unknown; /* (element-type utf8): cameras whose plan is not known */
};

/* What is deleted from now. @store, @roots: (out): to be freed after the call. */
TytoDeletionPlace
tyto_retention_get_place (TytoRetention *self, TytoS3Client **store, GStrv *roots);
/* The alert "retention". @error: NULL: all went. */
void tyto_retention_judge_failure (TytoRetention *self, const GError *error);
/* What is marked is gone through again, in a minute. */
void tyto_retention_retry (TytoRetention *self);
void tyto_retention_count (TytoRetention *self, const TytoDeleted *deleted);

/* tyto-retention-verbs.c: a run over the cameras of @outlook, or @camera alone. (transfer full) */
TytoRetentionRun *tyto_retention_make_run (TytoRetention *self, TytoRetentionMode mode,
                                           const TytoRetentionOutlook *outlook, const char *camera);

/* tyto-retention-watch.c: looks at what is kept now, and every minute, and tells alerts. */
void tyto_retention_watch (TytoRetention *self);
void tyto_retention_look (TytoRetention *self);

/* tyto-retention-state.c: the file in the state directory. */
void tyto_retention_load (TytoRetention *self);
void tyto_retention_save (TytoRetention *self);

G_END_DECLS
