/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/spool/tyto-bucket-recovery.h"

#include "base/tyto-error.h"
#include "recorder/spool/tyto-bucket-object.h"
#include "store/tyto-catalogue-broadcasts.h"
#include "store/tyto-catalogue-retention.h"

#include <string.h>

/* Objects that are looked at at the same time: each costs a round trip. */
#define MAX_LOOKS 16

struct _TytoBucketRecovery {
  GObject parent_instance;

  TytoCatalogue *catalogue;
  TytoS3Client *client;     /* nullable: of the bucket that is looked at */
  TytoS3Client *next;       /* nullable: of the bucket after it, of broadcasts */
  char *bucket;             /* nullable: of broadcasts */
  gboolean with_segments;   /* are in the bucket that is looked at; */
  gboolean with_broadcasts; /* are in it */
  TytoRecoveryReport *report;
  GCancellable *cancellable; /* ours: of all that is under way */
  gulong cancelled_id;
  GTask *task;        /* nullable: while it runs */
  GQueue keys;        /* (element-type utf8): listed, to be looked at */
  char *continuation; /* nullable: of the next page */
  gboolean listing;
  gboolean listed; /* all of it */
  guint n_looks;
  GError *error; /* nullable: what ends it */
};

G_DEFINE_FINAL_TYPE (TytoBucketRecovery, tyto_bucket_recovery, G_TYPE_OBJECT)

TytoBucketRecovery *
tyto_bucket_recovery_new (TytoCatalogue *catalogue, TytoS3Client *client)
{
  TytoBucketRecovery *self = g_object_new (TYTO_TYPE_BUCKET_RECOVERY, NULL);

  self->catalogue = g_object_ref (catalogue);
  self->client = client != NULL ? g_object_ref (client) : NULL;
  self->listed = client == NULL;
  self->with_segments = TRUE;
  return self;
}

void
tyto_bucket_recovery_add_broadcasts (TytoBucketRecovery *self, TytoS3Client *client,
                                     const char *bucket)
{
  self->bucket = g_strdup (bucket);
  self->next = client != NULL ? g_object_ref (client) : NULL;
  self->with_broadcasts = client == NULL;
}

TytoRecoveryReport *
tyto_bucket_recovery_get_report (TytoBucketRecovery *self)
{
  return self->report;
}

static void go_on (TytoBucketRecovery *self);

/* Takes @error: nothing more is begun. */
static void
give_up (TytoBucketRecovery *self, GError *error)
{
  if (self->error == NULL) {
    self->error = error;
    g_cancellable_cancel (self->cancellable);
  } else {
    g_error_free (error);
  }
}

/* --- One object --- */

/* TytoBucketObject and whose it is, on its way into the catalogue. */
typedef struct {
  TytoBucketRecovery *recovery;
  char *key;
  TytoBucketObject *object; /* nullable: until it was looked at */
} Entry;

static void
entry_end (Entry *entry)
{
  g_autoptr (TytoBucketRecovery) self = entry->recovery;

  g_clear_pointer (&entry->object, tyto_bucket_object_free);
  g_free (entry->key);
  g_free (entry);
  self->n_looks--;
  tyto_recovery_report_count (self->report, 0, 1);
  go_on (self);
}

static void
note (Entry *entry, TytoFindingKind kind, const char *detail)
{
  const TytoSegment *segment = entry->object != NULL ? entry->object->segment : NULL;

  tyto_recovery_report_add (entry->recovery->report, kind, entry->key,
                            segment != NULL ? segment->id : NULL, detail);
}

/* It is in the catalogue now, or was refused. */
static void
on_entered (GObject *source, GAsyncResult *result, gpointer data)
{
  Entry *entry = data;
  GError *error = NULL;

  if (tyto_catalogue_enter_finish (TYTO_CATALOGUE (source), result, &error)) {
    if (entry->object->segment != NULL)
      note (entry, TYTO_FINDING_ENTERED, NULL);
    else if (entry->object->broadcast != NULL)
      note (entry, TYTO_FINDING_BROADCAST, entry->object->broadcast->stream_key);
  } else if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_ALREADY_EXISTS)) {
    note (entry, TYTO_FINDING_UNKNOWN, error->message);
    g_error_free (error);
  } else {
    note (entry, TYTO_FINDING_FAILED, error->message);
    /* A row that the database refuses may be this one alone: another one has its object. */
    if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_STORAGE))
      g_error_free (error);
    else
      give_up (entry->recovery, error);
  }
  entry_end (entry);
}

static void
attach (Entry *entry, const char *id)
{
  const TytoBucketObject *object = entry->object;

  tyto_catalogue_finish_upload_async (entry->recovery->catalogue, id, object->key, object->sha256,
                                      object->modified_us, NULL, on_entered, entry);
}

static void
on_thumbnail (GObject *source, GAsyncResult *result, gpointer data)
{
  Entry *entry = data;
  const TytoBucketObject *object = entry->object;
  GError *error = NULL;

  if (tyto_catalogue_enter_finish (TYTO_CATALOGUE (source), result, &error)) {
    g_autofree char *id = tyto_upload_thumbnail_id_new (object->camera, object->taken_us);

    attach (entry, id);
  } else {
    give_up (entry->recovery, error);
    entry_end (entry);
  }
}

/* The catalogue has a row of the same segment. */
static void
compare_row (Entry *entry, const TytoSegment *row)
{
  const TytoBucketObject *object = entry->object;
  g_autofree char *detail = NULL;

  if (row->object != NULL && g_str_equal (row->object, object->key)) {
    entry_end (entry);
    return;
  }
  if (row->object != NULL)
    detail = g_strdup_printf ("its segment is in the archive as %s already", row->object);
  else if (row->bytes != object->size)
    detail = g_strdup_printf ("it has %" G_GUINT64_FORMAT " bytes, the segment's row says"
                              " %" G_GUINT64_FORMAT,
                              object->size, row->bytes);
  else if (row->sha256 != NULL && g_strcmp0 (row->sha256, object->sha256) != 0)
    detail = g_strdup ("it has another SHA-256 than the segment's row says");
  if (detail == NULL) {
    attach (entry, row->id);
    return;
  }
  note (entry, row->object != NULL ? TYTO_FINDING_UNKNOWN : TYTO_FINDING_CHANGED, detail);
  entry_end (entry);
}

static void
on_deleting (GObject *source, GAsyncResult *result, gpointer data)
{
  Entry *entry = data;
  GError *error = NULL;
  g_autoptr (GPtrArray) rows
      = tyto_catalogue_list_rows_finish (TYTO_CATALOGUE (source), result, &error);

  if (rows != NULL && rows->len == 0) {
    tyto_catalogue_enter_segment_async (TYTO_CATALOGUE (source), entry->object->segment, NULL,
                                        on_entered, entry);
    return;
  }
  if (rows == NULL)
    give_up (entry->recovery, error);
  entry_end (entry);
}

static void
on_row (GObject *source, GAsyncResult *result, gpointer data)
{
  Entry *entry = data;
  GError *error = NULL;
  g_autoptr (TytoSegment) row
      = tyto_catalogue_get_segment_finish (TYTO_CATALOGUE (source), result, &error);

  if (row != NULL) {
    tyto_recovery_report_count (entry->recovery->report, 1, 0);
    compare_row (entry, row);
  } else if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND)) {
    g_error_free (error);
    tyto_catalogue_find_deleting_async (TYTO_CATALOGUE (source), entry->object->segment->id, NULL,
                                        on_deleting, entry);
  } else {
    give_up (entry->recovery, error);
    entry_end (entry);
  }
}

/* --- A broadcast's --- */

static void
enter_broadcast (Entry *entry)
{
  TytoBucketRecovery *self = entry->recovery;
  TytoBroadcast *broadcast = entry->object->broadcast;

  g_free (broadcast->file_path);
  broadcast->file_path = g_strconcat (self->bucket, "/", broadcast->object, NULL);
  tyto_catalogue_put_broadcast_async (self->catalogue, broadcast, NULL, on_entered, entry);
}

/* One that is being deleted has a row that cannot be got. */
static void
on_open_broadcasts (GObject *source, GAsyncResult *result, gpointer data)
{
  Entry *entry = data;
  GError *error = NULL;
  g_autoptr (GPtrArray) open
      = tyto_catalogue_list_rows_finish (TYTO_CATALOGUE (source), result, &error);
  gboolean known = open == NULL;

  if (open == NULL)
    give_up (entry->recovery, error);
  for (guint i = 0; !known && i < open->len; i++)
    known
        = g_str_equal (((const TytoBroadcast *) open->pdata[i])->id, entry->object->broadcast->id);
  if (known)
    entry_end (entry);
  else
    enter_broadcast (entry);
}

static void
on_broadcast (GObject *source, GAsyncResult *result, gpointer data)
{
  Entry *entry = data;
  GError *error = NULL;
  g_autoptr (TytoBroadcast) row
      = tyto_catalogue_get_broadcast_finish (TYTO_CATALOGUE (source), result, &error);

  if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND)) {
    g_error_free (error);
    tyto_catalogue_list_open_broadcasts_async (TYTO_CATALOGUE (source), NULL, on_open_broadcasts,
                                               entry);
    return;
  }
  if (row == NULL)
    give_up (entry->recovery, error);
  else
    tyto_recovery_report_count (entry->recovery->report, 1, 0);
  entry_end (entry);
}

/* A row says nothing of the bucket of a segment, and one of a broadcast's is of its own. */
static gboolean
is_of_this_bucket (const TytoBucketRecovery *self, const TytoBucketObject *object)
{
  return object->broadcast != NULL ? self->with_broadcasts : self->with_segments;
}

/* Whether an error is of the one object alone. */
static gboolean
is_single (const GError *error)
{
  return !g_error_matches (error, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE)
         && !g_error_matches (error, TYTO_ERROR, TYTO_ERROR_TIMED_OUT)
         && !g_error_matches (error, TYTO_ERROR, TYTO_ERROR_FORBIDDEN)
         && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  Entry *entry = data;
  TytoBucketRecovery *self = entry->recovery;
  GError *error = NULL;
  TytoBucketObject *object = tyto_bucket_object_look_finish (result, &error);

  entry->object = object;
  if (object == NULL && is_single (error)) {
    if (!g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND))
      note (entry, TYTO_FINDING_FAILED, error->message);
    g_error_free (error);
    entry_end (entry);
  } else if (object == NULL) {
    give_up (self, error);
    entry_end (entry);
  } else if (!is_of_this_bucket (self, object)) {
    note (entry, TYTO_FINDING_UNKNOWN, "it is none of those that are kept in this bucket");
    entry_end (entry);
  } else if (object->broadcast != NULL) {
    tyto_catalogue_get_broadcast_async (self->catalogue, object->broadcast->id, NULL, on_broadcast,
                                        entry);
  } else if (object->segment != NULL) {
    tyto_catalogue_get_segment_async (self->catalogue, object->segment->id, NULL, on_row, entry);
  } else if (object->camera != NULL) {
    tyto_catalogue_enter_thumbnail_async (self->catalogue, object->camera, object->taken_us, "",
                                          object->size, NULL, on_thumbnail, entry);
  } else {
    note (entry, TYTO_FINDING_UNKNOWN, object->why);
    entry_end (entry);
  }
}

static void
look (TytoBucketRecovery *self, const char *key)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->recovery = g_object_ref (self);
  entry->key = g_strdup (key);
  self->n_looks++;
  tyto_bucket_object_look_async (self->client, key, self->cancellable, on_looked, entry);
}

/* --- All of them --- */

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBucketRecovery) self = data;
  g_autofree char *continuation = NULL;
  GError *error = NULL;
  g_autoptr (GPtrArray) objects
      = tyto_s3_client_list_objects_finish (TYTO_S3_CLIENT (source), result, &continuation, &error);

  self->listing = FALSE;
  /* The bucket of broadcasts is made when it is needed first. */
  if (objects == NULL && !self->with_segments
      && g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND))
    g_error_free (error);
  else if (objects == NULL)
    give_up (self, error);
  for (guint i = 0; objects != NULL && i < objects->len; i++)
    g_queue_push_tail (&self->keys, g_strdup (((const TytoS3Object *) objects->pdata[i])->key));
  g_free (self->continuation);
  self->continuation = g_steal_pointer (&continuation);
  self->listed = self->continuation == NULL;
  go_on (self);
}

static void
end (TytoBucketRecovery *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->task);

  g_cancellable_disconnect (g_task_get_cancellable (task), self->cancelled_id);
  tyto_recovery_report_end (self->report, self->error);
  if (self->error != NULL)
    g_task_return_error (task, g_steal_pointer (&self->error));
  else
    g_task_return_boolean (task, TRUE);
}

/* The bucket of broadcasts comes after the archive's. */
static void
begin_next (TytoBucketRecovery *self)
{
  g_clear_object (&self->client);
  self->client = g_steal_pointer (&self->next);
  self->listed = FALSE;
  self->with_segments = FALSE;
  self->with_broadcasts = TRUE;
}

static void
go_on (TytoBucketRecovery *self)
{
  if (self->error == NULL && self->listed && self->next != NULL && self->n_looks == 0
      && g_queue_is_empty (&self->keys))
    begin_next (self);
  while (self->error == NULL && self->n_looks < MAX_LOOKS && !g_queue_is_empty (&self->keys)) {
    g_autofree char *key = g_queue_pop_head (&self->keys);

    look (self, key);
  }
  if (self->error == NULL && !self->listed && !self->listing && g_queue_is_empty (&self->keys)) {
    self->listing = TRUE;
    tyto_s3_client_list_objects_async (self->client, "", self->continuation, 0, self->cancellable,
                                       on_listed, g_object_ref (self));
  }
  if (self->n_looks == 0 && !self->listing && self->task != NULL)
    end (self);
}

static void
on_cancelled (GCancellable *cancellable, GCancellable *ours)
{
  g_cancellable_cancel (ours);
}

void
tyto_bucket_recovery_run_async (TytoBucketRecovery *self, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (self->task == NULL);

  self->task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (self->task, tyto_bucket_recovery_run_async);
  if (cancellable != NULL)
    self->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled),
                                                g_object_ref (self->cancellable), g_object_unref);
  go_on (self);
}

gboolean
tyto_bucket_recovery_run_finish (TytoBucketRecovery *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
tyto_bucket_recovery_finalize (GObject *object)
{
  TytoBucketRecovery *self = TYTO_BUCKET_RECOVERY (object);

  g_queue_clear_full (&self->keys, g_free);
  g_free (self->continuation);
  g_clear_error (&self->error);
  g_object_unref (self->cancellable);
  tyto_recovery_report_unref (self->report);
  g_object_unref (self->catalogue);
  g_clear_object (&self->client);
  g_clear_object (&self->next);
  g_free (self->bucket);
  G_OBJECT_CLASS (tyto_bucket_recovery_parent_class)->finalize (object);
}

static void
tyto_bucket_recovery_class_init (TytoBucketRecoveryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_bucket_recovery_finalize;
}

static void
tyto_bucket_recovery_init (TytoBucketRecovery *self)
{
  self->report = tyto_recovery_report_new (TYTO_RECOVERY_BUCKET);
  self->cancellable = g_cancellable_new ();
}
