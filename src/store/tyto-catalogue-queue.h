/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-catalogue-queue.h: the catalogue's thread and what waits for it. Inside src/store only.
 *
 * Tasks (with a #TytoCatalogueJob as task data) are done in order. Group commit: writing jobs that
 * wait behind one another share a transaction, so that a burst costs one fdatasync(2); a lone one
 * waits for nobody. A job that fails is undone alone, by its savepoint; when the transaction itself
 * is lost, each job of the group is tried again by itself, so that one row's failure is never
 * another's. No task completes before its row is committed.
 *
 * Where the catalogue can (perform_aside), jobs that change no rows are handed to reader threads
 * once all before them are done: they wait for none behind them.
 */
#pragma once

#include "store/tyto-catalogue.h"

G_BEGIN_DECLS

typedef struct _TytoCatalogueQueue TytoCatalogueQueue;

/* Starts the thread. */
TytoCatalogueQueue *tyto_catalogue_queue_new (void);

/* Takes the reference on @task, whose source is the catalogue. */
void tyto_catalogue_queue_push (TytoCatalogueQueue *self, GTask *task);

/* Does what waits, closes @catalogue's database, ends the thread and frees @self. On the
 * catalogue's thread (where its last reference may be dropped) nothing can wait. */
void tyto_catalogue_queue_free (TytoCatalogueQueue *self, TytoCatalogue *catalogue);

G_END_DECLS
