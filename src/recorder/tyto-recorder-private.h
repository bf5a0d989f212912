/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-recorder-private.h: what the files of #TytoRecorder share. */
#pragma once

#include "recorder/alerts/tyto-alerts.h"
#include "recorder/cameras/tyto-camera.h"
#include "recorder/disk/tyto-disk-guard.h"
#include "recorder/tyto-entry-queue.h"
#include "recorder/tyto-heartbeat.h"
#include "recorder/tyto-left-runs.h"
#include "recorder/tyto-recorder.h"
#include "recorder/spool/tyto-spool-keeper.h"
#include "recorder/workers/tyto-supervisor.h"
#include "recorder/webhooks/tyto-webhooks.h"
#include "recorder/workers/tyto-worker-watch.h"

G_BEGIN_DECLS

typedef enum {
  RECORDER_SIGNAL_CAMERA_ADDED,
  RECORDER_SIGNAL_CAMERA_CHANGED,
  RECORDER_SIGNAL_CAMERA_REMOVED,
  RECORDER_SIGNAL_SEGMENT_OPENED,
  RECORDER_SIGNAL_SEGMENT_CLOSED,
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
  TytoWorkerWatch *watch;
  GHashTable *alert_rules; /* (element-type utf8 TytoAlertRules): by camera */
  guint alert_source;
  gint64 asked_us;        /* when the catalogue was asked for a sign of life, 0: it answered */
  gint64 clock_offset_us; /* of the wall clock, as last seen */
  gint64 clock_step_us;   /* when it was last set: monotonic */
  TytoDiskSpace *disk;
  TytoDiskGuard *guard;
  TytoSpoolKeeper *keeper;
  GHashTable *cameras;     /* (element-type utf8 TytoCamera) */
  GHashTable *removing;    /* (element-type utf8): ids of those being let go of for good */
  GHashTable *told_states; /* (element-type utf8 utf8): what webhooks know of each camera */
  RecorderPhase phase;
  gint64 started_us; /* wall clock */
  guint n_verbs;     /* under way */
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

/* tyto-recorder-coverage.c: measures from now on how much is recorded, until it is disposed of. */
void tyto_recorder_start_coverage (TytoRecorder *self);

/* tyto-recorder-webhooks.c: makes the webhooks and has them told what happens. */
void tyto_recorder_follow_for_webhooks (TytoRecorder *self);

G_END_DECLS
