/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-recorder-private.h: what the files of #TytoRecorder share. */
#pragma once

#include "recorder/alerts/tyto-alerts.h"
#include "recorder/archive/tyto-archive.h"
#include "recorder/broadcasts/tyto-broadcasts.h"
#include "recorder/cameras/tyto-camera.h"
#include "recorder/disk/tyto-disk-guard.h"
#include "recorder/services/tyto-services.h"
#include "recorder/tyto-entry-queue.h"
#include "recorder/tyto-heartbeat.h"
#include "recorder/tyto-left-runs.h"
#include "recorder/tyto-recorder.h"
#include "recorder/retention/tyto-retention.h"
#include "recorder/spool/tyto-spool-keeper.h"
#include "recorder/workers/tyto-supervisor.h"
#include "recorder/webhooks/tyto-webhooks.h"
#include "recorder/workers/tyto-worker-watch.h"
#include "store/tyto-catalogue-mirror.h"

G_BEGIN_DECLS

typedef enum {
  RECORDER_SIGNAL_CAMERA_ADDED,
  RECORDER_SIGNAL_CAMERA_CHANGED,
  RECORDER_SIGNAL_CAMERA_REMOVED,
  RECORDER_SIGNAL_SEGMENT_OPENED,
  RECORDER_SIGNAL_SEGMENT_CLOSED,
  RECORDER_SIGNAL_SEGMENT_ARCHIVED,
  RECORDER_SIGNAL_GAP_OPENED,
  RECORDER_SIGNAL_GAP_CLOSED,
  RECORDER_SIGNAL_THUMBNAIL_TAKEN,
  RECORDER_SIGNAL_ALERT,
  RECORDER_N_SIGNALS
} RecorderSignal;

typedef enum {
  RECORDER_NEW,
  RECORDER_STARTING,
  RECORDER_STARTED,
  RECORDER_ENDING, /* shut down, or on the way to it */
} RecorderPhase;

struct _TytoRecorder {
  GObject parent_instance;

  TytoSettings *settings;
  TytoCatalogue *catalogue;
  TytoSupervisor *supervisor;
  TytoEntryQueue *entries;
  TytoHeartbeat *heartbeat;
  TytoLeftRuns *left_runs;
  guint coverage_source;
  TytoAlerts *alerts;
  TytoWebhooks *webhooks;
  TytoArchive *archive;
  TytoCatalogueMirror *mirror; /* nullable: no catalogue is shared */
  TytoServices *services;
  gboolean services_stopping;
  GTask *services_wait; /* nullable */
  TytoBroadcasts *broadcasts;
  gboolean broadcasts_stopping;
  GTask *broadcasts_wait; /* nullable */
  TytoWorkerWatch *watch;
  GHashTable *alert_rules; /* (element-type utf8 TytoAlertRules): by camera */
  guint alert_source;
  gint64 asked_us;        /* when the catalogue was asked for a sign of life, 0: it answered */
  gint64 clock_offset_us; /* of the wall clock, as last seen */
  gint64 clock_step_us;   /* when it was last set: monotonic */
  TytoDiskSpace *disk;
  TytoDiskGuard *guard;
  TytoSpoolKeeper *keeper;
  TytoRecoveryReport *bucket;       /* nullable: of the last rebuild, when it was from the bucket */
  GCancellable *bucket_cancellable; /* nullable: while that runs */
  TytoTierMover *mover;
  TytoRetention *retention;
  GHashTable *cameras;         /* (element-type utf8 TytoCamera) */
  GHashTable *removing;        /* (element-type utf8): ids of those being let go of for good */
  GHashTable *told_states;     /* (element-type utf8 utf8): what webhooks know of each camera */
  GHashTable *told_broadcasts; /* (element-type utf8 utf8): the same of the status of broadcasts */
  RecorderPhase phase;
  gint64 started_us;      /* wall clock */
  gint64 upload_until_us; /* of a shutdown: monotonic */
  guint n_verbs;          /* under way */
  gboolean busy;
  guint apply_source; /* service settings changed: applied when they have come to rest */
};

/* tyto-recorder.c */
void tyto_recorder_emit (TytoRecorder *self, RecorderSignal signal, GVariant *argument);
void tyto_recorder_emit_for (TytoRecorder *self, RecorderSignal signal, const char *camera,
                             GVariant *argument);
void tyto_recorder_update_busy (TytoRecorder *self);

/* A task for a verb; the recorder is busy until tyto_recorder_verb_done(), which frees it. */
GTask *tyto_recorder_verb_new (TytoRecorder *self, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data, gpointer tag);
void tyto_recorder_verb_done (GTask *task, GVariant *result); /* sinks @result */
void tyto_recorder_verb_failed (GTask *task, GError *error);  /* takes @error */
/* As tyto_recorder_verb_done(), of a verb that gives something else; takes @result. */
void tyto_recorder_verb_return (GTask *task, gpointer result, GDestroyNotify free_func);

/* tyto-recorder-cameras.c: makes the camera called @id what the settings say, whoever changed
 * them: adds, changes or lets go of it. */
void tyto_recorder_sync_camera (TytoRecorder *self, const char *id);
/* The camera, or NULL with TYTO_ERROR_NOT_FOUND; one being removed is not found. (transfer none) */
TytoCamera *tyto_recorder_look_up (TytoRecorder *self, const char *id, GError **error);
void tyto_recorder_on_settings (TytoRecorder *self);
/* Makes a camera that is configured, without recording it yet. (transfer none) */
TytoCamera *tyto_recorder_make_camera (TytoRecorder *self, TytoCameraConfig *config);

/* tyto-recorder-news.c: connects what @camera tells to catalogue, alerts and signals; what the
 * entry queue tells to signals and alerts. */
void tyto_recorder_follow_camera (TytoRecorder *self, TytoCamera *camera);
void tyto_recorder_unfollow_camera (TytoRecorder *self, TytoCamera *camera);
void tyto_recorder_follow_entries (TytoRecorder *self);

/* tyto-recorder-spool.c: the output directory, what is recovered from it, and its disk. */
void tyto_recorder_init_spool (TytoRecorder *self);
void tyto_recorder_dispose_spool (TytoRecorder *self);
void tyto_recorder_follow_camera_files (TytoRecorder *self, TytoCamera *camera);

/* tyto-recorder-alerts.c: raises and clears the alerts of what happens to a camera, and those that
 * time alone brings. */
void tyto_recorder_init_alerts (TytoRecorder *self);
void tyto_recorder_init_watch (TytoRecorder *self); /* when the supervisor is there */
void tyto_recorder_dispose_alerts (TytoRecorder *self);
void tyto_recorder_watch_camera (TytoRecorder *self, TytoCamera *camera);
void tyto_recorder_judge_camera (TytoRecorder *self, TytoCamera *camera);
/* The camera is gone for good. */
void tyto_recorder_unwatch_camera (TytoRecorder *self, TytoCamera *camera);

/* tyto-recorder-archive.c: the archive, told of what is entered. */
void tyto_recorder_init_archive (TytoRecorder *self, const char *worker_path, const char *run_dir);
void tyto_recorder_dispose_archive (TytoRecorder *self);

/* tyto-recorder-retention.c: what is kept how long; started when files and catalogue may be
 * compared. */
void tyto_recorder_init_retention (TytoRecorder *self);
void tyto_recorder_start_retention (TytoRecorder *self);
void tyto_recorder_stop_retention (TytoRecorder *self);
void tyto_recorder_dispose_retention (TytoRecorder *self);
/* As tyto_recorder_verb_new(), of a verb that needs a recorder that was started: else NULL, and the
 * task has failed. */
GTask *tyto_recorder_begin_verb (TytoRecorder *self, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data, gpointer tag);

/* tyto-recorder-mirror.c: the shared catalogue, told from when ours is open until it is closed. */
void tyto_recorder_init_mirror (TytoRecorder *self);
void tyto_recorder_start_mirror (TytoRecorder *self);
void tyto_recorder_stop_mirror (TytoRecorder *self);
void tyto_recorder_describe_mirror (TytoRecorder *self, GVariantDict *dict);

/* tyto-recorder-objects.c: ends a rebuild from the bucket. */
void tyto_recorder_cancel_bucket (TytoRecorder *self);

/* tyto-recorder-coverage.c: measures from now on how much is recorded, until it is disposed of. */
void tyto_recorder_start_coverage (TytoRecorder *self);

/* tyto-recorder-services.c: the user's other services; their end, which takes at most 3 s, goes on
 * beside that of the workers. @release: see tyto_services_stop_async(). */
void tyto_recorder_init_services (TytoRecorder *self);
void tyto_recorder_stop_services (TytoRecorder *self, gboolean release);
void tyto_recorder_wait_for_services (TytoRecorder *self, GAsyncReadyCallback callback,
                                      gpointer user_data);

/* tyto-recorder-broadcasts.c: live broadcasts; their end, which takes at most 3 s, goes on beside
 * that of the workers. */
void
tyto_recorder_init_broadcasts (TytoRecorder *self, const char *worker_path, const char *run_dir);
gboolean tyto_recorder_has_busy_broadcasts (TytoRecorder *self);
void tyto_recorder_stop_broadcasts (TytoRecorder *self);
void tyto_recorder_wait_for_broadcasts (TytoRecorder *self, GAsyncReadyCallback callback,
                                        gpointer user_data);
void tyto_recorder_dispose_broadcasts (TytoRecorder *self);

/* tyto-recorder-webhooks.c: makes the webhooks and has them told what happens. */
void tyto_recorder_follow_for_webhooks (TytoRecorder *self);
/* The same of broadcasts, once there are any to follow. */
void tyto_recorder_follow_broadcasts (TytoRecorder *self);

G_END_DECLS
