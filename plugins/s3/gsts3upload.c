/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s3/gsts3uploadprivate.h"

#include "base/tyto-error.h"

#define TELL_EVERY_US  (G_USEC_PER_SEC / 2)
#define ABORT_WITHIN_S 3

/* --- The end --- */

static void
on_aborted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GstS3Upload *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!tyto_s3_client_abort_multipart_finish (self->client, result, &error))
    GST_WARNING ("a multipart upload of %s is left at the server: %s", self->key, error->message);
  g_main_loop_quit (self->loop);
}

/* Once nothing is under way any more, so that no part comes behind the abort. */
static void
end_if_idle (GstS3Upload *self)
{
  if (!self->closing || self->calls > 0)
    return;
  if (self->abort && self->id != NULL && !self->done)
    tyto_s3_client_abort_multipart_async (self->client, self->key, self->id, self->end_cancellable,
                                          on_aborted, self);
  else
    g_main_loop_quit (self->loop);
}

/* Takes @error. */
static void
fail (GstS3Upload *self, GError *error)
{
  g_mutex_lock (&self->lock);
  tyto_error_keep_first (&self->error, error);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  g_cancellable_cancel (self->cancellable);
}

gboolean
gst_s3_upload_returned (GstS3Upload *self, GError *error)
{
  self->calls--;
  if (error != NULL && !self->closing)
    fail (self, g_steal_pointer (&error));
  g_clear_error (&error);
  end_if_idle (self);
  return !self->closing && self->error == NULL;
}

/* --- Progress --- */

static void
tell_progress (GstS3Upload *self, gboolean now_at_once)
{
  gint64 now = g_get_monotonic_time ();
  guint64 rate;

  if (!now_at_once && now - self->told_at < TELL_EVERY_US)
    return;
  self->told_at = now;
  rate = gst_s3_meter_sample (&self->meter, now, self->sent);
  self->tell (gst_structure_new ("s3-upload-progress", "sent", G_TYPE_UINT64, self->sent, "total",
                                 G_TYPE_UINT64, self->total, "rate", G_TYPE_UINT64, rate, NULL),
              self->user_data);
}

static void
on_sent (TytoS3Client *client, const char *key, guint part, gint64 bytes, GstS3Upload *self)
{
  if (part == 0 && self->id != NULL)
    return; /* what is said to complete the upload */
  self->sent = (guint64) MAX ((gint64) self->sent + bytes, 0);
  tell_progress (self, FALSE);
}

/* --- The object is complete --- */

static void
set_done (GstS3Upload *self, const gchar *etag)
{
  tell_progress (self, TRUE);
  g_mutex_lock (&self->lock);
  self->etag = g_strdup (etag);
  self->done = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
on_head (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GstS3Upload *self = user_data;
  GError *error = NULL;
  g_autoptr (TytoS3Object) object
      = tyto_s3_client_head_object_finish (self->client, result, &error);

  if (object != NULL)
    gst_s3_parts_compare (self->finished, object, &error);
  if (gst_s3_upload_returned (self, error))
    set_done (self, object->etag);
}

static void
compare (GstS3Upload *self)
{
  self->calls++;
  tyto_s3_client_head_object_async (self->client, self->key, self->cancellable, on_head, self);
}

static gboolean
on_paid (gpointer user_data)
{
  GstS3Upload *self = user_data;

  g_clear_pointer (&self->pause, g_source_unref);
  compare (self);
  return G_SOURCE_REMOVE;
}

/* The limit of bandwidth holds for a row of small objects, too: the next comes after this one. */
void
gst_s3_upload_compare (GstS3Upload *self)
{
  gint64 wait = gst_s3_pace_wait (&self->pace, g_get_monotonic_time ());

  if (wait > 0)
    gst_s3_upload_pause (self, wait, on_paid);
  else
    compare (self);
}

void
gst_s3_upload_pause (GstS3Upload *self, gint64 us, GSourceFunc then)
{
  self->pause = g_timeout_source_new ((guint) MIN (us / 1000 + 1, G_MAXINT));
  g_source_set_callback (self->pause, then, self, NULL);
  g_source_attach (self->pause, self->context);
}

/* Has the client keep the limit as it is now, and gives it. */
static guint64
renew_pace (GstS3Upload *self)
{
  guint64 bandwidth;

  g_mutex_lock (&self->lock);
  bandwidth = self->bandwidth;
  g_mutex_unlock (&self->lock);
  tyto_s3_client_set_pace (self->client, bandwidth);
  return bandwidth;
}

void
gst_s3_upload_spend (GstS3Upload *self, guint64 bytes)
{
  gst_s3_pace_spend (&self->pace, g_get_monotonic_time (), bytes, renew_pace (self));
}

/* --- One request --- */

static void
on_put (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GstS3Upload *self = user_data;
  GError *error = NULL;
  g_autofree gchar *etag = tyto_s3_client_put_object_finish (self->client, result, &error);
  GstS3Part *part = self->finished->pdata[0];

  g_clear_pointer (&part->body, g_bytes_unref);
  part->etag = g_steal_pointer (&etag);
  if (gst_s3_upload_returned (self, error))
    gst_s3_upload_compare (self);
}

/* --- What the caller's thread has done in the upload's --- */

typedef struct {
  GstS3Upload *upload;
  GstS3Part *part;
  gchar *sha256;
  gboolean abort;
} Order;

static void
order_free (gpointer data)
{
  Order *order = data;

  g_clear_pointer (&order->part, gst_s3_part_free);
  g_free (order->sha256);
  g_free (order);
}

/* Has @function run in the upload's thread. @order: copied */
static void
run_there (GSourceFunc function, Order order)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, function, g_memdup2 (&order, sizeof order), order_free);
  g_source_attach (source, order.upload->context);
}

static gboolean
do_put (gpointer user_data)
{
  Order *order = user_data;
  GstS3Upload *self = order->upload;
  const TytoS3Put put = { self->content_type, self->metadata, FALSE, order->sha256 };
  GstS3Part *part = g_steal_pointer (&order->part);

  g_ptr_array_add (self->finished, part);
  if (self->client == NULL || self->closing)
    return G_SOURCE_REMOVE;
  self->calls++;
  gst_s3_upload_spend (self, part->size);
  tyto_s3_client_put_object_async (self->client, self->key, part->body, &put, self->cancellable,
                                   on_put, self);
  return G_SOURCE_REMOVE;
}

static gboolean
do_push (gpointer user_data)
{
  Order *order = user_data;
  GstS3Upload *self = order->upload;

  if (self->client != NULL && !self->closing)
    gst_s3_multipart_add (self, g_steal_pointer (&order->part));
  return G_SOURCE_REMOVE;
}

/* What is being sent keeps the new limit, too. */
static gboolean
do_pace (gpointer user_data)
{
  Order *order = user_data;

  if (order->upload->client != NULL)
    renew_pace (order->upload);
  return G_SOURCE_REMOVE;
}

static gboolean
do_end (gpointer user_data)
{
  Order *order = user_data;

  if (!order->upload->closing)
    gst_s3_multipart_end (order->upload);
  return G_SOURCE_REMOVE;
}

static gboolean
do_confirm (gpointer user_data)
{
  Order *order = user_data;

  if (!order->upload->closing)
    gst_s3_multipart_confirm (order->upload);
  return G_SOURCE_REMOVE;
}

static gboolean
on_abort_takes_long (gpointer user_data)
{
  g_cancellable_cancel (user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
do_close (gpointer user_data)
{
  Order *order = user_data;
  GstS3Upload *self = order->upload;
  g_autoptr (GSource) timer = g_timeout_source_new_seconds (ABORT_WITHIN_S);

  self->closing = TRUE;
  self->abort = order->abort;
  g_cancellable_cancel (self->cancellable);
  if (!self->abort)
    g_cancellable_cancel (self->end_cancellable);
  g_source_set_callback (timer, on_abort_takes_long, g_object_ref (self->end_cancellable),
                         g_object_unref);
  g_source_attach (timer, self->context);
  end_if_idle (self);
  return G_SOURCE_REMOVE;
}

static gpointer
run (gpointer data)
{
  GstS3Upload *self = data;
  GError *error = NULL;

  g_main_context_push_thread_default (self->context);
  self->client = tyto_s3_client_new (self->config, &error);
  if (self->client != NULL)
    g_signal_connect (self->client, "sent", G_CALLBACK (on_sent), self);
  else
    fail (self, error);
  g_main_loop_run (self->loop);
  if (self->pause != NULL)
    g_source_destroy (self->pause);
  g_clear_pointer (&self->pause, g_source_unref);
  g_clear_object (&self->client);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

/* --- The caller's thread --- */

GstS3Upload *
gst_s3_upload_new (const GstS3UploadPlan *plan, GstS3UploadTell tell, gpointer user_data)
{
  GstS3Upload *self = g_new0 (GstS3Upload, 1);

  self->config = tyto_s3_config_ref (plan->config);
  self->key = g_strdup (plan->key);
  self->content_type = g_strdup (plan->content_type);
  self->metadata = plan->metadata != NULL ? g_hash_table_ref (plan->metadata) : NULL;
  self->resume = g_strdup (plan->resume);
  self->parallel = plan->parallel;
  self->compare_md5 = plan->compare_md5;
  self->confirm = plan->confirm;
  self->bandwidth = plan->bandwidth;
  self->total = plan->total;
  self->tell = tell;
  self->user_data = user_data;
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  g_queue_init (&self->waiting);
  self->finished = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_s3_part_free);
  self->cancellable = g_cancellable_new ();
  self->end_cancellable = g_cancellable_new ();
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->thread = g_thread_new ("s3-upload", run, self);
  return self;
}

/* Waits, with the lock held, until @ready says so. */
static GstFlowReturn
wait_until (GstS3Upload *self, gboolean (*ready) (GstS3Upload *self))
{
  while (self->error == NULL && !ready (self) && !self->flushing)
    g_cond_wait (&self->cond, &self->lock);
  if (self->error != NULL)
    return GST_FLOW_ERROR;
  return ready (self) ? GST_FLOW_OK : GST_FLOW_FLUSHING;
}

static gboolean
has_room (GstS3Upload *self)
{
  return self->held < self->parallel;
}

/* A part that an earlier try may have sent is known by its MD5. */
static GstS3Part *
make_part (GstS3Upload *self, guint number, GBytes *body)
{
  GstS3Part *part = gst_s3_part_new (number, g_bytes_ref (body));

  if (self->compare_md5 || (number > 0 && self->resume != NULL))
    gst_s3_part_hash (part);
  return part;
}

GstFlowReturn
gst_s3_upload_push (GstS3Upload *self, GBytes *body)
{
  GstFlowReturn result;

  g_mutex_lock (&self->lock);
  result = wait_until (self, has_room);
  if (result == GST_FLOW_OK)
    self->held++;
  g_mutex_unlock (&self->lock);
  if (result == GST_FLOW_OK)
    run_there (do_push, (Order){ self, make_part (self, ++self->pushed, body) });
  return result;
}

void
gst_s3_upload_put (GstS3Upload *self, GBytes *body, const gchar *sha256)
{
  self->ended = TRUE;
  run_there (do_put, (Order){ self, make_part (self, 0, body), g_strdup (sha256) });
}

static gboolean
is_done (GstS3Upload *self)
{
  return self->done;
}

GstFlowReturn
gst_s3_upload_finish (GstS3Upload *self)
{
  GstFlowReturn result;

  if (!self->ended)
    run_there (do_end, (Order){ self });
  self->ended = TRUE;
  g_mutex_lock (&self->lock);
  result = wait_until (self, is_done);
  g_mutex_unlock (&self->lock);
  return result;
}

const gchar *
gst_s3_upload_get_etag (GstS3Upload *self)
{
  return self->etag;
}

gchar *
gst_s3_upload_dup_id (GstS3Upload *self)
{
  gchar *id;

  g_mutex_lock (&self->lock);
  id = g_strdup (self->id != NULL ? self->id : "");
  g_mutex_unlock (&self->lock);
  return id;
}

GError *
gst_s3_upload_dup_error (GstS3Upload *self)
{
  GError *error;

  g_mutex_lock (&self->lock);
  error = g_error_copy (self->error);
  g_mutex_unlock (&self->lock);
  return error;
}

void
gst_s3_upload_set_flushing (GstS3Upload *self, gboolean flushing)
{
  g_mutex_lock (&self->lock);
  self->flushing = flushing;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

void
gst_s3_upload_confirm (GstS3Upload *self)
{
  run_there (do_confirm, (Order){ self });
}

void
gst_s3_upload_set_bandwidth (GstS3Upload *self, guint64 bandwidth)
{
  g_mutex_lock (&self->lock);
  self->bandwidth = bandwidth;
  g_mutex_unlock (&self->lock);
  run_there (do_pace, (Order){ self });
}

void
gst_s3_upload_close (GstS3Upload *self, gboolean abort)
{
  run_there (do_close, (Order){ self, .abort = abort });
  g_thread_join (self->thread);
  g_queue_clear_full (&self->waiting, (GDestroyNotify) gst_s3_part_free);
  g_clear_pointer (&self->listed, g_hash_table_unref);
  g_clear_pointer (&self->metadata, g_hash_table_unref);
  g_clear_error (&self->error);
  g_ptr_array_unref (self->finished);
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_object_unref (self->cancellable);
  g_object_unref (self->end_cancellable);
  tyto_s3_config_unref (self->config);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self->id);
  g_free (self->etag);
  g_free (self->key);
  g_free (self->content_type);
  g_free (self->resume);
  g_free (self);
}
