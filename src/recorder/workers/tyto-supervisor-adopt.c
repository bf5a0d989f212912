/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Workers that an earlier tytod started and that have been recording on. */
#include "recorder/workers/tyto-supervisor-private.h"

void
tyto_supervisor_check_adoption (TytoSupervisor *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->adoption == NULL)
    return;
  for (guint i = 0; i < self->slots->len; i++) {
    if (!self->ending && tyto_worker_slot_is_adopting (g_ptr_array_index (self->slots, i)))
      return;
  }
  task = g_steal_pointer (&self->adoption);
  g_task_return_boolean (task, TRUE);
}

void
tyto_supervisor_adopt_async (TytoSupervisor *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GArray) numbers
      = tyto_worker_socket_list (tyto_worker_launcher_get_run_dir (self->launcher));

  g_return_if_fail (self->adoption == NULL && self->slots->len == 0);

  self->adoption = g_task_new (self, NULL, callback, user_data);
  for (guint i = 0; i < numbers->len; i++)
    tyto_worker_slot_adopt (tyto_supervisor_make_slot (self, g_array_index (numbers, guint, i)));
  tyto_supervisor_check_adoption (self);
}

gboolean
tyto_supervisor_adopt_finish (TytoSupervisor *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

TytoWorkerSlot *
tyto_supervisor_find_adopted (TytoSupervisor *self, const char *camera)
{
  for (guint i = 0; i < self->slots->len; i++) {
    TytoWorkerSlot *slot = g_ptr_array_index (self->slots, i);

    if (tyto_worker_slot_has_adopted (slot, camera))
      return slot;
  }
  return NULL;
}

gboolean
tyto_supervisor_has_adopted (TytoSupervisor *self, const char *camera)
{
  return tyto_supervisor_find_adopted (self, camera) != NULL;
}

void
tyto_supervisor_settle_adoption (TytoSupervisor *self)
{
  g_autoptr (GPtrArray) slots = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < self->slots->len; i++)
    g_ptr_array_add (slots, g_object_ref (g_ptr_array_index (self->slots, i)));
  for (guint i = 0; i < slots->len; i++)
    tyto_worker_slot_settle (g_ptr_array_index (slots, i));
}
