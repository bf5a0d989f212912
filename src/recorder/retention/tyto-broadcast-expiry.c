/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/retention/tyto-broadcast-expiry.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"

#define PAGE 500

/* A store that is away would let each wait for it: the rest goes with the next run. */
#define MAX_FAILURES 5

/* Term: what is kept equally long. @before_us: completed by then, it goes; @only, @but: (nullable):
 * its users */
typedef struct {
  gint64 before_us;
  GStrv only;
  GStrv but;
} Term;

struct _TytoBroadcastExpiry {
  GObject parent_instance;

  TytoCatalogue *catalogue;
  TytoBroadcastRemover remover;
  TytoRetentionMode mode;
  GPtrArray *terms; /* (element-type Term) */
  guint term;       /* the one being gone through */
  GPtrArray *page;  /* nullable: of it */
  guint row;        /* of the page, next */
  guint64 count;
  guint64 bytes;
  guint64 failed;
  GPtrArray *items; /* (element-type GVariant) */
  GError *error;    /* the first */
  GTask *task;
};

G_DEFINE_FINAL_TYPE (TytoBroadcastExpiry, tyto_broadcast_expiry, G_TYPE_OBJECT)

static void list_page (TytoBroadcastExpiry *self);
static void remove_next (TytoBroadcastExpiry *self);

/* --- Who keeps how long --- */

static void
term_free (gpointer data)
{
  Term *self = data;

  g_strfreev (self->only);
  g_strfreev (self->but);
  g_free (self);
}

/* @only, @but: (nullable): taken */
static void
add_term (TytoBroadcastExpiry *self, guint days, gint64 now_us, GStrv only, GStrv but)
{
  const TytoRetentionPromise promise = { .days = days };
  Term *term = g_new0 (Term, 1);

  term->only = only;
  term->but = but;
  term->before_us = tyto_retention_promise_get_cutoff (&promise, now_us);
  if (term->before_us >= 0 && (only == NULL || *only != NULL))
    g_ptr_array_add (self->terms, term);
  else
    term_free (term);
}

/* The users of @plan. (transfer full) */
static GStrv
list_users (GVariant *owners, const char *plan)
{
  g_autoptr (GStrvBuilder) users = g_strv_builder_new ();
  const char *user, *of_user;
  GVariantIter iter;

  g_variant_iter_init (&iter, owners);
  while (g_variant_iter_next (&iter, "{&s&s}", &user, &of_user))
    if (plan != NULL ? g_str_equal (of_user, plan) : *of_user != '\0')
      g_strv_builder_add (users, user);
  return g_strv_builder_end (users);
}

static void
add_terms (TytoBroadcastExpiry *self, const TytoRetentionPlans *plans, gint64 now_us)
{
  GVariantIter iter;
  const char *plan;
  guint32 days;

  if (plans->plans != NULL && plans->owners != NULL) {
    g_variant_iter_init (&iter, plans->plans);
    while (g_variant_iter_next (&iter, "{&su}", &plan, &days))
      if (*plan != '\0')
        add_term (self, days, now_us, list_users (plans->owners, plan), NULL);
  }
  add_term (self, plans->days, now_us, NULL,
            plans->owners != NULL ? list_users (plans->owners, NULL) : NULL);
}

/* --- Going through them --- */

static void
end (TytoBroadcastExpiry *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->task);

  g_clear_pointer (&self->page, g_ptr_array_unref);
  if (self->error != NULL)
    g_task_return_error (task, g_error_copy (self->error));
  else
    g_task_return_boolean (task, TRUE);
}

static void
add_time (GVariantDict *dict, const char *key, gint64 wall_us)
{
  g_autofree char *text = tyto_time_format (wall_us);

  g_variant_dict_insert (dict, key, "s", text);
}

static void
add_item (TytoBroadcastExpiry *self, const TytoBroadcast *broadcast)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "id", "s", broadcast->id);
  g_variant_dict_insert (&dict, "stream_key", "s", broadcast->stream_key);
  g_variant_dict_insert (&dict, "user_id", "s", broadcast->user_id);
  add_time (&dict, "started_at", broadcast->started_us);
  add_time (&dict, "completed_at", broadcast->completed_us);
  g_variant_dict_insert (&dict, "bytes", "t", broadcast->bytes);
  g_ptr_array_add (self->items, g_variant_ref_sink (g_variant_dict_end (&dict)));
}

static void
take (TytoBroadcastExpiry *self, const TytoBroadcast *broadcast)
{
  self->count++;
  self->bytes += broadcast->bytes;
  if (self->mode == TYTO_RETENTION_LIST && self->items->len < TYTO_RETENTION_LIST_MAX)
    add_item (self, broadcast);
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcastExpiry) self = data;
  GError *error = NULL;

  if (self->remover.remove_finish (self->remover.source, result, &error)) {
    take (self, self->page->pdata[self->row]);
  } else if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND)
             || g_error_matches (error, TYTO_ERROR, TYTO_ERROR_WRONG_STATE)) {
    g_error_free (error); /* it is gone, or kept meanwhile */
  } else {
    self->failed++;
    tyto_error_keep_first (&self->error, error);
  }
  self->row++;
  remove_next (self);
}

static void
remove_next (TytoBroadcastExpiry *self)
{
  GCancellable *cancellable = g_task_get_cancellable (self->task);
  const TytoBroadcast *broadcast;

  if (self->failed >= MAX_FAILURES || g_cancellable_is_cancelled (cancellable)) {
    end (self);
  } else if (self->row == self->page->len) {
    list_page (self);
  } else {
    broadcast = self->page->pdata[self->row];
    self->remover.remove (self->remover.source, broadcast->id, cancellable, on_removed,
                          g_object_ref (self));
  }
}

static void
on_page (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcastExpiry) self = data;
  GError *error = NULL;

  self->page = tyto_catalogue_list_rows_finish (TYTO_CATALOGUE (source), result, &error);
  self->row = 0;
  if (self->page == NULL) {
    tyto_error_keep_first (&self->error, error);
    end (self);
    return;
  }
  if (self->mode == TYTO_RETENTION_DELETE) {
    remove_next (self);
    return;
  }
  for (guint i = 0; i < self->page->len; i++)
    take (self, self->page->pdata[i]);
  list_page (self);
}

/* What comes behind the page; after the last one, the next term. */
static void
list_page (TytoBroadcastExpiry *self)
{
  g_autoptr (GPtrArray) before = g_steal_pointer (&self->page);
  const TytoBroadcast *after = NULL;
  const Term *term;

  if (before != NULL && before->len < PAGE)
    self->term++;
  else if (before != NULL)
    after = before->pdata[before->len - 1];
  if (self->term == self->terms->len) {
    end (self);
    return;
  }
  term = self->terms->pdata[self->term];
  tyto_catalogue_list_expired_broadcasts_async (
      self->catalogue, term->before_us, (const char *const *) term->only,
      (const char *const *) term->but, after, PAGE, g_task_get_cancellable (self->task), on_page,
      g_object_ref (self));
}

void
tyto_broadcast_expiry_begin_async (TytoBroadcastExpiry *self, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (self->task == NULL);

  self->task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (self->task, tyto_broadcast_expiry_begin_async);
  list_page (self);
}

gboolean
tyto_broadcast_expiry_begin_finish (TytoBroadcastExpiry *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

guint64
tyto_broadcast_expiry_get_count (TytoBroadcastExpiry *self)
{
  return self->count;
}

void
tyto_broadcast_expiry_describe (TytoBroadcastExpiry *self, GVariantDict *dict)
{
  GVariantBuilder items = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  g_variant_dict_insert (dict, "broadcasts", "t", self->count);
  g_variant_dict_insert (dict, "broadcast_bytes", "t", self->bytes);
  g_variant_dict_insert (dict, "broadcasts_failed", "t", self->failed);
  for (guint i = 0; i < self->items->len; i++)
    g_variant_builder_add_value (&items, self->items->pdata[i]);
  if (self->mode == TYTO_RETENTION_LIST)
    g_variant_dict_insert_value (dict, "broadcast_items", g_variant_builder_end (&items));
  else
    g_variant_builder_clear (&items);
}

static void
tyto_broadcast_expiry_finalize (GObject *object)
{
  TytoBroadcastExpiry *self = TYTO_BROADCAST_EXPIRY (object);

  g_clear_object (&self->catalogue);
  g_ptr_array_unref (self->terms);
  g_ptr_array_unref (self->items);
  g_clear_pointer (&self->page, g_ptr_array_unref);
  g_clear_error (&self->error);
  G_OBJECT_CLASS (tyto_broadcast_expiry_parent_class)->finalize (object);
}

static void
tyto_broadcast_expiry_class_init (TytoBroadcastExpiryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_broadcast_expiry_finalize;
}

static void
tyto_broadcast_expiry_init (TytoBroadcastExpiry *self)
{
  self->terms = g_ptr_array_new_with_free_func (term_free);
  self->items = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
}

TytoBroadcastExpiry *
tyto_broadcast_expiry_new (TytoCatalogue *catalogue, const TytoRetentionPlans *plans,
                           const TytoBroadcastRemover *remover, TytoRetentionMode mode,
                           gint64 now_us)
{
  TytoBroadcastExpiry *self = g_object_new (TYTO_TYPE_BROADCAST_EXPIRY, NULL);

  self->catalogue = g_object_ref (catalogue);
  self->remover = *remover;
  self->mode = mode;
  add_terms (self, plans, now_us);
  return self;
}
