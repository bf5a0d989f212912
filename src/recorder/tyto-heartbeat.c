/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/tyto-heartbeat.h"

#include "base/tyto-time.h"
#include "store/tyto-catalogue-wishes.h"

#define BEAT_S 10

struct _TytoHeartbeat {
  GObject parent_instance;

  TytoCatalogue *catalogue;
  gint64 last_us;
  GPtrArray *wishes; /* (element-type TytoWish): not taken yet */
  guint source;
};

G_DEFINE_FINAL_TYPE (TytoHeartbeat, tyto_heartbeat, G_TYPE_OBJECT)

TytoHeartbeat *
tyto_heartbeat_new (TytoCatalogue *catalogue)
{
  TytoHeartbeat *self = g_object_new (TYTO_TYPE_HEARTBEAT, NULL);

  self->catalogue = g_object_ref (catalogue);
  return self;
}

static void
on_wishes (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoHeartbeat *self = g_task_get_source_object (task);
  GError *error = NULL;
  GPtrArray *wishes = tyto_catalogue_list_rows_finish (self->catalogue, result, &error);

  if (wishes == NULL) {
    g_task_return_error (task, error);
    return;
  }
  g_ptr_array_unref (self->wishes);
  self->wishes = wishes;
  g_task_return_boolean (task, TRUE);
}

static void
on_alive (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  TytoHeartbeat *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (!tyto_catalogue_get_alive_finish (self->catalogue, result, &self->last_us, &error)) {
    g_task_return_error (task, error);
    g_object_unref (task);
    return;
  }
  tyto_catalogue_list_wishes_async (self->catalogue, NULL, G_MAXINT64, -1,
                                    g_task_get_cancellable (task), on_wishes, task);
}

void
tyto_heartbeat_load_async (TytoHeartbeat *self, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, tyto_heartbeat_load_async);
  tyto_catalogue_get_alive_async (self->catalogue, cancellable, on_alive, task);
}

gboolean
tyto_heartbeat_load_finish (TytoHeartbeat *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

gint64
tyto_heartbeat_get_last (TytoHeartbeat *self)
{
  return self->last_us;
}

TytoWish *
tyto_heartbeat_take_wish (TytoHeartbeat *self, const char *camera)
{
  for (guint i = 0; i < self->wishes->len; i++) {
    TytoWish *wish = self->wishes->pdata[i];

    if (g_str_equal (wish->camera, camera) && g_str_equal (wish->stream, "main"))
      return g_ptr_array_steal_index_fast (self->wishes, i);
  }
  return NULL;
}

static gboolean
on_beat (gpointer data)
{
  TytoHeartbeat *self = data;

  tyto_catalogue_set_alive_async (self->catalogue, tyto_time_now (), NULL, NULL, NULL);
  return G_SOURCE_CONTINUE;
}

void
tyto_heartbeat_start (TytoHeartbeat *self, TytoEntryQueue *entries)
{
  gint64 end_us = self->last_us >= 0 ? self->last_us : tyto_time_now ();

  for (guint i = 0; i < self->wishes->len; i++) {
    const TytoWish *stale = self->wishes->pdata[i];
    g_autoptr (TytoWish) ended = tyto_wish_new (stale->camera, stale->stream, stale->start_us,
                                                MAX (end_us, stale->start_us));

    tyto_entry_queue_enter_wish (entries, ended);
  }
  g_ptr_array_set_size (self->wishes, 0);
  on_beat (self);
  if (self->source == 0)
    self->source = g_timeout_add_seconds (BEAT_S, on_beat, self);
}

void
tyto_heartbeat_stop (TytoHeartbeat *self)
{
  if (self->source == 0)
    return;
  g_clear_handle_id (&self->source, g_source_remove);
  on_beat (self);
}

static void
tyto_heartbeat_finalize (GObject *object)
{
  TytoHeartbeat *self = TYTO_HEARTBEAT (object);

  g_clear_handle_id (&self->source, g_source_remove);
  g_ptr_array_unref (self->wishes);
  g_object_unref (self->catalogue);
  G_OBJECT_CLASS (tyto_heartbeat_parent_class)->finalize (object);
}

static void
tyto_heartbeat_class_init (TytoHeartbeatClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_heartbeat_finalize;
}

static void
tyto_heartbeat_init (TytoHeartbeat *self)
{
  self->last_us = -1;
  self->wishes = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_wish_unref);
}
