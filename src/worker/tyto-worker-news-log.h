/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-worker-news-log.h: what a worker has told, or shall tell, and its client has not yet taken
 * durably (org.tyto.Worker1: news).
 *
 * Each piece of news has a serial from 1 upwards and stays until it is acknowledged, so that a
 * client that comes later can be told again. Memory is bounded: when %TYTO_WORKER_NEWS_MAX pieces
 * wait, the oldest thumbnail's goes, and only when there is none the oldest of all (its segment's
 * file says it, too).
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_WORKER_NEWS_MAX 100000

typedef enum {
  TYTO_WORKER_NEWS_RUN_STARTED,
  TYTO_WORKER_NEWS_RUN_ENDED,
  TYTO_WORKER_NEWS_SEGMENT_OPENED,
  TYTO_WORKER_NEWS_SEGMENT_CLOSED,
  TYTO_WORKER_NEWS_GAP,
  TYTO_WORKER_NEWS_THUMBNAIL_TAKEN,
} TytoWorkerNewsKind;

#define TYTO_TYPE_WORKER_NEWS_LOG (tyto_worker_news_log_get_type ())
G_DECLARE_FINAL_TYPE (TytoWorkerNewsLog, tyto_worker_news_log, TYTO, WORKER_NEWS_LOG, GObject)

/* @max: how many may wait, at least 1. */
TytoWorkerNewsLog *tyto_worker_news_log_new (guint max);

/* Notes news of @camera; @dict (a{sv}). Gives the dictionary with its serial t in it. (transfer
 * full), not floating */
GVariant *tyto_worker_news_log_add (TytoWorkerNewsLog *self, TytoWorkerNewsKind kind,
                                    const char *camera, GVariant *dict);

/* Forgets all up to and with @serial. */
void tyto_worker_news_log_acknowledge (TytoWorkerNewsLog *self, guint64 serial);

typedef void (*TytoWorkerNewsFunc) (TytoWorkerNewsKind kind, const char *camera, GVariant *dict,
                                    gpointer user_data);

/* Calls @func for all that waits of serials above @after, the oldest first; it must not change the
 * log. */
void tyto_worker_news_log_foreach (TytoWorkerNewsLog *self, guint64 after, TytoWorkerNewsFunc func,
                                   gpointer user_data);

/* The serial the next piece will have, the highest acknowledged, and how many wait. */
guint64 tyto_worker_news_log_get_next_serial (TytoWorkerNewsLog *self);
guint64 tyto_worker_news_log_get_acknowledged (TytoWorkerNewsLog *self);
guint tyto_worker_news_log_get_length (TytoWorkerNewsLog *self);

G_END_DECLS
