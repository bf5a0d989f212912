/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-worker-news.h: takes what a worker tells to the cameras it tells of, and acknowledges it
 * once all that came of it is in the catalogue.
 *
 * What is told of a camera that its owner does not have (it was removed or disabled while tytod was
 * down) is entered in the catalogue all the same. A file outside the directories that the worker
 * was given is refused. News that come again after a restart are taken again: the catalogue knows
 * its rows by their ids.
 */
#pragma once

#include "recorder/cameras/tyto-camera.h"
#include "recorder/tyto-entry-queue.h"
#include "tyto-worker-link.h"

G_BEGIN_DECLS

/* Finds a camera of the worker by its id; NULL when it has none by that name. */
typedef TytoCamera *(*TytoWorkerNewsLookup) (gpointer owner, const char *camera);

#define TYTO_TYPE_WORKER_NEWS (tyto_worker_news_get_type ())
G_DECLARE_FINAL_TYPE (TytoWorkerNews, tyto_worker_news, TYTO, WORKER_NEWS, GObject)

/* Listens to @link, and holds back what comes until tyto_worker_news_release(). @entries:
 * referenced. @owner must live until tyto_worker_news_stop(). */
TytoWorkerNews *tyto_worker_news_new (TytoLinkWorker1 *link, TytoEntryQueue *entries,
                                      TytoWorkerNewsLookup lookup, gpointer owner);

/* The worker may write where these settings of a camera (AddCamera's) let it. */
void tyto_worker_news_allow (TytoWorkerNews *self, GVariant *settings);

/* Delivers what was held back, and from now on all as it comes. */
void tyto_worker_news_release (TytoWorkerNews *self);

/* Listens no more. */
void tyto_worker_news_stop (TytoWorkerNews *self);

G_END_DECLS
