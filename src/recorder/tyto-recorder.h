/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-recorder.h: the core API. REST, D-Bus and the rest are thin fronts over this one object:
 * each verb is an `_async/_finish` pair that takes and gives GVariants (a{sv}) in the words of the
 * API (data/openapi.yaml), so that a front only converts.
 *
 * All of it belongs to the main context in which it was made. Errors are TYTO_ERROR; every message
 * says what, why and (after a newline) what next.
 *
 * A camera (a{sv}): id s, name s, url s, sub_url s, user s, has_password b, transport s, enabled b,
 * audio b, segment_seconds t (effective), format s (effective), path_template s (effective), owner
 * s, plan s, retention_days x (-1: as its plan says), retention_mib t, state s, state_since s,
 * error s (why it is not recording; ""), started_at s (absent when off), run s, video_codec s,
 * audio_codec s, width t, height t, transport_used s, ingest_used s ("lean", "rtspsrc"),
 * current_path s (open segment or ""), last_segment_at s (absent), segments t, bytes t,
 * frames_received t, frames_recorded t, frames_lost t, packets_received t, packets_lost t, gaps t,
 * reconnects t, worker_restarts t, worker_pid t, loss_ratio d (packets), frames_missing t (numbered
 * by the camera, never received whole), frame_loss_ratio d, gap_seconds a{sv} (reason → d),
 * coverage d (recorded of what was wanted in the last day, absent when unknown),
 * camera_clock_offset d (s, absent when unknown). Counters run since tytod was started. state:
 * "off" (not to be recorded), "connecting", "recording", "retrying", "offline", "parked" (its
 * worker kept dying), "stopping".
 *
 * A segment: see tyto_segment_to_variant(); a gap: see tyto_gap_to_variant(). Times are RFC 3339
 * text in UTC.
 */
#pragma once

#include "recorder/alerts/tyto-alerts.h"
#include "recorder/archive/tyto-archive.h"
#include "recorder/broadcasts/tyto-broadcasts.h"
#include "recorder/cameras/tyto-camera.h"
#include "recorder/retention/tyto-retention.h"
#include "recorder/settings/tyto-settings.h"
#include "recorder/webhooks/tyto-webhooks.h"
#include "recorder/workers/tyto-worker-watch.h"
#include "store/tyto-catalogue.h"

G_BEGIN_DECLS

#define TYTO_TYPE_RECORDER (tyto_recorder_get_type ())
G_DECLARE_FINAL_TYPE (TytoRecorder, tyto_recorder, TYTO, RECORDER, GObject)

/**
 * Signals (all run first, detailed by nothing):
 * "camera-added" (GVariant *camera), "camera-changed" (GVariant *camera: its state or settings),
 * "camera-removed" (const char *id), "segment-opened" (const char *camera, GVariant *segment: run,
 * sequence, path, start, format), "segment-closed" (GVariant *segment: after its row is in the
 * catalogue), "segment-archived" (GVariant *segment: it is in the archive), "gap-opened" (GVariant
 * *gap), "gap-closed" (GVariant *gap), "thumbnail-taken" (const char *camera, GVariant *thumbnail:
 * path, taken_at, width, height, bytes), "alert" (GVariant *alert: see tyto-alerts.h). Properties:
 * "busy" (boolean, read-only, notifies): some camera is enabled, or a verb is under way: no idle
 * exit.
 */

/* @settings, @catalogue: referenced. @worker_path: the tyto-worker program. @run_dir: an absolute
 * directory for the private sockets, made 0700. */
TytoRecorder *tyto_recorder_new (TytoSettings *settings, TytoCatalogue *catalogue,
                                 const char *worker_path, const char *run_dir);

/* Opens the catalogue and starts the enabled cameras (staggered); done when supervision stands, not
 * when the cameras are connected. */
void tyto_recorder_start_async (TytoRecorder *self, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_recorder_start_finish (TytoRecorder *self, GAsyncResult *result, GError **error);

/* Finishes all segments, enters them, ends the workers, closes the catalogue: within 10 s. Cameras
 * stay enabled for the next start. With @keep_workers they record on instead, until the next start
 * takes them over. */
void tyto_recorder_shutdown_async (TytoRecorder *self, gboolean keep_workers,
                                   GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_recorder_shutdown_finish (TytoRecorder *self, GAsyncResult *result, GError **error);

/* Whether it is ready: started, catalogue answering, and no enabled camera still in its first
 * connect. @why: (out) (optional) (transfer full): the first reason why not. */
gboolean tyto_recorder_is_ready (TytoRecorder *self, char **why);

/* See tyto_alerts_list(). */
GVariant *tyto_recorder_list_alerts (TytoRecorder *self, TytoAlertsWhich which, const char *camera);

/* See tyto_worker_watch_list(). */
GArray *tyto_recorder_list_watch (TytoRecorder *self);

/* Whether the catalogue answers and, where something should have been recorded lately, something
 * was written within @limit_us. @why: (out) (transfer full): why not */
gboolean tyto_recorder_is_alive (TytoRecorder *self, gint64 limit_us, char **why);

/* The cameras themselves, sorted by id, for who asks for all of them often. (transfer container)
 * (element-type TytoCamera) */
GPtrArray *tyto_recorder_get_cameras (TytoRecorder *self);

/* Cameras, sorted by id. (element-type: aa{sv}), floating. Not blocking. */
GVariant *tyto_recorder_list_cameras (TytoRecorder *self);
/* One camera (a{sv}, floating); TYTO_ERROR_NOT_FOUND. */
GVariant *tyto_recorder_get_camera (TytoRecorder *self, const char *id, GError **error);

/* Creates a camera from @dict: id (made from a UUID when absent), url (must), and any member of
 * tyto_camera_config_apply(). Gives the camera. ALREADY_EXISTS, INVALID_ARGUMENT. */
void tyto_recorder_add_camera_async (TytoRecorder *self, GVariant *dict, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
/* Changes the members in @dict; a camera being recorded starts anew only when the change touches
 * recording, its open segment finished first. NOT_FOUND. */
void tyto_recorder_change_camera_async (TytoRecorder *self, const char *id, GVariant *dict,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data);
/* Starts or stops recording (kept over restarts). Starting what is started is no error; a camera
 * that is not configured is asked for at the VMS service, where one is set. Stop answers when the
 * last segment is in the catalogue. QUOTA: no more may be recorded at a time (also of the two
 * above, when they enable one). */
void
tyto_recorder_start_camera_async (TytoRecorder *self, const char *id, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
void tyto_recorder_stop_camera_async (TytoRecorder *self, const char *id, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
/* Stops and forgets a camera. Its segments stay. Gives the camera as it was. */
void
tyto_recorder_remove_camera_async (TytoRecorder *self, const char *id, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
/* Takes a thumbnail now. Gives path, taken_at, width, height, bytes. WRONG_STATE when it is not
 * recording. */
void tyto_recorder_snapshot_async (TytoRecorder *self, const char *id, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
/* The finish function of the six above: a{sv}, (transfer full), not floating. */
GVariant *tyto_recorder_camera_finish (TytoRecorder *self, GAsyncResult *result, GError **error);

/* The gst-launch-1.0 line (@dot FALSE) or the Graphviz text (@dot TRUE) of a camera's running
 * pipeline. (transfer full) */
void tyto_recorder_pipeline_async (TytoRecorder *self, const char *id, gboolean dot,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data);
char *tyto_recorder_pipeline_finish (TytoRecorder *self, GAsyncResult *result, GError **error);

/* Segments and gaps: a{sv} with items (aa{sv}) and next_cursor s (absent on the last page). Camera,
 * when given, need not exist any more. (transfer full) */
void tyto_recorder_list_segments_async (TytoRecorder *self, const TytoCatalogueQuery *query,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data);
void tyto_recorder_list_gaps_async (TytoRecorder *self, const TytoCatalogueQuery *query,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data);
/* What became of each second of @camera, which need not exist any more, from @from_us (-1: a day
 * before @to_us) to @to_us (-1: now; as far as it is known), at most 31 days: see
 * tyto_ledger_report_make(). INVALID_ARGUMENT. */
void tyto_recorder_ledger_async (TytoRecorder *self, const char *camera, gint64 from_us,
                                 gint64 to_us, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
/* One segment (a{sv}; its path is a file under the output directory). NOT_FOUND. */
void tyto_recorder_get_segment_async (TytoRecorder *self, const char *id, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
/* The newest thumbnail: path s, taken_at s. NOT_FOUND. */
void
tyto_recorder_latest_thumbnail_async (TytoRecorder *self, const char *id, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
/* The finish function of the five above: (transfer full), not floating. */
GVariant *tyto_recorder_query_finish (TytoRecorder *self, GAsyncResult *result, GError **error);

/* What the catalogue holds for each camera, by id. (transfer full) (element-type
 * TytoCatalogueTotals) */
void tyto_recorder_totals_async (TytoRecorder *self, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *tyto_recorder_totals_finish (TytoRecorder *self, GAsyncResult *result, GError **error);

/**
 * Compares the recordings with the catalogue: a check changes nothing; @rebuild has what is missing
 * in the catalogue entered from the files, and rows without file become gaps. It is begun, and told
 * by what tyto_recorder_get_check() then gives: tyto_recovery_report_to_variant(), floating, of the
 * last one, that of the start included. UNAVAILABLE, STORAGE, WRONG_STATE (one runs); NOT_FOUND
 * (there was none). Not blocking.
 */
GVariant *tyto_recorder_begin_check (TytoRecorder *self, gboolean rebuild, GError **error);
/* The same with what is in the archive's bucket: segments that the catalogue lacks are entered from
 * there, others get their object. WRONG_STATE: there is no object store. */
GVariant *tyto_recorder_begin_bucket_rebuild (TytoRecorder *self, GError **error);
GVariant *tyto_recorder_get_check (TytoRecorder *self, GError **error);

/* The archive: see tyto_archive_describe(). Not blocking. */
GVariant *tyto_recorder_describe_archive (TytoRecorder *self);
/* What is being uploaded, failed and waits: see tyto_archive_list_async(). */
void tyto_recorder_list_uploads_async (TytoRecorder *self, guint limit, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);
/* All uploads that wait for a later try are due now; gives the archive. WRONG_STATE: there is none.
 */
void tyto_recorder_retry_uploads_async (TytoRecorder *self, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);
/* The finish function of both: tyto_recorder_query_finish(). */

/* A URL of the object store under which anybody can @method (GET, HEAD) the object of @segment for
 * 15 minutes, which is told to be of @content_type and called @name. WRONG_STATE: there is no
 * object store, or the segment is not there. (transfer full) */
char *tyto_recorder_make_object_url (TytoRecorder *self, const char *method, GVariant *segment,
                                     const char *content_type, const char *name, GError **error);

/* (transfer none) */
TytoArchive *tyto_recorder_get_archive (TytoRecorder *self);

/* Retention: see tyto_retention_describe_async(). */
void tyto_recorder_describe_retention_async (TytoRecorder *self, GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
/* Deletes what is no longer kept. @dict: dry_run b (FALSE), verbose b, camera s (all). Gives a run:
 * see tyto-retention-run.h; a dry one when it is over, else one that has begun. WRONG_STATE: one
 * runs. */
void
tyto_recorder_run_retention_async (TytoRecorder *self, GVariant *dict, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
/* Row, object and file of one segment go; gives an empty a{sv}. NOT_FOUND; WRONG_STATE: a clip
 * keeps it. */
void
tyto_recorder_delete_segment_async (TytoRecorder *self, const char *id, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
/* Clips: time ranges that are kept. @dict: camera s, start s, end s (RFC 3339), name s (""), or
 * instead of a camera broadcast s: then without start and end it is the whole; gives the clip: see
 * tyto_clip_to_variant(). The list has items (aa{sv}); @camera, @broadcast: NULL for all. Removing
 * gives an empty a{sv}; NOT_FOUND. */
void tyto_recorder_add_clip_async (TytoRecorder *self, GVariant *dict, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
void tyto_recorder_list_clips_async (TytoRecorder *self, const char *camera, const char *broadcast,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
void tyto_recorder_remove_clip_async (TytoRecorder *self, const char *id, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
/* The finish function of the six above: tyto_recorder_query_finish(). */

/* (transfer none) */
TytoRetention *tyto_recorder_get_retention (TytoRecorder *self);

/* The service: version s, started_at s, cameras t, recording t, segments t, bytes t, output_dir s,
 * disk_free t, disk_total t, disk_floor t (bytes that stay free), disk_reclaimed t (bytes since the
 * start), disk_state s (ok, warning, critical, full), ready b, reason s, broadcasts a{sv} (see
 * tyto_broadcasts_describe()); with a shared catalogue:
 * mirror_waiting t (rows it was not told), mirror_oldest_seconds d (of them), mirror_failure s (""
 * while it takes them). Floating. */
GVariant *tyto_recorder_status (TytoRecorder *self);

/* The user's other services: see tyto_services_describe() and tyto_broadcasts_describe_services().
 * Not blocking. */
GVariant *tyto_recorder_describe_services (TytoRecorder *self);
/* The reservation of @camera at the stream counter, NULL for none. (transfer none) */
const char *tyto_recorder_get_reservation (TytoRecorder *self, const char *camera);

TytoSettings *tyto_recorder_get_settings (TytoRecorder *self); /* (transfer none) */

/* The broadcasts and the verbs over them; its signals are those of events, webhooks and D-Bus.
 * (transfer none) */
TytoBroadcasts *tyto_recorder_get_broadcasts (TytoRecorder *self);

/* The webhooks and the verbs over them; they are told of alerts, segments, gaps and states of
 * cameras. (transfer none) */
TytoWebhooks *tyto_recorder_get_webhooks (TytoRecorder *self);

G_END_DECLS
