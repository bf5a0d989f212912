/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/tyto-left-runs.h"

#include "store/tyto-catalogue-upkeep.h"

struct _TytoLeftRuns {
  GObject parent_instance;

  TytoCatalogue *catalogue;
  TytoEntryQueue *entries;
  GHashTable *ids; /* (element-type utf8) */
};

G_DEFINE_FINAL_TYPE (TytoLeftRuns, tyto_left_runs, G_TYPE_OBJECT)

/* A load under way: task data. */
typedef struct {
  TytoLeftRunsAdopted is_adopted;
  gpointer owner; /* no-ref */
} Load;

TytoLeftRuns *
tyto_left_runs_new (TytoCatalogue *catalogue, TytoEntryQueue *entries)
{
  TytoLeftRuns *self = g_object_new (TYTO_TYPE_LEFT_RUNS, NULL);

  self->catalogue = g_object_ref (catalogue);
  self->entries = g_object_ref (entries);
  return self;
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoLeftRuns *self = g_task_get_source_object (task);
  Load *load = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) runs = tyto_catalogue_list_rows_finish (self->catalogue, result, &error);

  if (runs == NULL) {
    g_task_return_error (task, error);
    return;
  }
  for (guint i = 0; i < runs->len; i++) {
    const TytoRun *run = g_ptr_array_index (runs, i);

    if (!load->is_adopted (load->owner, run->camera))
      g_hash_table_add (self->ids, g_strdup (run->id));
  }
  g_task_return_boolean (task, TRUE);
}

void
tyto_left_runs_load_async (TytoLeftRuns *self, TytoLeftRunsAdopted is_adopted, gpointer owner,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  Load *load = g_new (Load, 1);

  *load = (Load){ is_adopted, owner };
  g_task_set_source_tag (task, tyto_left_runs_load_async);
  g_task_set_task_data (task, load, g_free);
  tyto_catalogue_list_open_runs_async (self->catalogue, NULL, on_loaded, task);
}

gboolean
tyto_left_runs_load_finish (TytoLeftRuns *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
on_mended (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoLeftRuns) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) runs = tyto_catalogue_list_rows_finish (self->catalogue, result, &error);

  if (runs == NULL) {
    g_warning ("Runs that were cut off keep no end: %s", error->message);
    return;
  }
  for (guint i = 0; i < runs->len; i++) {
    TytoRun *run = g_ptr_array_index (runs, i);

    if (!g_hash_table_remove (self->ids, run->id))
      continue;
    g_free (run->end_reason);
    run->end_reason = g_strdup ("worker-died");
    tyto_entry_queue_end_run (self->entries, run);
  }
}

void
tyto_left_runs_end (TytoLeftRuns *self)
{
  if (g_hash_table_size (self->ids) > 0)
    tyto_catalogue_list_open_runs_async (self->catalogue, NULL, on_mended, g_object_ref (self));
}

static void
tyto_left_runs_finalize (GObject *object)
{
  TytoLeftRuns *self = TYTO_LEFT_RUNS (object);

  g_object_unref (self->catalogue);
  g_object_unref (self->entries);
  g_hash_table_unref (self->ids);
  G_OBJECT_CLASS (tyto_left_runs_parent_class)->finalize (object);
}

static void
tyto_left_runs_class_init (TytoLeftRunsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_left_runs_finalize;
}

static void
tyto_left_runs_init (TytoLeftRuns *self)
{
  self->ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}
