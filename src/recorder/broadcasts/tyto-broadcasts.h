/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-broadcasts.h: live HLS streams, each recorded into one MP4.
 *
 * A broadcast is announced by webhook, by the stream service when it is asked, by segments that
 * appear in the bucket, or by a person. While it runs its segments are collected into
 * OUTPUT-DIR/.broadcasts/ID/; when it has ended they are joined there into KEY.mp4, which is
 * uploaded and compared where there is an object store, imported into the VOD service where there
 * is one; then the segments go. Each step is in the catalogue before it begins, and goes on after a
 * crash where it was.
 *
 * All of it belongs to the main context in which it was made. Alerts: "broadcast-stalled" (nothing
 * can be fetched), "broadcast-missing" (segments were given up), "broadcast-failed",
 * "broadcast-disk" (it waits for room), "broadcast-upload", "broadcast-collector",
 * "stream-service", "vod-service". Errors are TYTO_ERROR.
 */
#pragma once

#include "recorder/alerts/tyto-alerts.h"
#include "recorder/settings/tyto-settings.h"
#include "recorder/workers/tyto-worker-launcher.h"
#include "store/tyto-catalogue-broadcasts.h"

G_BEGIN_DECLS

#define TYTO_TYPE_BROADCASTS (tyto_broadcasts_get_type ())
G_DECLARE_FINAL_TYPE (TytoBroadcasts, tyto_broadcasts, TYTO, BROADCASTS, GObject)

/**
 * Signals: "added" (GVariant *broadcast), "changed" (GVariant *broadcast: its status or counts),
 * "completed" and "failed" (GVariant *broadcast; after "changed"), "removed" (const char *id).
 * A broadcast there is that of tyto_broadcast_to_variant(), with these more while it is in hand:
 * step s (collecting, finishing, waiting, joining, uploading, importing), progress d (0 to 1, of
 * joining and uploading), failing s (why it does not go on now; absent: it does), segments_waiting
 * t. Property "busy" (boolean, read-only, notifies): one is in hand, or they
 * are looked for: in the live bucket, when there is one, or by asking the stream service.
 */

TytoBroadcasts *tyto_broadcasts_new (TytoSettings *settings, TytoCatalogue *catalogue,
                                     TytoAlerts *alerts, TytoWorkerLauncher *launcher);

/* The catalogue is open: goes on with those that are not over. */
void tyto_broadcasts_start (TytoBroadcasts *self);
/* Others were entered into the catalogue: goes on with those, too. */
void tyto_broadcasts_look_again (TytoBroadcasts *self);
/* Ends its processes within 3 s; what was under way goes on after the next start. */
void
tyto_broadcasts_stop_async (TytoBroadcasts *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_broadcasts_stop_finish (TytoBroadcasts *self, GAsyncResult *result, GError **error);

/**
 * TytoStreamEvent: what a stream service announces.
 * @started: stream.started; else stream.ended
 * @stream_id: a UUID; @stream_key: [A-Za-z0-9_-]{1,64}; @user_id: a UUID or ""
 * @at_us: its timestamp
 * @playlist_url: "": the bucket
 */
typedef struct {
  gboolean started;
  const char *stream_id;
  const char *stream_key;
  const char *user_id;
  gint64 at_us;
  const char *playlist_url;
} TytoStreamEvent;

/* Takes an event, of @by ("webhook", "service"); done when what follows from it is in the
 * catalogue. Told twice, late or out of order it does no harm: a start at or before the end of the
 * stream's newest broadcast begins none; an end without a start begins one that has ended. */
void tyto_broadcasts_take_event_async (TytoBroadcasts *self, const TytoStreamEvent *event,
                                       const char *by, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);
gboolean
tyto_broadcasts_take_event_finish (TytoBroadcasts *self, GAsyncResult *result, GError **error);

/* By hand. @dict: stream_key s (must), playlist_url s, user_id s, stream_id s. ALREADY_EXISTS: one
 * of this key is being recorded. */
void tyto_broadcasts_begin_async (TytoBroadcasts *self, GVariant *dict, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
/* NOT_FOUND; WRONG_STATE: it is not recording. */
void tyto_broadcasts_end_async (TytoBroadcasts *self, const char *id, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
/* A failed one is processed again, one that waits now, a refused import is tried again.
 * WRONG_STATE: nothing of it failed or waits. */
void tyto_broadcasts_retry_async (TytoBroadcasts *self, const char *id, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
/* @video_id: a UUID, "" for none. INVALID_ARGUMENT. */
void tyto_broadcasts_set_video_async (TytoBroadcasts *self, const char *id, const char *video_id,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data);
/* Object, files and rows go. WRONG_STATE: a clip keeps it, or it is recording or being processed
 * (a failed one may go). */
void tyto_broadcasts_remove_async (TytoBroadcasts *self, const char *id, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
/* One (a{sv}); @recording: in the words of `GET /recordings`. NOT_FOUND. */
void tyto_broadcasts_get_async (TytoBroadcasts *self, const char *id, gboolean recording,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data);
/* a{sv}: items aa{sv}, next_cursor s (absent on the last page). @recordings: the items in the words
 * of `GET /recordings`. */
void tyto_broadcasts_list_async (TytoBroadcasts *self, const TytoBroadcastQuery *query,
                                 gboolean recordings, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
/* What is missing in its MP4: a{sv}: items aa{sv} (see tyto_broadcast_gap_to_variant()). NOT_FOUND.
 */
void
tyto_broadcasts_list_gaps_async (TytoBroadcasts *self, const char *id, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
/* Where its MP4 can be read: a{sv}: name s (of the file, for who saves it), and path s (a local
 * file), or url s (presigned for @method, GET or HEAD; of the bucket; valid for 15 minutes; a
 * secret). NOT_FOUND; WRONG_STATE: it is not completed. */
void tyto_broadcasts_locate_async (TytoBroadcasts *self, const char *id, const char *method,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data);
/* The finish function of the nine above: (transfer full), not floating; empty after a removal. */
GVariant *tyto_broadcasts_call_finish (TytoBroadcasts *self, GAsyncResult *result, GError **error);

/* For metrics and status: recording t, processing t, completed t, failed t, bytes t, segments t
 * (fetched since the start), missing t (given up since the start), uploading t, joining t,
 * collector s (off, starting, running, failing), collector_pid t, collector_restarts t. Floating.
 */
GVariant *tyto_broadcasts_describe (TytoBroadcasts *self);
/* stream and vod (each a{sv}): see tyto_service_client_describe(). Floating. */
GVariant *tyto_broadcasts_describe_services (TytoBroadcasts *self);

G_END_DECLS
