/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-catalogue-job.h: one call of the catalogue on its way to the catalogue's thread and back:
 * the task data of the call's GTask. Inside src/store only. */
#pragma once

#include "store/tyto-catalogue-broadcasts.h"
#include "store/tyto-catalogue.h"
#include "store/tyto-changes.h"
#include "store/tyto-clip.h"
#include "store/tyto-sql.h"

G_BEGIN_DECLS

/* Does the call with @db and keeps what it gives. On the catalogue's thread. */
typedef gboolean (*TytoCataloguePerform) (TytoCatalogueJob *self, TytoSql *db, GError **error);

/**
 * TytoCatalogueJob:
 * @perform: what to do; NULL to open the database
 * @opens: it is the call that opens the database
 * @writes: it changes rows: may share a transaction with its neighbours
 * @camera … @query: the arguments it needs; the others are zero
 * @error: (nullable): how it failed
 * @number, @rows, @record, @text: what it gave; see the finish functions
 */
struct _TytoCatalogueJob {
  TytoCataloguePerform perform;
  gboolean opens;
  gboolean writes;
  gboolean over; /* told; the catalogue's thread drops it */

  char *camera;
  char *stream;
  char *id;     /* of a segment or delivery; path of a thumbnail; name of a camera */
  char *reason; /* of a gap; a tier */
  char *detail; /* of a gap; a delivery's error; an upload's id, error or digest; a path */
  char *key;    /* of an object */
  TytoRun *run;
  TytoSegment *segment;
  TytoGap *gap;
  TytoDelivery *delivery;
  TytoClip *clip;
  TytoBroadcast *broadcast;
  GPtrArray *gaps;      /* (element-type TytoBroadcastGap) */
  TytoChanges *changes; /* to take, or read */
  gint64 gap_id;
  gint64 packets_lost; /* -1: as it was */
  gint64 frames_lost;
  gint64 time_us;
  guint64 bytes;
  guint count;
  gboolean flag;
  TytoCatalogueQuery query;           /* its strings are ours */
  TytoBroadcastQuery broadcast_query; /* its strings too */
  GStrv only;                         /* users */
  GStrv but;

  GError *error;
  gint64 number;
  GPtrArray *rows;
  TytoSegment *record;
  char *text;
};

TytoCatalogueJob *tyto_catalogue_job_new (TytoCataloguePerform perform, gboolean writes);
void tyto_catalogue_job_free (TytoCatalogueJob *self);

/* Copies @query and what it points to. */
void tyto_catalogue_job_set_query (TytoCatalogueJob *self, const TytoCatalogueQuery *query);
void
tyto_catalogue_job_set_broadcast_query (TytoCatalogueJob *self, const TytoBroadcastQuery *query);

/* Forgets what an attempt gave, before the next one. */
void tyto_catalogue_job_clear_result (TytoCatalogueJob *self);

G_END_DECLS
