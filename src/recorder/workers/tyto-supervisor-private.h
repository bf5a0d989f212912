/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-supervisor-private.h: what the files of #TytoSupervisor share. */
#pragma once

#include "recorder/alerts/tyto-event-window.h"
#include "recorder/workers/tyto-supervisor.h"
#include "recorder/workers/tyto-worker-slot.h"

G_BEGIN_DECLS

/* One camera's place. */
typedef struct {
  TytoCamera *camera;
  TytoWorkerSlot *slot; /* nullable */
  gboolean released;
  gint64 stop_us;      /* when it was to stop, wall clock; -1: it is not */
  GPtrArray *settling; /* (element-type GTask) */
} TytoPlace;

struct _TytoSupervisor {
  GObject parent_instance;

  TytoSettings *settings;
  TytoWorkerLauncher *launcher;
  TytoEntryQueue *entries;
  GHashTable *places; /* (element-type utf8 TytoPlace): by camera id */
  GPtrArray *slots;   /* (element-type TytoWorkerSlot) */
  GQueue turns;       /* (element-type TytoCamera): updates to come */
  guint turn_source;
  gint64 turn_us;         /* when the next turn is due, monotonic */
  TytoEventWindow splits; /* of workers that kept dying */
  guint refused_source;
  guint kill_source;
  GTask *adoption; /* nullable: under way */
  GTask *shutdown; /* nullable */
  gboolean ending; /* from the shutdown on */
};

/* tyto-supervisor.c: the slot called @number, made anew, and followed. (transfer none) */
TytoWorkerSlot *tyto_supervisor_make_slot (TytoSupervisor *self, guint number);

/* tyto-supervisor-adopt.c: the slot whose worker, adopted, has @camera, or NULL (transfer none); a
 * slot was adopted, or could not be. */
TytoWorkerSlot *tyto_supervisor_find_adopted (TytoSupervisor *self, const char *camera);
void tyto_supervisor_check_adoption (TytoSupervisor *self);

/* tyto-supervisor-layout.c: the slot that @camera is to be recorded in, made if need be (transfer
 * none); @slot has died, and is to be split when that was not the first time. */
TytoWorkerSlot *tyto_supervisor_choose_slot (TytoSupervisor *self, TytoCamera *camera);
void tyto_supervisor_split (TytoSupervisor *self, TytoWorkerSlot *slot);

G_END_DECLS
