/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-supervisor-private.h: what the files of #TytoSupervisor share. */
#pragma once

#include "recorder/workers/tyto-supervisor.h"
#include "recorder/workers/tyto-worker-slot.h"

G_BEGIN_DECLS

struct _TytoSupervisor {
  GObject parent_instance;

  TytoSettings *settings;
  TytoWorkerLauncher *launcher;
  TytoEntryQueue *entries;
  GHashTable *places; /* (element-type utf8 Place): by camera id */
  GPtrArray *slots;   /* (element-type TytoWorkerSlot) */
  GQueue turns;       /* (element-type TytoCamera): updates to come */
  guint turn_source;
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

G_END_DECLS
