/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/tyto-worker-news.h"

#include "recorder/tyto-camera-events.h"

struct _TytoWorkerNews {
  TytoLinkWorker1 *link;
  TytoWorkerNewsLookup lookup;
  gpointer owner;
};

typedef void (*Handler) (TytoCamera *camera, GVariant *dict);

static void
deliver (TytoWorkerNews *self, const char *id, GVariant *dict, Handler handler)
{
  TytoCamera *camera = self->lookup (self->owner, id);

  if (camera != NULL)
    handler (camera, dict);
  else
    g_warning ("A worker told of a camera \"%s\" that it was not given", id);
}

static void
on_state (TytoLinkWorker1 *link, const char *id, const char *state, GVariant *details,
          TytoWorkerNews *self)
{
  TytoCamera *camera = self->lookup (self->owner, id);

  if (camera != NULL)
    tyto_camera_worker_state (camera, state, details);
}

static void
on_run_started (TytoLinkWorker1 *link, const char *id, GVariant *dict, TytoWorkerNews *self)
{
  deliver (self, id, dict, tyto_camera_run_started);
}

static void
on_run_ended (TytoLinkWorker1 *link, const char *id, GVariant *dict, TytoWorkerNews *self)
{
  deliver (self, id, dict, tyto_camera_run_ended);
}

static void
on_segment_opened (TytoLinkWorker1 *link, const char *id, GVariant *dict, TytoWorkerNews *self)
{
  deliver (self, id, dict, tyto_camera_segment_opened);
}

static void
on_segment_closed (TytoLinkWorker1 *link, const char *id, GVariant *dict, TytoWorkerNews *self)
{
  deliver (self, id, dict, tyto_camera_segment_closed);
}

static void
on_thumbnail_taken (TytoLinkWorker1 *link, const char *id, GVariant *dict, TytoWorkerNews *self)
{
  deliver (self, id, dict, tyto_camera_thumbnail_taken);
}

static void
on_statistics (TytoLinkWorker1 *link, GVariant *cameras, TytoWorkerNews *self)
{
  GVariantIter iter;
  const char *id;
  GVariant *dict;

  g_variant_iter_init (&iter, cameras);
  while (g_variant_iter_loop (&iter, "{&s@a{sv}}", &id, &dict)) {
    TytoCamera *camera = self->lookup (self->owner, id);

    if (camera != NULL)
      tyto_camera_statistics (camera, dict);
  }
}

TytoWorkerNews *
tyto_worker_news_new (TytoLinkWorker1 *link, TytoWorkerNewsLookup lookup, gpointer owner)
{
  TytoWorkerNews *self = g_new0 (TytoWorkerNews, 1);
  const struct {
    const char *signal;
    GCallback handler;
  } table[] = {
    { "camera-state", G_CALLBACK (on_state) },
    { "run-started", G_CALLBACK (on_run_started) },
    { "run-ended", G_CALLBACK (on_run_ended) },
    { "segment-opened", G_CALLBACK (on_segment_opened) },
    { "segment-closed", G_CALLBACK (on_segment_closed) },
    { "thumbnail-taken", G_CALLBACK (on_thumbnail_taken) },
    { "statistics", G_CALLBACK (on_statistics) },
  };

  self->link = g_object_ref (link);
  self->lookup = lookup;
  self->owner = owner;
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    g_signal_connect (link, table[i].signal, table[i].handler, self);
  return self;
}

void
tyto_worker_news_free (TytoWorkerNews *self)
{
  g_signal_handlers_disconnect_by_data (self->link, self);
  g_object_unref (self->link);
  g_free (self);
}
