/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-stream-service.h: asks the service that knows which broadcasts are live
 * (data/services/stream.openapi.yaml), switched on by the setting stream-service-url. */
#pragma once

#include "recorder/services/tyto-service-client.h"

G_BEGIN_DECLS

/**
 * TytoLiveStream: a broadcast as the service knows it.
 * @id: a UUID; @stream_key: [A-Za-z0-9_-]{1,64}; @user_id: a UUID or ""
 * @live: it is on the air
 * @started_us, @ended_us: µs since the Unix epoch; -1: not said
 * @playlist_url: http:// or https://; "": the bucket
 */
typedef struct {
  char *id;
  char *stream_key;
  char *user_id;
  gboolean live;
  gint64 started_us;
  gint64 ended_us;
  char *playlist_url;
} TytoLiveStream;

void tyto_live_stream_free (TytoLiveStream *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoLiveStream, tyto_live_stream_free)

/* What @dict (a{sv}) of an answer says. NULL: UNAVAILABLE, saying what is wrong. (transfer full) */
TytoLiveStream *tyto_live_stream_read (GVariant *dict, GError **error);

#define TYTO_TYPE_STREAM_SERVICE (tyto_stream_service_get_type ())
G_DECLARE_FINAL_TYPE (TytoStreamService, tyto_stream_service, TYTO, STREAM_SERVICE, GObject)

TytoStreamService *tyto_stream_service_new (TytoSettings *settings);

/* Whether it is on, works, and its "state-changed". (transfer none) */
TytoServiceClient *tyto_stream_service_get_client (TytoStreamService *self);

/* Those that are live (element-type TytoLiveStream) (transfer full). One that is described wrong is
 * left out (said in the log). UNAVAILABLE, TIMED_OUT, FORBIDDEN: it cannot be asked, or what it
 * says makes no sense. */
void tyto_stream_service_list_live_async (TytoStreamService *self, GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *tyto_stream_service_list_live_finish (TytoStreamService *self, GAsyncResult *result,
                                                 GError **error);

/* Stream @id, live or not. NOT_FOUND: it knows none; else as above. (transfer full) */
void tyto_stream_service_get_stream_async (TytoStreamService *self, const char *id,
                                           GCancellable *cancellable, GAsyncReadyCallback callback,
                                           gpointer user_data);
TytoLiveStream *tyto_stream_service_get_stream_finish (TytoStreamService *self,
                                                       GAsyncResult *result, GError **error);

G_END_DECLS
