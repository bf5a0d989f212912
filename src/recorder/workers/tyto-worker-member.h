/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-worker-member.h: one camera of a worker's slot: what is wanted of the worker and where it
 * has got to; used by #TytoWorkerSlot alone. */
#pragma once

#include "recorder/cameras/tyto-camera.h"

G_BEGIN_DECLS

typedef enum {
  TYTO_MEMBER_ABSENT,
  TYTO_MEMBER_ADDING,
  TYTO_MEMBER_PRESENT,
  TYTO_MEMBER_REMOVING,
} TytoMemberLink;

/* What the slot has to do next for a member. */
typedef enum {
  TYTO_MEMBER_WAIT, /* a step is under way, or all is as it shall be */
  TYTO_MEMBER_ADD,
  TYTO_MEMBER_REMOVE,
  TYTO_MEMBER_FORGET, /* not wanted, and the worker has none of it */
} TytoMemberStep;

/**
 * TytoWorkerMember: one per camera of a slot.
 * @wanted: (nullable): settings to record with; NULL: not at all
 * @applied: (nullable): settings the worker was given
 * @refused: (nullable): settings it would not take; not tried again until they differ or time has
 * passed
 */
typedef struct {
  TytoCamera *camera;
  TytoMemberLink link;
  GVariant *wanted;
  GVariant *applied;
  GVariant *refused;
} TytoWorkerMember;

TytoWorkerMember *tyto_worker_member_new (TytoCamera *camera);
void tyto_worker_member_free (TytoWorkerMember *self);

/* @settings: (nullable): referenced; takes the place of what was wanted before. */
void tyto_worker_member_want (TytoWorkerMember *self, GVariant *settings);

TytoMemberStep tyto_worker_member_next (const TytoWorkerMember *self);

/* The worker is gone, and the camera from it. */
void tyto_worker_member_lost (TytoWorkerMember *self);

G_END_DECLS
