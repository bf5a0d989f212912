/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts anew: what died, and what is not well and is ended. */
#include "recorder/workers/tyto-worker-slot-private.h"

#include "base/tyto-log.h"
#include "recorder/cameras/tyto-camera-events.h"

static gboolean
on_start_time (gpointer data)
{
  TytoWorkerSlot *self = data;

  self->start_source = 0;
  self->parked = FALSE;
  tyto_worker_slot_ensure_process (self);
  return G_SOURCE_REMOVE;
}

void
tyto_worker_slot_start_after (TytoWorkerSlot *self, guint delay_ms)
{
  g_clear_handle_id (&self->start_source, g_source_remove);
  self->start_source = g_timeout_add (delay_ms, on_start_time, self);
}

void
tyto_worker_slot_retry (TytoWorkerSlot *self)
{
  if (self->start_source == 0)
    return;
  tyto_restart_policy_reset (&self->policy);
  g_clear_handle_id (&self->start_source, g_source_remove);
  on_start_time (self);
}

guint
tyto_worker_slot_get_n_deaths (TytoWorkerSlot *self)
{
  return self->parked ? TYTO_RESTART_MAX_DEATHS + 1 : self->policy.n_deaths;
}

void
tyto_worker_slot_suspect (TytoWorkerSlot *self)
{
  gint64 now_us = g_get_monotonic_time ();

  tyto_restart_policy_reset (&self->policy);
  self->suspect_us = now_us;
  self->parked = FALSE;
  if (self->start_source != 0)
    tyto_worker_slot_start_after (
        self, tyto_restart_policy_died (&self->policy, now_us, now_us, &self->parked));
  else
    tyto_restart_policy_died (&self->policy, now_us, now_us, &self->parked);
}

gboolean
tyto_worker_slot_is_suspect (TytoWorkerSlot *self)
{
  return self->parked
         || (self->suspect_us > 0
             && g_get_monotonic_time () - self->suspect_us < TYTO_RESTART_WINDOW_US);
}

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
