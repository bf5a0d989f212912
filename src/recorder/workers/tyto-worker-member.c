/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/workers/tyto-worker-member.h"

TytoWorkerMember *
tyto_worker_member_new (TytoCamera *camera)
{
  TytoWorkerMember *self = g_new0 (TytoWorkerMember, 1);

  self->camera = g_object_ref (camera);
  return self;
}

void
tyto_worker_member_free (TytoWorkerMember *self)
{
  g_object_unref (self->camera);
  g_clear_pointer (&self->wanted, g_variant_unref);
  g_clear_pointer (&self->applied, g_variant_unref);
  g_clear_pointer (&self->refused, g_variant_unref);
  g_free (self);
}

void
tyto_worker_member_want (TytoWorkerMember *self, GVariant *settings)
{
  g_clear_pointer (&self->wanted, g_variant_unref);
  if (settings != NULL)
    self->wanted = g_variant_ref (settings);
}

static gboolean
same (GVariant *a, GVariant *b)
{
  return a != NULL && b != NULL && g_variant_equal (a, b);
}

TytoMemberStep
tyto_worker_member_next (const TytoWorkerMember *self)
{
  switch (self->link) {
  case TYTO_MEMBER_ABSENT:
    if (self->wanted == NULL)
      return TYTO_MEMBER_FORGET;
    return same (self->wanted, self->refused) ? TYTO_MEMBER_WAIT : TYTO_MEMBER_ADD;
  case TYTO_MEMBER_PRESENT:
    return same (self->wanted, self->applied) ? TYTO_MEMBER_WAIT : TYTO_MEMBER_REMOVE;
  default:
    return TYTO_MEMBER_WAIT;
  }
}

void
tyto_worker_member_lost (TytoWorkerMember *self)
{
  self->link = TYTO_MEMBER_ABSENT;
  g_clear_pointer (&self->applied, g_variant_unref);
}
