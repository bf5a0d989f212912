/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-broadcasts-private.h: what the files of #TytoBroadcasts share.
 *
 * A broadcast of which something has still to be done is in hand, as a job. What is to be done
 * follows from its record alone, which is in the catalogue before anything is: so
 * tyto_broadcast_job_advance() looks at it after each change, and goes on in the same way after a
 * crash.
 */
#pragma once

#include "recorder/archive/tyto-archive-s3.h"
#include "recorder/broadcasts/tyto-broadcast-memo.h"
#include "recorder/broadcasts/tyto-broadcast-names.h"
#include "recorder/broadcasts/tyto-broadcast-rules.h"
#include "recorder/broadcasts/tyto-broadcasts.h"
#include "recorder/disk/tyto-disk-limits.h"
#include "recorder/services/tyto-stream-service.h"
#include "recorder/services/tyto-vod-client.h"
#include "recorder/workers/tyto-role-process.h"

G_BEGIN_DECLS

/* Joins and uploads that run side by side. */
#define TYTO_BROADCAST_JOINS   2
#define TYTO_BROADCAST_UPLOADS 4

/**
 * TytoBroadcastJob: a broadcast in hand; reference-counted.
 * @record: as it is now; to be changed by tyto_broadcast_job_edit() alone
 * @gaps: (nullable): to be saved with it
 * @generation, @saved: of @record: which of its states is in the catalogue
 * @told: the status that was told to the outside, -1: it was not told of at all
 * @waiters: those who wait until a state is in the catalogue, or for its removal
 * @busy: a step is under way
 * @retry_source: runs while the next step waits
 */
typedef struct {
  TytoBroadcasts *owner; /* not referenced; NULL: it is no longer in hand */
  TytoBroadcast *record;
  GPtrArray *gaps;
  guint64 generation;
  guint64 saved;
  int told;
  GPtrArray *waiters;
  char *memo; /* nullable: what broadcast.json says */
  gboolean noting;
  gboolean saving;
  gboolean stale; /* counts that the catalogue is told every 10 s */
  gboolean busy;
  guint save_source; /* the catalogue did not take it */
  guint retry_source;
  const char *step; /* static; "" for none */
  double progress;
  char *failing; /* nullable */

  /* collecting */
  gint64 after_us;     /* objects that are not newer are an earlier broadcast's, -1: not known */
  gboolean collecting; /* the collector was told of it */
  gboolean collected;
  gboolean ended; /* the collector was told its end */
  guint64 segments_waiting;
  guint64 idle_ms; /* without anything new, when it was told; */
  gint64 told_us;  /* that is: monotonic, 0: it was not */
  gint64 taken_us; /* in hand since then: monotonic */
  gboolean source_ended;
  gboolean asking;  /* the stream service, of it */
  gboolean unknown; /* to the stream service */

  /* after that */
  TytoRoleProcess *assembler; /* nullable: it is being joined */
  guint instance;             /* its */
  guint stall_source;         /* runs while it says nothing */
  guint64 need;               /* bytes of disk that its join will fill */
  gboolean measured;          /* what it needs is there */
  gboolean looked;            /* what is at its key in the bucket */
  gboolean uploading;
  gboolean tidied;
} TytoBroadcastJob;

struct _TytoBroadcasts {
  GObject parent_instance;

  TytoSettings *settings;
  TytoCatalogue *catalogue;
  TytoBroadcastRules *rules;
  TytoWorkerLauncher *launcher;
  TytoRoleProcess *collector;
  TytoArchiveS3 *store;
  TytoStreamService *streams;
  TytoVodClient *vod;
  GHashTable *jobs; /* (element-type utf8 TytoBroadcastJob): those in hand */
  GQueue events;    /* those that wait: the first is being taken */
  GTask *stopping;  /* nullable */
  GCancellable *cancellable;
  gboolean running;
  gboolean loaded; /* those that are not over are in hand */
  gboolean busy;
  gboolean store_on;  /* there is an object store */
  gint64 needless_us; /* the collector has had nothing to do since then: monotonic, 0: it has */
  guint64 floor;      /* bytes that stay free */
  gboolean settings_changed; /* the collector is to be told */
  gboolean discovering;
  gboolean looking; /* whether there is a live bucket */
  gboolean asking;  /* the stream service */
  gboolean counting;
  guint tick_source;
  guint monitor_source;
  guint save_source;
  guint apply_source;
  guint stop_source;
  guint n_stopping;           /* processes that have not ended */
  guint instances;            /* of assemblers in use: bits */
  TytoBroadcastTotals totals; /* when last counted */
  guint64 n_segments;
  guint64 n_missing;
};

typedef enum {
  TYTO_BROADCASTS_ADDED,
  TYTO_BROADCASTS_CHANGED,
  TYTO_BROADCASTS_COMPLETED,
  TYTO_BROADCASTS_FAILED,
  TYTO_BROADCASTS_REMOVED,
} TytoBroadcastsSignal;

/* tyto-broadcasts.c */
void tyto_broadcasts_emit (TytoBroadcasts *self, TytoBroadcastsSignal which, TytoBroadcastJob *job);
void tyto_broadcasts_update_busy (TytoBroadcasts *self);
/* Something that the stop waits for is over. */
void tyto_broadcasts_look_whether_stopped (TytoBroadcasts *self);
/* (element-type TytoBroadcastJob) (transfer full) */
GPtrArray *tyto_broadcasts_list_jobs (TytoBroadcasts *self);
/* Reads the settings, and looks at all there is to do. */
void tyto_broadcasts_apply (TytoBroadcasts *self);
/* The catalogue is told the counts. */
void tyto_broadcasts_save_counts (TytoBroadcasts *self);
/* All jobs look at what they can do now. */
void tyto_broadcasts_advance_all (TytoBroadcasts *self);

/* tyto-broadcasts-life.c: nothing more is begun, and what is under way called off. */
void tyto_broadcasts_halt (TytoBroadcasts *self);
void tyto_broadcasts_end_stop (TytoBroadcasts *self);

/* tyto-broadcast-job.c. Takes @record in hand, or gives the job that has it. @is_new: it is not in
 * the catalogue. (transfer none) */
TytoBroadcastJob *
tyto_broadcasts_take (TytoBroadcasts *self, TytoBroadcast *record, gboolean is_new);
TytoBroadcastJob *tyto_broadcast_job_ref (TytoBroadcastJob *self);
void tyto_broadcast_job_unref (TytoBroadcastJob *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoBroadcastJob, tyto_broadcast_job_unref)

/* Its record, to be changed now; then one of the three below. */
TytoBroadcast *tyto_broadcast_job_edit (TytoBroadcastJob *self);
/* The change is saved, and what follows from it done then. */
void tyto_broadcast_job_changed (TytoBroadcastJob *self);
/* The same; @task (taken) is done when the change is in the catalogue, with what the broadcast is
 * then (a{sv}) unless @empty. */
void tyto_broadcast_job_changed_for (TytoBroadcastJob *self, GTask *task, gboolean empty);
/* @task (taken) is done when the broadcast is gone, with nothing. */
void tyto_broadcast_job_await_removal (TytoBroadcastJob *self, GTask *task);
/* Counts have changed: they are saved soon. */
void tyto_broadcast_job_counted (TytoBroadcastJob *self);

/* Does the next step, unless one is under way or waited for. */
void tyto_broadcast_job_advance (TytoBroadcastJob *self);
/* A step is over. */
void tyto_broadcast_job_done (TytoBroadcastJob *self);
/* The step cannot be done now because of @why: it is tried again after @delay_us. */
void tyto_broadcast_job_wait (TytoBroadcastJob *self, const char *why, gint64 delay_us);
/* What it waited for is over: nothing is told of it any more. To be saved with the next change. */
void tyto_broadcast_job_settle (TytoBroadcastJob *self);
/* It need not wait any more. Whether it did. */
gboolean tyto_broadcast_job_hurry (TytoBroadcastJob *self);
/* What it is doing, as told to the outside. */
void tyto_broadcast_job_set_step (TytoBroadcastJob *self, const char *step);
void tyto_broadcast_job_set_failing (TytoBroadcastJob *self, const char *why);
void tyto_broadcast_job_set_progress (TytoBroadcastJob *self, guint64 done, guint64 total);
/* As told to the outside (a{sv}, floating). */
GVariant *tyto_broadcast_job_to_variant (TytoBroadcastJob *self);
/* It is no longer in hand. @removed: it is gone altogether. */
void tyto_broadcast_job_drop (TytoBroadcastJob *self, gboolean removed);
/* Lets those go that wait for what will not come. */
void tyto_broadcast_job_fail_waiters (TytoBroadcastJob *self, const GError *error);
/* The sentence of @error with what to do next. (transfer full) */
char *tyto_broadcast_describe_error (const GError *error);
/* Ends it: it is processed from now on. */
void tyto_broadcast_job_end (TytoBroadcastJob *self, gint64 at_us, const char *by);
/* It has failed for good, until it is retried. */
void tyto_broadcast_job_fail (TytoBroadcastJob *self, const char *why);

/* tyto-broadcast-note.c: has its directory say what it is: TRUE when it does, or need not. Else it
 * is being written, and goes on then. */
gboolean tyto_broadcast_job_note (TytoBroadcastJob *self);

/* The steps: tyto-broadcast-collect.c, -join.c, -upload.c, -finish.c, -removal.c. */
void tyto_broadcast_job_collect (TytoBroadcastJob *self);
void tyto_broadcast_job_join (TytoBroadcastJob *self);
void tyto_broadcast_job_upload (TytoBroadcastJob *self);
void tyto_broadcast_job_complete (TytoBroadcastJob *self);
void tyto_broadcast_job_tidy (TytoBroadcastJob *self);
void tyto_broadcast_job_import (TytoBroadcastJob *self);
void tyto_broadcast_job_remove (TytoBroadcastJob *self);

/* tyto-broadcast-collect.c: signals of the process that collects. */
void tyto_broadcasts_on_progress (TytoBroadcasts *self, GVariant *parameters);
void tyto_broadcasts_on_collected (TytoBroadcasts *self, GVariant *parameters);

/* tyto-broadcasts-collector.c: that process. */
void tyto_broadcasts_init_collector (TytoBroadcasts *self);
/* Starts or ends it, as it is needed. */
void tyto_broadcasts_apply_collector (TytoBroadcasts *self);
void tyto_broadcasts_measure_floor (TytoBroadcasts *self);
void tyto_broadcast_job_stop_collecting (TytoBroadcastJob *self);
/* Its segments are still to be fetched. */
gboolean tyto_broadcast_job_is_collecting (const TytoBroadcastJob *self);

/* tyto-broadcast-join.c: ends its process. */
void tyto_broadcast_job_stop_joining (TytoBroadcastJob *self);

/* tyto-broadcast-upload.c: the object store. */
void tyto_broadcasts_init_store (TytoBroadcasts *self);
void tyto_broadcasts_apply_store (TytoBroadcasts *self);
/* Whether @object (nullable) is @record's. */
gboolean tyto_broadcast_owns (const TytoBroadcast *record, const TytoArchiveObject *object);

/* tyto-broadcasts-events.c: an event of @by that somebody may wait for (@task, taken; nullable). */
void tyto_broadcasts_queue_event (TytoBroadcasts *self, const TytoStreamEvent *event,
                                  const char *by, GTask *task);

/* Goes on with those that came before all was loaded. */
void tyto_broadcasts_take_events (TytoBroadcasts *self);
void tyto_broadcasts_clear_events (TytoBroadcasts *self);

/* tyto-broadcasts-monitor.c: every monitor-interval. */
void tyto_broadcasts_monitor (TytoBroadcasts *self);
/* Has them counted by status. */
void tyto_broadcasts_count (TytoBroadcasts *self);
/* Whether it has ended, by what its source says or does not say. */
void tyto_broadcast_job_judge_end (TytoBroadcastJob *self);
void tyto_broadcasts_found (TytoBroadcasts *self, const char *stream_key, gint64 newest_us,
                            guint64 age_ms, gboolean ended);

/* tyto-broadcast-files.c: in a thread. */
/* Deletes all in @directory, and itself, but for the file called @but (NULL: nothing) and what says
 * which broadcast it is. It is no error when it is not there. STORAGE. */
void tyto_broadcast_delete_files_async (const char *directory, const char *but,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data);
gboolean tyto_broadcast_delete_files_finish (GAsyncResult *result, GError **error);
/* Of the disk of the recordings, bytes: @floor: that must stay free, by the settings; @room: free
 * above it. */
void tyto_broadcast_measure_disk_async (TytoBroadcasts *self, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_broadcast_measure_disk_finish (GAsyncResult *result, guint64 *room, guint64 *floor,
                                             GError **error);
/* The names in @directory. (element-type utf8) (transfer full) */
void tyto_broadcast_list_files_async (const char *directory, GAsyncReadyCallback callback,
                                      gpointer user_data);
GPtrArray *tyto_broadcast_list_files_finish (GAsyncResult *result, GError **error);

G_END_DECLS
