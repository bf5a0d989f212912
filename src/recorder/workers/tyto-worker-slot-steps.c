/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The calls that bring a camera into its worker and out of it. */
#include "recorder/workers/tyto-worker-slot-private.h"

#include "base/tyto-error.h"
#include "base/tyto-log.h"
#include "recorder/cameras/tyto-camera-adopt.h"
#include "recorder/cameras/tyto-camera-events.h"

/* Settings that a worker refused (a missing directory, say) are tried again after this long. */
#define REFUSED_RETRY_S 30

/* One call about one member. */
typedef struct {
  TytoWorkerSlot *slot;
  TytoWorkerProcess *process;
  char *camera;
  GVariant *settings; /* nullable */
} Step;

static Step *
step_new (TytoWorkerSlot *self, TytoWorkerMember *member, GVariant *settings)
{
  Step *step = g_new0 (Step, 1);

  step->slot = g_object_ref (self);
  step->process = g_object_ref (self->process);
  step->camera = g_strdup (tyto_camera_get_id (member->camera));
  if (settings != NULL)
    step->settings = g_variant_ref (settings);
  return step;
}

static void
step_free (Step *step)
{
  g_object_unref (step->slot);
  g_object_unref (step->process);
  g_free (step->camera);
  g_clear_pointer (&step->settings, g_variant_unref);
  g_free (step);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Step, step_free)

/* The member that @step was for, or NULL when its worker has died since: that is dealt with
 * there. */
static TytoWorkerMember *
step_get_member (Step *step)
{
  if (step->slot->process != step->process)
    return NULL;
  return g_hash_table_lookup (step->slot->members, step->camera);
}

static gboolean
on_refused_retry (gpointer data)
{
  TytoWorkerSlot *self = data;
  g_autoptr (GList) members = g_hash_table_get_values (self->members);

  self->refused_source = 0;
  for (GList *l = members; l != NULL; l = l->next) {
    TytoWorkerMember *member = l->data;

    g_clear_pointer (&member->refused, g_variant_unref);
    tyto_worker_slot_reconcile (self, member);
  }
  return G_SOURCE_REMOVE;
}

static void
on_added (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Step) step = data;
  g_autoptr (GError) error = NULL;
  TytoWorkerSlot *self = step->slot;
  TytoWorkerMember *member;

  tyto_link_worker1_call_add_camera_finish (TYTO_LINK_WORKER1 (source), result, &error);
  member = step_get_member (step);
  if (member == NULL)
    return;

  if (error == NULL) {
    member->link = TYTO_MEMBER_PRESENT;
    member->applied = g_variant_ref (step->settings);
    tyto_camera_set_worker (member->camera, tyto_worker_process_get_pid (self->process));
  } else if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_ALREADY_EXISTS)) {
    member->link = TYTO_MEMBER_PRESENT; /* with settings unlike ours: it is removed first */
  } else {
    g_dbus_error_strip_remote_error (error);
    member->link = TYTO_MEMBER_ABSENT;
    member->refused = g_variant_ref (step->settings);
    tyto_camera_refused (member->camera, error);
    if (self->refused_source == 0)
      self->refused_source = g_timeout_add_seconds (REFUSED_RETRY_S, on_refused_retry, self);
  }
  tyto_worker_slot_reconcile (self, member);
}

void
tyto_worker_slot_begin_add (TytoWorkerSlot *self, TytoWorkerMember *member)
{
  g_autoptr (GVariantDict) settings = g_variant_dict_new (member->wanted);
  gint64 not_before_us = tyto_camera_get_last_segment (member->camera);

  member->link = TYTO_MEMBER_ADDING;
  g_clear_pointer (&member->refused, g_variant_unref);
  tyto_worker_news_allow (self->news, member->wanted);
  /* A clock that was set back since must not make segments that overlap. */
  if (not_before_us >= 0)
    g_variant_dict_insert (settings, "not-before", "x", not_before_us);
  if (self->connect_delay_ms > 0)
    g_variant_dict_insert (settings, "connect-delay", "u", self->connect_delay_ms);
  tyto_link_worker1_call_add_camera (
      tyto_worker_slot_get_live_link (self), tyto_camera_get_id (member->camera),
      g_variant_dict_end (settings), NULL, on_added, step_new (self, member, member->wanted));
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Step) step = data;
  g_autoptr (GError) error = NULL;
  TytoWorkerMember *member;

  tyto_link_worker1_call_remove_camera_finish (TYTO_LINK_WORKER1 (source), result, &error);
  member = step_get_member (step);
  if (member == NULL)
    return;
  if (error != NULL && !g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND)) {
    tyto_log_camera (step->camera, G_LOG_LEVEL_WARNING,
                     "The worker does not let go of the camera (%s); it is killed", error->message);
    tyto_worker_process_kill (step->process);
    return;
  }
  tyto_worker_member_lost (member);
  tyto_camera_set_worker (member->camera, 0);
  tyto_worker_slot_reconcile (step->slot, member);
}

void
tyto_worker_slot_begin_remove (TytoWorkerSlot *self, TytoWorkerMember *member)
{
  member->link = TYTO_MEMBER_REMOVING;
  tyto_link_worker1_call_remove_camera (tyto_worker_slot_get_live_link (self),
                                        tyto_camera_get_id (member->camera), NULL, on_removed,
                                        step_new (self, member, NULL));
}
