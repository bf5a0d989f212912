/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which broadcasts a run of retention has deleted, by whose days, and what it tells of them. */
#include "recorder/retention/tyto-broadcast-expiry.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "catalogue-broadcast-calls.h"
#include "store/tyto-catalogue-sqlite.h"

#define DAY_US (24 * 3600 * (gint64) G_USEC_PER_SEC)
#define NOW_US (1000 * DAY_US)

/* Scene: @refused, @code: the number of the broadcast whose deletion fails with this error; 0: all.
 * @n_asked: deletions */
typedef struct {
  char *storage;
  TytoCatalogue *catalogue;
  GString *removed; /* numbers: "1 2" */
  guint refused;
  int code;
  guint n_asked;
} Scene;

static void
set_up (Scene *self, gconstpointer data)
{
  g_autofree char *path = NULL;

  self->storage = catalogue_suite_new_storage ();
  path = g_build_filename (self->storage, "catalogue.db", NULL);
  self->catalogue = tyto_catalogue_sqlite_new (path);
  self->removed = g_string_new (NULL);
  g_assert_true (catalogue_open (self->catalogue, NULL));
}

static void
tear_down (Scene *self, gconstpointer data)
{
  tyto_catalogue_close (self->catalogue);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_finalize_object (self->catalogue);
  catalogue_suite_remove_storage (self->storage);
  g_free (self->storage);
  g_string_free (self->removed, TRUE);
}

/* --- Who deletes --- */

static void
on_rows_gone (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  if (tyto_catalogue_enter_finish (TYTO_CATALOGUE (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
remove_broadcast (gpointer source, const char *id, GCancellable *cancellable,
                  GAsyncReadyCallback callback, gpointer user_data)
{
  Scene *self = source;
  g_autoptr (GTask) task = g_task_new (self->catalogue, cancellable, callback, user_data);
  guint number = (guint) g_ascii_strtoull (id, NULL, 16);

  self->n_asked++;
  if (self->code != 0 && (self->refused == 0 || number == self->refused)) {
    g_task_return_new_error (task, TYTO_ERROR, self->code, "Not now");
    return;
  }
  g_string_append_printf (self->removed, "%s%u", self->removed->len > 0 ? " " : "", number);
  tyto_catalogue_delete_broadcast_async (self->catalogue, id, cancellable, on_rows_gone,
                                         g_steal_pointer (&task));
}

static gboolean
remove_finish (gpointer source, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- A run --- */

static TytoBroadcastExpiry *
make_expiry (Scene *self, TytoRetentionMode mode, guint days)
{
  static const char plans_text[] = "{'basic': uint32 7, 'pro': 30, 'for-ever': 0}";
  static const char owners_text[]
      = "{'anna': 'pro', 'ben': 'gone', 'cleo': 'basic', 'dora': 'for-ever', 'ella': ''}";
  g_autoptr (GVariant) plans = g_variant_parse (NULL, plans_text, NULL, NULL, NULL);
  g_autoptr (GVariant) owners = g_variant_parse (NULL, owners_text, NULL, NULL, NULL);
  const TytoRetentionPlans service = { .plans = plans, .owners = owners, .days = days };
  const TytoBroadcastRemover remover = { self, remove_broadcast, remove_finish };

  return tyto_broadcast_expiry_new (self->catalogue, &service, &remover, mode, NOW_US);
}

/* What is told of the run. */
static GVariant *
run (Scene *self, TytoRetentionMode mode, guint days, GError **error)
{
  g_autoptr (TytoBroadcastExpiry) expiry = make_expiry (self, mode, days);
  g_autoptr (GAsyncResult) result = NULL;
  GVariantDict dict;

  tyto_broadcast_expiry_begin_async (expiry, NULL, catalogue_keep_result, &result);
  catalogue_await (&result);
  tyto_broadcast_expiry_begin_finish (expiry, result, error);
  g_variant_dict_init (&dict, NULL);
  tyto_broadcast_expiry_describe (expiry, &dict);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static guint64
count (GVariant *report, const char *key)
{
  return tyto_dict_uint (report, key, 4711);
}

/* Of each user one of 5, 10 and 40 days ago: numbers U1, U2 and U3. */
static void
enter_users (Scene *self)
{
  static const char *const users[] = { "", "anna", "ben", "cleo", "dora", "ella", "nobody" };
  static const int ages[] = { 5, 10, 40 };

  for (guint i = 0; i < G_N_ELEMENTS (users); i++)
    for (guint k = 0; k < G_N_ELEMENTS (ages); k++)
      catalogue_enter_completed (self->catalogue, (i + 1) * 10 + k + 1, users[i],
                                 NOW_US - ages[k] * DAY_US);
}

static void
test_users_and_plans (Scene *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) report = NULL;

  enter_users (self);
  report = run (self, TYTO_RETENTION_DELETE, 9, &error);
  g_assert_no_error (error);
  /* cleo's, anna's, then of those without a plan; ben's plan is not known. */
  g_assert_cmpuint (count (report, "broadcasts"), ==, 2 + 1 + 3 * 2);
  g_assert_cmpuint (count (report, "broadcast_bytes"), ==, 9000);
  g_assert_cmpuint (count (report, "broadcasts_failed"), ==, 0);
  g_assert_cmpstr (self->removed->str, ==, "43 42 23 13 63 73 12 62 72");
}

static void
test_for_ever (Scene *self, gconstpointer data)
{
  g_autoptr (GVariant) report = NULL;

  enter_users (self);
  report = run (self, TYTO_RETENTION_DELETE, 0, NULL);
  g_assert_cmpstr (self->removed->str, ==, "43 42 23");
}

static void
test_preview (Scene *self, gconstpointer data)
{
  g_autoptr (GVariant) counted = NULL;
  g_autoptr (GVariant) listed = NULL;
  g_autoptr (GVariant) items = NULL;
  g_autoptr (GVariant) item = NULL;

  enter_users (self);
  counted = run (self, TYTO_RETENTION_PREVIEW, 9, NULL);
  g_assert_cmpuint (count (counted, "broadcasts"), ==, 9);
  g_assert_null (g_variant_lookup_value (counted, "broadcast_items", NULL));
  listed = run (self, TYTO_RETENTION_LIST, 9, NULL);
  items = g_variant_lookup_value (listed, "broadcast_items", G_VARIANT_TYPE ("aa{sv}"));
  g_assert_cmpuint (g_variant_n_children (items), ==, 9);
  item = g_variant_get_child_value (items, 2);
  g_assert_cmpstr (tyto_dict_string (item, "user_id", ""), ==, "anna");
  g_assert_cmpstr (tyto_dict_string (item, "id", ""), ==, "00000017-0000-4000-8000-000000000000");
  g_assert_cmpuint (self->n_asked, ==, 0);
}

/* One that fails, or that must stay, keeps none of the others. */
static void
test_some_stay (Scene *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) report = NULL;
  g_autoptr (GVariant) again = NULL;

  enter_users (self);
  self->refused = 63;
  self->code = TYTO_ERROR_STORAGE;
  report = run (self, TYTO_RETENTION_DELETE, 9, &error);
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_STORAGE);
  g_assert_cmpuint (count (report, "broadcasts"), ==, 8);
  g_assert_cmpuint (count (report, "broadcasts_failed"), ==, 1);
  g_clear_error (&error);
  self->code = TYTO_ERROR_WRONG_STATE;
  again = run (self, TYTO_RETENTION_DELETE, 9, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count (again, "broadcasts"), ==, 0);
  g_assert_cmpuint (count (again, "broadcasts_failed"), ==, 0);
}

/* A store that is away is not asked for each. */
static void
test_gives_up (Scene *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) report = NULL;

  enter_users (self);
  self->code = TYTO_ERROR_STORAGE;
  report = run (self, TYTO_RETENTION_DELETE, 9, &error);
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_STORAGE);
  g_assert_cmpuint (self->n_asked, ==, 5);
}

/* More than are looked at at once. */
static void
test_many (Scene *self, gconstpointer data)
{
  g_autoptr (GVariant) counted = NULL;
  g_autoptr (GVariant) deleted = NULL;
  g_autoptr (GVariant) left = NULL;

  for (guint i = 1; i <= 501; i++) {
    g_autoptr (TytoBroadcast) broadcast = catalogue_test_broadcast (i, "key", i);

    broadcast->status = TYTO_BROADCAST_COMPLETED;
    broadcast->completed_us = i;
    tyto_catalogue_put_broadcast_async (self->catalogue, broadcast, NULL, NULL, NULL);
  }
  counted = run (self, TYTO_RETENTION_PREVIEW, 9, NULL);
  g_assert_cmpuint (count (counted, "broadcasts"), ==, 501);
  deleted = run (self, TYTO_RETENTION_DELETE, 9, NULL);
  g_assert_cmpuint (count (deleted, "broadcasts"), ==, 501);
  left = run (self, TYTO_RETENTION_PREVIEW, 9, NULL);
  g_assert_cmpuint (count (left, "broadcasts"), ==, 0);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*run) (Scene *self, gconstpointer data);
  } cases[] = {
    { "/broadcast-expiry/users-and-plans", test_users_and_plans },
    { "/broadcast-expiry/for-ever", test_for_ever },
    { "/broadcast-expiry/preview", test_preview },
    { "/broadcast-expiry/some-stay", test_some_stay },
    { "/broadcast-expiry/gives-up", test_gives_up },
    { "/broadcast-expiry/many", test_many },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Scene, NULL, set_up, cases[i].run, tear_down);
  return g_test_run ();
}
