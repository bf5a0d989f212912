/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s3/gsts3uploadprivate.h"

#include "base/tyto-error.h"

/* A part that is being sent. */
typedef struct {
  GstS3Upload *upload;
  GstS3Part *part;
} Sending;

static void send_parts (GstS3Upload *self);

/* --- The object is complete --- */

static void
on_completed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GstS3Upload *self = user_data;
  GError *error = NULL;
  g_autofree gchar *etag = tyto_s3_client_complete_multipart_finish (self->client, result, &error);

  if (gst_s3_upload_returned (self, error))
    gst_s3_upload_compare (self);
}

static gint
by_number (gconstpointer a, gconstpointer b)
{
  const GstS3Part *one = *(GstS3Part *const *) a;
  const GstS3Part *other = *(GstS3Part *const *) b;

  return (gint) one->number - (gint) other->number;
}

static void
complete_if_all_sent (GstS3Upload *self)
{
  g_autoptr (GPtrArray) parts = NULL;

  if (!self->open || !self->last || self->sending > 0 || !g_queue_is_empty (&self->waiting))
    return;
  g_ptr_array_sort (self->finished, by_number);
  parts = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_s3_part_free);
  for (guint i = 0; i < self->finished->len; i++) {
    const GstS3Part *part = self->finished->pdata[i];

    g_ptr_array_add (parts, tyto_s3_part_new (part->number, part->etag, part->size));
  }
  self->open = FALSE;
  self->calls++;
  tyto_s3_client_complete_multipart_async (self->client, self->key, self->id, parts,
                                           self->cancellable, on_completed, self);
}

/* --- Parts --- */

/* Takes @part, which the server has as @etag. */
static void
finish_part (GstS3Upload *self, GstS3Part *part, const gchar *etag)
{
  g_clear_pointer (&part->body, g_bytes_unref);
  part->etag = g_strdup (etag);
  g_ptr_array_add (self->finished, part);
  g_mutex_lock (&self->lock);
  self->held--;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
on_part (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Sending *sending = user_data;
  GstS3Upload *self = sending->upload;
  GError *error = NULL;
  g_autofree gchar *etag = tyto_s3_client_upload_part_finish (self->client, result, &error);

  self->sending--;
  if (!gst_s3_upload_returned (self, error)) {
    gst_s3_part_free (sending->part);
    return;
  }
  finish_part (self, sending->part, etag);
  send_parts (self);
}

/* Whether the server has @part from an earlier try. */
static const TytoS3Part *
find_listed (GstS3Upload *self, const GstS3Part *part)
{
  const TytoS3Part *there = NULL;

  if (self->listed != NULL)
    there = g_hash_table_lookup (self->listed, GUINT_TO_POINTER (part->number));
  return there != NULL && there->size == part->size && gst_s3_part_has_etag (part, there->etag)
             ? there
             : NULL;
}

static gboolean
on_pause_over (gpointer user_data)
{
  GstS3Upload *self = user_data;

  g_clear_pointer (&self->pause, g_source_unref);
  send_parts (self);
  return G_SOURCE_REMOVE;
}

/* Whether the limit of bandwidth lets @bytes go now; else send_parts() is called when it does. */
static gboolean
take_bandwidth (GstS3Upload *self, guint64 bytes)
{
  gint64 wait = gst_s3_pace_wait (&self->pace, g_get_monotonic_time ());

  if (wait > 0)
    gst_s3_upload_pause (self, wait, on_pause_over);
  else
    gst_s3_upload_spend (self, bytes);
  return wait == 0;
}

static void
send_part (GstS3Upload *self, GstS3Part *part)
{
  Sending *sending = g_new (Sending, 1);

  sending->upload = self;
  sending->part = part;
  self->calls++;
  self->sending++;
  tyto_s3_client_upload_part_async (self->client, self->key, self->id, part->number, part->body,
                                    self->cancellable, on_part, sending);
}

static void
send_parts (GstS3Upload *self)
{
  while (self->open && self->error == NULL && self->pause == NULL && self->sending < self->parallel
         && !g_queue_is_empty (&self->waiting)) {
    GstS3Part *part = g_queue_peek_head (&self->waiting);
    const TytoS3Part *there = find_listed (self, part);

    if (there == NULL && !take_bandwidth (self, part->size))
      break;
    g_queue_pop_head (&self->waiting);
    if (there == NULL) {
      send_part (self, part);
    } else {
      self->sent += part->size;
      finish_part (self, part, there->etag);
    }
  }
  if (self->error == NULL)
    complete_if_all_sent (self);
}

/* --- The multipart upload --- */

static void
open_upload (GstS3Upload *self)
{
  self->open = TRUE;
  send_parts (self);
}

static void
set_id (GstS3Upload *self, const gchar *id)
{
  g_mutex_lock (&self->lock);
  self->id = g_strdup (id);
  g_mutex_unlock (&self->lock);
}

static void
on_created (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GstS3Upload *self = user_data;
  GError *error = NULL;
  g_autofree gchar *id = tyto_s3_client_create_multipart_finish (self->client, result, &error);

  set_id (self, id);
  if (!gst_s3_upload_returned (self, error))
    return;
  self->tell (gst_structure_new ("s3-upload-begun", "upload-id", G_TYPE_STRING, id, NULL),
              self->user_data);
  if (!self->confirm)
    open_upload (self);
}

static void
create (GstS3Upload *self)
{
  const TytoS3Put put = { self->content_type, self->metadata, FALSE, NULL };

  self->calls++;
  tyto_s3_client_create_multipart_async (self->client, self->key, &put, self->end_cancellable,
                                         on_created, self);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GstS3Upload *self = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) parts = tyto_s3_client_list_parts_finish (self->client, result, &error);
  gboolean gone = g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);

  if (gone)
    g_clear_error (&error);
  else
    set_id (self, self->resume);
  if (!gst_s3_upload_returned (self, error))
    return;
  if (gone) {
    create (self);
    return;
  }
  self->listed = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) tyto_s3_part_free);
  for (guint i = 0; i < parts->len; i++) {
    TytoS3Part *part = tyto_s3_part_copy (parts->pdata[i]);
    g_hash_table_replace (self->listed, GUINT_TO_POINTER (part->number), part);
  }
  open_upload (self);
}

static void
begin (GstS3Upload *self)
{
  self->begun = TRUE;
  if (self->resume == NULL) {
    create (self);
  } else {
    self->calls++;
    tyto_s3_client_list_parts_async (self->client, self->key, self->resume, self->cancellable,
                                     on_listed, self);
  }
}

void
gst_s3_multipart_add (GstS3Upload *self, GstS3Part *part)
{
  g_queue_push_tail (&self->waiting, part);
  if (!self->begun)
    begin (self);
  else
    send_parts (self);
}

void
gst_s3_multipart_end (GstS3Upload *self)
{
  self->last = TRUE;
  send_parts (self);
}

void
gst_s3_multipart_confirm (GstS3Upload *self)
{
  gboolean waits = self->confirm && self->id != NULL && self->listed == NULL;

  self->confirm = FALSE;
  if (waits)
    open_upload (self);
}
