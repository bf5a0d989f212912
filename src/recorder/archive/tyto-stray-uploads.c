/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/archive/tyto-stray-uploads.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"
#include "recorder/archive/tyto-archive-key.h"

#define TRIED_MAX 1000

typedef struct {
  TytoCatalogue *catalogue;
  TytoS3Client *client;
  char *template;
  GHashTable *known; /* (element-type utf8): ids that the catalogue has */
  GPtrArray *prefixes;
  guint next_prefix;
  GPtrArray *uploads; /* nullable (element-type TytoS3Upload): of the present prefix */
  guint next_upload;
  gint n_aborted;
} Sweep;

static void
sweep_free (Sweep *sweep)
{
  g_clear_object (&sweep->catalogue);
  g_clear_object (&sweep->client);
  g_free (sweep->template);
  g_hash_table_unref (sweep->known);
  g_clear_pointer (&sweep->prefixes, g_ptr_array_unref);
  g_clear_pointer (&sweep->uploads, g_ptr_array_unref);
  g_free (sweep);
}

static void go_on (GTask *task);

static void
fail (GTask *task, GError *error)
{
  g_task_return_error (task, error);
  g_object_unref (task);
}

static void
on_aborted (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Sweep *sweep = g_task_get_task_data (task);
  GError *error = NULL;

  if (!tyto_s3_client_abort_multipart_finish (sweep->client, result, &error)) {
    fail (task, error);
    return;
  }
  sweep->n_aborted++;
  go_on (task);
}

static gboolean
is_stray (Sweep *sweep, const TytoS3Upload *upload)
{
  return upload->initiated_us >= 0 && tyto_time_now () - upload->initiated_us > TYTO_STRAY_AGE_US
         && !g_hash_table_contains (sweep->known, upload->id);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Sweep *sweep = g_task_get_task_data (task);
  GError *error = NULL;

  sweep->uploads = tyto_s3_client_list_uploads_finish (sweep->client, result, &error);
  sweep->next_upload = 0;
  if (sweep->uploads == NULL)
    fail (task, error);
  else
    go_on (task);
}

static void
go_on (GTask *task)
{
  Sweep *sweep = g_task_get_task_data (task);

  while (sweep->uploads != NULL && sweep->next_upload < sweep->uploads->len) {
    const TytoS3Upload *upload = sweep->uploads->pdata[sweep->next_upload++];

    if (!is_stray (sweep, upload))
      continue;
    g_message ("The multipart upload of %s is nobody's; it is aborted", upload->key);
    tyto_s3_client_abort_multipart_async (sweep->client, upload->key, upload->id, NULL, on_aborted,
                                          task);
    return;
  }
  g_clear_pointer (&sweep->uploads, g_ptr_array_unref);
  if (sweep->next_prefix < sweep->prefixes->len) {
    tyto_s3_client_list_uploads_async (sweep->client, sweep->prefixes->pdata[sweep->next_prefix++],
                                       NULL, on_listed, task);
    return;
  }
  g_task_return_int (task, sweep->n_aborted);
  g_object_unref (task);
}

/* What all keys of a camera begin with; a bucket's other users are none of our business. */
static void
add_prefix (Sweep *sweep, const char *camera)
{
  g_autofree char *prefix = tyto_archive_key_prefix (sweep->template, camera);

  if (*prefix != '\0'
      && !g_ptr_array_find_with_equal_func (sweep->prefixes, prefix, g_str_equal, NULL))
    g_ptr_array_add (sweep->prefixes, g_steal_pointer (&prefix));
}

static void
on_totals (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Sweep *sweep = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) totals = tyto_catalogue_list_rows_finish (sweep->catalogue, result, &error);

  if (totals == NULL) {
    fail (task, error);
    return;
  }
  for (guint i = 0; i < totals->len; i++)
    add_prefix (sweep, ((TytoCatalogueTotals *) totals->pdata[i])->camera);
  go_on (task);
}

static void
on_tried (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Sweep *sweep = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) tried = tyto_catalogue_list_rows_finish (sweep->catalogue, result, &error);

  if (tried == NULL) {
    fail (task, error);
    return;
  }
  if (tried->len >= TRIED_MAX) { /* not all are known: another time */
    g_task_return_int (task, 0);
    g_object_unref (task);
    return;
  }
  for (guint i = 0; i < tried->len; i++)
    g_hash_table_add (sweep->known, g_strdup (((TytoUpload *) tried->pdata[i])->upload));
  tyto_catalogue_list_totals_async (sweep->catalogue, NULL, on_totals, task);
}

void
tyto_stray_uploads_sweep_async (TytoCatalogue *catalogue, TytoS3Client *client,
                                const char *template, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  Sweep *sweep = g_new0 (Sweep, 1);

  sweep->catalogue = g_object_ref (catalogue);
  sweep->client = g_object_ref (client);
  sweep->template = g_strdup (template);
  sweep->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  sweep->prefixes = g_ptr_array_new_with_free_func (g_free);
  g_task_set_task_data (task, sweep, (GDestroyNotify) sweep_free);
  tyto_catalogue_list_tried_uploads_async (catalogue, TRIED_MAX, NULL, on_tried, task);
}

gint
tyto_stray_uploads_sweep_finish (GAsyncResult *result, GError **error)
{
  return (gint) g_task_propagate_int (G_TASK (result), error);
}
