/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/spool/tyto-recovery-rows.h"

#include "base/tyto-error.h"

#define PAGE 1000

struct _TytoRecoveryRows {
  TytoCatalogue *catalogue;
  GCancellable *cancellable;
  GMainContext *context;
  GAsyncResult *result; /* nullable: of the call that is waited for */
  guint n_waited;       /* entries under way */
  GError *error;        /* nullable: the first that was refused */
};

TytoRecoveryRows *
tyto_recovery_rows_new (TytoCatalogue *catalogue, GCancellable *cancellable)
{
  TytoRecoveryRows *self = g_new0 (TytoRecoveryRows, 1);

  self->catalogue = g_object_ref (catalogue);
  self->cancellable = cancellable != NULL ? g_object_ref (cancellable) : NULL;
  self->context = g_main_context_new ();
  g_main_context_push_thread_default (self->context);
  return self;
}

void
tyto_recovery_rows_free (TytoRecoveryRows *self)
{
  g_main_context_pop_thread_default (self->context);
  g_main_context_unref (self->context);
  g_clear_object (&self->result);
  g_clear_object (&self->cancellable);
  g_object_unref (self->catalogue);
  g_free (self);
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer data)
{
  TytoRecoveryRows *self = data;

  self->result = g_object_ref (result);
}

/* The call's result. (transfer full) */
static GAsyncResult *
await (TytoRecoveryRows *self)
{
  while (self->result == NULL)
    g_main_context_iteration (self->context, TRUE);
  return g_steal_pointer (&self->result);
}

GPtrArray *
tyto_recovery_rows_list_open (TytoRecoveryRows *self, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  tyto_catalogue_list_open_segments_async (self->catalogue, self->cancellable, on_result, self);
  result = await (self);
  return tyto_catalogue_list_rows_finish (self->catalogue, result, error);
}

GPtrArray *
tyto_recovery_rows_list (TytoRecoveryRows *self, char **cursor, GError **error)
{
  TytoCatalogueQuery query = TYTO_CATALOGUE_QUERY_INIT;
  g_autofree char *from = g_steal_pointer (cursor);
  g_autoptr (GAsyncResult) result = NULL;

  query.ascending = TRUE;
  query.limit = PAGE;
  query.cursor = from;
  tyto_catalogue_list_segments_async (self->catalogue, &query, self->cancellable, on_result, self);
  result = await (self);
  return tyto_catalogue_list_segments_finish (self->catalogue, result, cursor, error);
}

gboolean
tyto_recovery_rows_find (TytoRecoveryRows *self, const char *id, TytoSegment **segment,
                         GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) cause = NULL;

  tyto_catalogue_get_segment_async (self->catalogue, id, self->cancellable, on_result, self);
  result = await (self);
  *segment = tyto_catalogue_get_segment_finish (self->catalogue, result, &cause);
  if (*segment != NULL || g_error_matches (cause, TYTO_ERROR, TYTO_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

static void
on_entered (GObject *source, GAsyncResult *result, gpointer data)
{
  TytoRecoveryRows *self = data;
  g_autoptr (GError) error = NULL;

  self->n_waited--;
  if (!tyto_catalogue_enter_finish (self->catalogue, result, &error) && self->error == NULL)
    self->error = g_steal_pointer (&error);
}

static gboolean
await_entries (TytoRecoveryRows *self, GError **error)
{
  while (self->n_waited > 0)
    g_main_context_iteration (self->context, TRUE);
  if (self->error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&self->error));
  return FALSE;
}

gboolean
tyto_recovery_rows_enter (TytoRecoveryRows *self, GPtrArray *segments, GError **error)
{
  for (guint i = 0; i < segments->len; i++) {
    self->n_waited++;
    tyto_catalogue_enter_segment_async (self->catalogue, g_ptr_array_index (segments, i), NULL,
                                        on_entered, self);
  }
  return await_entries (self, error);
}

gboolean
tyto_recovery_rows_is_deleting (TytoRecoveryRows *self, const char *id, gboolean *deleting,
                                GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) rows = NULL;

  tyto_catalogue_find_deleting_async (self->catalogue, id, self->cancellable, on_result, self);
  result = await (self);
  rows = tyto_catalogue_list_rows_finish (self->catalogue, result, error);
  *deleting = rows != NULL && rows->len > 0;
  return rows != NULL;
}

gboolean
tyto_recovery_rows_place (TytoRecoveryRows *self, const char *id, const char *tier,
                          const char *path, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) cause = NULL;

  tyto_catalogue_set_place_async (self->catalogue, id, tier, path, NULL, on_result, self);
  result = await (self);
  if (tyto_catalogue_enter_finish (self->catalogue, result, &cause)
      || g_error_matches (cause, TYTO_ERROR, TYTO_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

gboolean
tyto_recovery_rows_forget_open (TytoRecoveryRows *self, const char *id, GError **error)
{
  self->n_waited++;
  tyto_catalogue_forget_open_segment_async (self->catalogue, id, NULL, on_entered, self);
  return await_entries (self, error);
}

gboolean
tyto_recovery_rows_give_up (TytoRecoveryRows *self, const char *id, const char *reason,
                            const char *detail, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  tyto_catalogue_replace_segment_by_gap_async (self->catalogue, id, reason, detail, NULL, on_result,
                                               self);
  result = await (self);
  return tyto_catalogue_replace_segment_by_gap_finish (self->catalogue, result, error) >= 0;
}

static gboolean
is_among (GPtrArray *list, const char *id)
{
  for (guint i = 0; i < list->len; i++) {
    if (g_str_equal (((const TytoBroadcast *) list->pdata[i])->id, id))
      return TRUE;
  }
  return FALSE;
}

gboolean
tyto_recovery_rows_knows_broadcast (TytoRecoveryRows *self, const char *id, gboolean *known,
                                    GError **error)
{
  g_autoptr (GAsyncResult) got = NULL;
  g_autoptr (GAsyncResult) listed = NULL;
  g_autoptr (GError) cause = NULL;
  g_autoptr (TytoBroadcast) row = NULL;
  g_autoptr (GPtrArray) open = NULL;

  tyto_catalogue_get_broadcast_async (self->catalogue, id, self->cancellable, on_result, self);
  got = await (self);
  row = tyto_catalogue_get_broadcast_finish (self->catalogue, got, &cause);
  *known = row != NULL;
  if (row != NULL)
    return TRUE;
  if (!g_error_matches (cause, TYTO_ERROR, TYTO_ERROR_NOT_FOUND)) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  tyto_catalogue_list_open_broadcasts_async (self->catalogue, self->cancellable, on_result, self);
  listed = await (self);
  open = tyto_catalogue_list_rows_finish (self->catalogue, listed, error);
  *known = open != NULL && is_among (open, id);
  return open != NULL;
}

gboolean
tyto_recovery_rows_enter_broadcast (TytoRecoveryRows *self, TytoBroadcast *broadcast,
                                    GError **error)
{
  self->n_waited++;
  tyto_catalogue_put_broadcast_async (self->catalogue, broadcast, NULL, on_entered, self);
  return await_entries (self, error);
}
