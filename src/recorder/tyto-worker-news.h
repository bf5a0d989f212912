/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-worker-news.h: takes what a worker tells to the cameras it tells of. */
#pragma once

#include "recorder/tyto-camera.h"
#include "tyto-worker-link.h"

G_BEGIN_DECLS

/* Finds a camera of the worker by its id; NULL when it has none by that name. */
typedef TytoCamera *(*TytoWorkerNewsLookup) (gpointer owner, const char *camera);

/* TytoWorkerNews: a subscription; @owner outlives it. */
typedef struct _TytoWorkerNews TytoWorkerNews;

TytoWorkerNews *
tyto_worker_news_new (TytoLinkWorker1 *link, TytoWorkerNewsLookup lookup, gpointer owner);
void tyto_worker_news_free (TytoWorkerNews *self);

G_END_DECLS
