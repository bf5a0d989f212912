/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Workers that an earlier tytod started. */
#include "recorder/workers/tyto-worker-slot-private.h"

#include "base/tyto-json.h"
#include "base/tyto-log.h"
#include "recorder/cameras/tyto-camera-adopt.h"
#include "recorder/cameras/tyto-camera-events.h"
#include "recorder/workers/tyto-worker-attachment.h"

/* Where it writes that an earlier tytod told so. */
void
tyto_worker_slot_allow_known (TytoWorkerSlot *self)
{
  g_auto (GStrv) cameras = tyto_worker_attachment_list (self->attachment);

  for (guint i = 0; cameras[i] != NULL; i++) {
    g_autoptr (GVariant) known = tyto_worker_attachment_look_up (self->attachment, cameras[i]);
    g_autoptr (GVariant) settings
        = g_variant_lookup_value (known, "settings", G_VARIANT_TYPE_VARDICT);

    if (settings != NULL)
      tyto_worker_news_allow (self->news, settings);
  }
}

gboolean
tyto_worker_slot_is_adopting (TytoWorkerSlot *self)
{
  return self->adopting;
}

gboolean
tyto_worker_slot_has_adopted (TytoWorkerSlot *self, const char *camera)
{
  g_autoptr (GVariant) known = NULL;

  if (self->attachment != NULL)
    known = tyto_worker_attachment_look_up (self->attachment, camera);
  return known != NULL;
}

/* The camera of a new member may be in the worker that was adopted. */
void
tyto_worker_slot_claim (TytoWorkerSlot *self, TytoWorkerMember *member)
{
  const char *id = tyto_camera_get_id (member->camera);
  g_autoptr (GVariant) known = tyto_worker_attachment_look_up (self->attachment, id);

  if (known == NULL)
    return;
  tyto_camera_adopt (member->camera, known, tyto_dict_uint (self->attachment, "acknowledged", 0));
  if (tyto_worker_process_is_stopping (self->process))
    return; /* it finishes what it has and goes */
  member->link = TYTO_MEMBER_PRESENT;
  tyto_camera_set_worker (member->camera, tyto_worker_process_get_pid (self->process));
  if (tyto_worker_attachment_matches (self->attachment, id, member->wanted))
    member->applied = g_variant_ref (member->wanted);
}

static void
on_stray_removed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (!tyto_link_worker1_call_remove_camera_finish (TYTO_LINK_WORKER1 (source), result, &error))
    g_warning ("A worker does not let go of a camera that is no longer wanted: %s", error->message);
}

static void
remove_strays (TytoWorkerSlot *self)
{
  g_auto (GStrv) cameras = tyto_worker_attachment_list (self->attachment);

  for (guint i = 0; cameras[i] != NULL && tyto_worker_slot_get_live_link (self) != NULL; i++) {
    if (g_hash_table_contains (self->members, cameras[i]))
      continue;
    tyto_log_camera (cameras[i], G_LOG_LEVEL_MESSAGE, "No longer wanted: its worker lets go of it");
    tyto_link_worker1_call_remove_camera (tyto_worker_slot_get_live_link (self), cameras[i], NULL,
                                          on_stray_removed, NULL);
  }
}

void
tyto_worker_slot_settle (TytoWorkerSlot *self)
{
  if (self->attachment == NULL)
    return;
  tyto_worker_news_release (self->news);
  if (g_hash_table_size (self->members) > 0)
    remove_strays (self);
  else if (!tyto_worker_process_is_stopping (self->process))
    tyto_worker_process_stop (self->process);
  g_clear_pointer (&self->attachment, g_variant_unref);
}
