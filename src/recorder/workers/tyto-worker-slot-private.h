/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-worker-slot-private.h: what the files of #TytoWorkerSlot share. */
#pragma once

#include "recorder/workers/tyto-restart-policy.h"
#include "recorder/workers/tyto-worker-member.h"
#include "recorder/workers/tyto-worker-news.h"
#include "recorder/workers/tyto-worker-slot.h"

G_BEGIN_DECLS

struct _TytoWorkerSlot {
  GObject parent_instance;

  TytoWorkerLauncher *launcher;
  TytoEntryQueue *entries;
  guint number;
  GHashTable *members;        /* (element-type utf8 TytoWorkerMember): by camera id */
  TytoWorkerProcess *process; /* nullable */
  TytoWorkerNews *news;       /* nullable: while connected */
  GVariant *attachment;       /* nullable: of a worker adopted, until it is settled who is in it */
  gboolean adopting;          /* tries to reach a worker that an earlier tytod started */
  TytoRestartPolicy policy;
  guint start_source;     /* waits to start the process again */
  gboolean parked;        /* it waits long */
  gint64 suspect_us;      /* when it was split, monotonic; 0: it was not */
  guint connect_delay_ms; /* of the camera that is added next */
  guint refused_source;   /* waits to try refused settings again */
  char *restart_why;      /* nullable: the process is ending for this, and is started anew */
  gboolean shutting_down;
};

/* tyto-worker-slot.c: takes the next step for @member, if one can be taken now. */
void tyto_worker_slot_reconcile (TytoWorkerSlot *self, TytoWorkerMember *member);
/* Starts the process, if there is none and nothing speaks against it. */
void tyto_worker_slot_ensure_process (TytoWorkerSlot *self);
/* tyto-worker-slot-restart.c: starts the process in @delay_ms. */
void tyto_worker_slot_start_after (TytoWorkerSlot *self, guint delay_ms);
/* The link while steps can be taken over it, else NULL. (transfer none) */
TytoLinkWorker1 *tyto_worker_slot_get_live_link (TytoWorkerSlot *self);

/* tyto-worker-slot-steps.c: the steps of one member. */
void tyto_worker_slot_begin_add (TytoWorkerSlot *self, TytoWorkerMember *member);
void tyto_worker_slot_begin_remove (TytoWorkerSlot *self, TytoWorkerMember *member);

/* tyto-worker-slot-adopt.c: the worker adopted may write where an earlier tytod told it to; the
 * camera of a new member may be in it. */
void tyto_worker_slot_allow_known (TytoWorkerSlot *self);
void tyto_worker_slot_claim (TytoWorkerSlot *self, TytoWorkerMember *member);

G_END_DECLS
