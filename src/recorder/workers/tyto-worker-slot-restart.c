/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ends what is not well, and starts it anew. */
#include "recorder/workers/tyto-worker-slot-private.h"

#include "base/tyto-log.h"
#include "recorder/cameras/tyto-camera-events.h"

void
tyto_worker_slot_restart (TytoWorkerSlot *self, const char *why)
{
  GHashTableIter iter;
  gpointer member;

  if (tyto_worker_slot_get_live_link (self) == NULL || self->shutting_down)
    return;
  g_warning ("Worker %u is ended, to be started anew: %s", self->number, why);
  self->restart_why = g_strdup (why);
  g_hash_table_iter_init (&iter, self->members);
  while (g_hash_table_iter_next (&iter, NULL, &member))
    tyto_camera_restarting (((TytoWorkerMember *) member)->camera, "worker-died", why);
  tyto_worker_process_stop (self->process);
}

void
tyto_worker_slot_restart_camera (TytoWorkerSlot *self, TytoCamera *camera, const char *why)
{
  TytoWorkerMember *member = g_hash_table_lookup (self->members, tyto_camera_get_id (camera));

  if (member == NULL || member->link != TYTO_MEMBER_PRESENT
      || tyto_worker_slot_get_live_link (self) == NULL || self->shutting_down)
    return;
  tyto_log_camera (tyto_camera_get_id (camera), G_LOG_LEVEL_WARNING,
                   "Its recording is ended, to be started anew: %s", why);
  tyto_camera_restarting (camera, "internal", why);
  g_clear_pointer (&member->applied, g_variant_unref); /* unlike what is wanted: removed, added */
  tyto_worker_slot_reconcile (self, member);
}
