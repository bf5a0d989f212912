/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which camera goes into which worker, and how a camera that kills its worker is told from those
 * that are in it only by chance. */
#include "recorder/workers/tyto-restart-policy.h"
#include "recorder/workers/tyto-supervisor-private.h"

#include <string.h>

/* In TYTO_RESTART_WINDOW_US. The halves of a worker that was split are split at their first. */
#define DEATHS_TO_SPLIT 2

/* In the same time. A bad camera of 64 is alone after 6; when it takes more it is not a camera that
 * is at fault, and more processes would not help. */
#define MAX_SPLITS 12

static guint
find_free_number (TytoSupervisor *self)
{
  guint number = 1;

  for (guint i = 0; i < self->slots->len; i++) {
    if (tyto_worker_slot_get_number (g_ptr_array_index (self->slots, i)) == number) {
      number++;
      i = -1; /* from the first again: the slots are in no order */
    }
  }
  return number;
}

/* The one with the fewest cameras, so that as few as can be share the fate of a bad one; (nullable)
 * when all are full. Those that may have a bad one take no more. */
static TytoWorkerSlot *
find_emptiest (TytoSupervisor *self)
{
  guint fewest = MAX (tyto_settings_get_uint (self->settings, "cameras-per-worker"), 1);
  TytoWorkerSlot *emptiest = NULL;

  for (guint i = 0; i < self->slots->len; i++) {
    TytoWorkerSlot *slot = g_ptr_array_index (self->slots, i);

    if (tyto_worker_slot_get_n_cameras (slot) >= fewest || tyto_worker_slot_is_suspect (slot))
      continue;
    fewest = tyto_worker_slot_get_n_cameras (slot);
    emptiest = slot;
  }
  return emptiest;
}

TytoWorkerSlot *
tyto_supervisor_choose_slot (TytoSupervisor *self, TytoCamera *camera)
{
  TytoWorkerSlot *slot = tyto_supervisor_find_adopted (self, tyto_camera_get_id (camera));

  if (slot == NULL)
    slot = find_emptiest (self);
  return slot != NULL ? slot : tyto_supervisor_make_slot (self, find_free_number (self));
}

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  TytoCamera *const *one = a, *const *other = b;

  return strcmp (tyto_camera_get_id (*one), tyto_camera_get_id (*other));
}

/* The second half by id: cameras of one kind often have ids beside each other. */
static void
move_half (TytoSupervisor *self, TytoWorkerSlot *from, TytoWorkerSlot *to)
{
  g_autoptr (GPtrArray) cameras = tyto_worker_slot_list_cameras (from);

  g_ptr_array_sort (cameras, compare_ids);
  for (guint i = cameras->len / 2; i < cameras->len; i++) {
    TytoCamera *camera = cameras->pdata[i];
    TytoPlace *place = g_hash_table_lookup (self->places, tyto_camera_get_id (camera));
    g_autoptr (GVariant) settings = tyto_worker_slot_give (from, camera);

    if (settings == NULL)
      continue; /* it is being let go */
    place->slot = to;
    tyto_worker_slot_set (to, camera, settings);
  }
}

void
tyto_supervisor_split (TytoSupervisor *self, TytoWorkerSlot *slot)
{
  gint64 now_us = g_get_monotonic_time ();
  guint n_cameras = tyto_worker_slot_get_n_cameras (slot);
  TytoWorkerSlot *half;

  if (n_cameras < 2 || tyto_worker_slot_get_n_deaths (slot) < DEATHS_TO_SPLIT || self->ending
      || tyto_event_window_count (&self->splits, now_us) >= MAX_SPLITS)
    return;
  tyto_event_window_add (&self->splits, now_us);
  half = tyto_supervisor_make_slot (self, find_free_number (self));
  g_message ("Worker %u keeps dying: half of its %u cameras move to worker %u, so that a camera "
             "that is at fault comes to be alone",
             tyto_worker_slot_get_number (slot), n_cameras, tyto_worker_slot_get_number (half));
  move_half (self, slot, half);
  tyto_worker_slot_suspect (slot);
  tyto_worker_slot_suspect (half);
}
