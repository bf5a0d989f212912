/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/archive/tyto-upload-job.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"
#include "recorder/archive/tyto-archive-key.h"
#include "recorder/archive/tyto-archive-metadata.h"
#include "recorder/archive/tyto-archive-file.h"

struct _TytoUploadJob {
  GObject parent_instance;

  TytoCatalogue *catalogue;
  TytoArchiveTarget *target;
  TytoUpload *upload;
  char *template;
  GTask *task; /* nullable: runs */
  GCancellable *cancellable;
  GError *failure;      /* nullable: why it was called off by itself */
  TytoSegment *segment; /* nullable: of a thumbnail */
  char *sha256;
  guint64 size;
  gboolean moved;   /* its key was another's */
  GError *missing;  /* nullable: the file is not there */
  gboolean again;   /* something may have been begun at its key, and not been told of */
  gboolean present; /* the archive has it */
  TytoUploadOutcome outcome;
  gint64 begun_us;
  guint64 sent;
  guint64 rate;
};

G_DEFINE_FINAL_TYPE (TytoUploadJob, tyto_upload_job, G_TYPE_OBJECT)

static void look (TytoUploadJob *self);
static void clean (TytoUploadJob *self, const char *keep);

TytoUploadJob *
tyto_upload_job_new (TytoCatalogue *catalogue, TytoArchiveTarget *target, TytoUpload *upload,
                     const char *template)
{
  TytoUploadJob *self = g_object_new (TYTO_TYPE_UPLOAD_JOB, NULL);

  self->catalogue = g_object_ref (catalogue);
  self->target = g_object_ref (target);
  self->upload = tyto_upload_ref (upload);
  self->template = g_strdup (template);
  self->begun_us = tyto_time_now ();
  return self;
}

const TytoUpload *
tyto_upload_job_get_upload (TytoUploadJob *self)
{
  return self->upload;
}

static void
replace (char **text, const char *by)
{
  char *copy = g_strdup (by);

  g_free (*text);
  *text = copy;
}

static void
end (TytoUploadJob *self, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->task);

  g_signal_handlers_disconnect_by_data (self->target, self);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoUploadJob) self = data;
  GError *error = NULL;

  self->outcome = TYTO_UPLOAD_GONE;
  if (tyto_archive_target_remove_finish (self->target, result, &error))
    error = g_steal_pointer (&self->failure);
  end (self, error);
}

/* Its row is gone, or cannot be kept. @upload: the multipart upload that there is instead of an
 * object. */
static void
take_back (TytoUploadJob *self, const char *upload)
{
  tyto_archive_target_remove_async (self->target, self->upload->key, upload, NULL, on_removed,
                                    g_object_ref (self));
}

static void
row_is_gone (TytoUploadJob *self)
{
  self->outcome = TYTO_UPLOAD_GONE;
  if (*self->upload->upload != '\0')
    take_back (self, self->upload->upload);
  else
    end (self, NULL);
}

static void
on_finished (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoUploadJob) self = data;
  GError *error = NULL;

  tyto_catalogue_enter_finish (self->catalogue, result, &error);
  if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND)) {
    g_error_free (error);
    take_back (self, "");
    return;
  }
  end (self, error);
}

static void
enter (TytoUploadJob *self)
{
  tyto_catalogue_finish_upload_async (self->catalogue, self->upload->id, self->upload->key,
                                      self->sha256, tyto_time_now (), NULL, on_finished,
                                      g_object_ref (self));
}

static void
on_marked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoUploadJob) self = data;
  GError *error = NULL;

  if (tyto_archive_file_mark_finish (result, &error))
    enter (self);
  else
    end (self, error);
}

/* The archive has it: from here on nothing is called off. Thumbnails stay on the disk with their
 * segments: no mark offers them to whoever needs room. */
static void
finish (TytoUploadJob *self)
{
  if (self->upload->kind == TYTO_UPLOAD_THUMBNAIL || self->missing != NULL)
    enter (self);
  else
    tyto_archive_file_mark_async (self->upload->path, self->size, self->sha256, on_marked,
                                  g_object_ref (self));
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoUploadJob) self = data;
  GError *error = NULL;
  g_autoptr (TytoArchiveObject) object
      = tyto_archive_target_send_finish (self->target, result, &error);

  if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND) && *self->upload->upload != '\0') {
    g_error_free (error); /* what was begun is gone: was it completed? */
    replace (&self->upload->upload, "");
    look (self);
    return;
  }
  if (self->failure != NULL && object == NULL) {
    g_error_free (error);
    if (g_error_matches (self->failure, TYTO_ERROR, TYTO_ERROR_NOT_FOUND))
      g_clear_error (&self->failure);
    take_back (self, self->upload->upload);
    return;
  }
  if (object == NULL) {
    end (self, error);
    return;
  }
  if (object->size != self->size
      || (*object->sha256 != '\0' && !g_str_equal (object->sha256, self->sha256))) {
    tyto_set_error (&error, TYTO_ERROR_INTERNAL, NULL, "%s is not in the archive as it was sent",
                    self->upload->path);
    end (self, error);
    return;
  }
  self->outcome = TYTO_UPLOAD_SENT;
  self->present = TRUE;
  replace (&self->upload->key, object->key);
  clean (self, "");
}

static void
send (TytoUploadJob *self)
{
  g_autoptr (GHashTable) metadata
      = tyto_archive_metadata_make (self->upload, self->segment, self->sha256);

  tyto_archive_target_send_async (self->target, self->upload, self->upload->key, metadata,
                                  self->cancellable, on_sent, g_object_ref (self));
}

static void
after_cleaning (TytoUploadJob *self)
{
  if (self->present)
    finish (self);
  else
    send (self);
}

static void
on_cleaned (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoUploadJob) self = data;
  GError *error = NULL;

  if (tyto_archive_target_clean_finish (self->target, result, &error))
    after_cleaning (self);
  else
    end (self, error);
}

/* Goes on when nothing but @keep is begun at the key: whoever died may have begun what it never
 * told of. */
static void
clean (TytoUploadJob *self, const char *keep)
{
  if (self->again)
    tyto_archive_target_clean_async (self->target, self->upload->key, keep, self->cancellable,
                                     on_cleaned, g_object_ref (self));
  else
    after_cleaning (self);
}

static gboolean
move_key (TytoUploadJob *self)
{
  g_autofree char *key = NULL;

  if (self->moved)
    return FALSE;
  self->moved = TRUE;
  key = tyto_archive_key_make_unique (self->upload->key, self->upload);
  replace (&self->upload->key, key);
  look (self);
  return TRUE;
}

static void
on_begun (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoUploadJob) self = data;
  GError *error = NULL;

  if (tyto_catalogue_enter_finish (self->catalogue, result, &error)) {
    clean (self, self->upload->upload);
  } else if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND)) {
    g_error_free (error);
    row_is_gone (self);
  } else if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_ALREADY_EXISTS) && move_key (self)) {
    g_error_free (error); /* another segment's */
  } else {
    end (self, error);
  }
}

static void
begin (TytoUploadJob *self)
{
  tyto_catalogue_begin_upload_async (self->catalogue, self->upload->id, self->upload->key,
                                     self->upload->upload, self->cancellable, on_begun,
                                     g_object_ref (self));
}

static void
adopt (TytoUploadJob *self)
{
  self->outcome = TYTO_UPLOAD_ADOPTED;
  self->present = TRUE;
  clean (self, "");
}

static void
adopt_missing (TytoUploadJob *self, const TytoArchiveObject *object)
{
  if (object != NULL && g_str_equal (object->id, self->upload->id) && object->size == self->size
      && *object->sha256 != '\0') {
    self->sha256 = g_strdup (object->sha256);
    adopt (self);
  } else {
    end (self, g_steal_pointer (&self->missing));
  }
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoUploadJob) self = data;
  g_autoptr (TytoArchiveObject) object = NULL;
  GError *error = NULL;

  if (!tyto_archive_target_look_finish (self->target, result, &object, &error)) {
    end (self, error);
  } else if (self->missing != NULL) {
    adopt_missing (self, object);
  } else if (object == NULL) {
    begin (self);
  } else if (!g_str_equal (object->id, self->upload->id)) {
    if (move_key (self))
      return;
    tyto_set_error (&error, TYTO_ERROR_ALREADY_EXISTS,
                    "Give it another key by archive-key-template, or move that object.",
                    "An object that is not ours is at %s", self->upload->key);
    end (self, error);
  } else if (object->size == self->size && g_str_equal (object->sha256, self->sha256)) {
    adopt (self);
  } else {
    begin (self); /* ours, but not as the file is now */
  }
}

static void
look (TytoUploadJob *self)
{
  tyto_archive_target_look_async (self->target, self->upload->key, self->cancellable, on_looked,
                                  g_object_ref (self));
}

static void
choose_key (TytoUploadJob *self)
{
  g_autofree char *key = NULL;

  self->again = *self->upload->key != '\0';
  if (self->again) {
    look (self);
    return;
  }
  key = tyto_archive_key_make (self->template, self->upload);
  replace (&self->upload->key, key);
  if (self->upload->kind == TYTO_UPLOAD_SEGMENT && tyto_archive_key_is_unique (self->template))
    begin (self);
  else
    look (self);
}

static void
on_digest (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoUploadJob) self = data;

  self->sha256 = tyto_archive_file_digest_finish (result, &self->size, &self->missing);
  if (self->sha256 == NULL)
    self->size = self->upload->bytes;
  /* Marked by a try that died before the row was finished, it may have made room since. */
  if (self->sha256 == NULL
      && (*self->upload->key == '\0' || g_file_test (self->upload->path, G_FILE_TEST_EXISTS)))
    end (self, g_steal_pointer (&self->missing));
  else
    choose_key (self);
}

static void
digest (TytoUploadJob *self)
{
  tyto_archive_file_digest_async (self->upload->path, self->cancellable, on_digest,
                                  g_object_ref (self));
}

static void
on_segment (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoUploadJob) self = data;
  GError *error = NULL;

  self->segment = tyto_catalogue_get_segment_finish (self->catalogue, result, &error);
  if (self->segment != NULL) {
    digest (self);
  } else if (!g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND)) {
    end (self, error);
  } else {
    g_error_free (error);
    row_is_gone (self);
  }
}

static void
on_upload_kept (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoUploadJob) self = data;
  GError *error = NULL;
  gboolean kept = tyto_catalogue_enter_finish (self->catalogue, result, &error);

  if (kept && self->task != NULL)
    tyto_archive_target_go_on (self->target, self->upload->id);
  if (kept)
    return;
  g_clear_error (&self->failure);
  self->failure = error;
  g_cancellable_cancel (self->cancellable);
}

static void
on_target_begun (TytoArchiveTarget *target, const char *id, const char *upload, TytoUploadJob *self)
{
  if (!g_str_equal (id, self->upload->id))
    return;
  self->again = TRUE; /* a lost answer to another one that was begun is nobody's */
  replace (&self->upload->upload, upload);
  tyto_catalogue_begin_upload_async (self->catalogue, id, self->upload->key, upload, NULL,
                                     on_upload_kept, g_object_ref (self));
}

static void
on_target_progress (TytoArchiveTarget *target, const char *id, guint64 sent, guint64 total,
                    guint64 rate, TytoUploadJob *self)
{
  if (!g_str_equal (id, self->upload->id))
    return;
  self->sent = sent;
  self->rate = rate;
}

void
tyto_upload_job_run_async (TytoUploadJob *self, GAsyncReadyCallback callback, gpointer user_data)
{
  self->task = g_task_new (self, NULL, callback, user_data);
  g_signal_connect (self->target, "begun", G_CALLBACK (on_target_begun), self);
  g_signal_connect (self->target, "progress", G_CALLBACK (on_target_progress), self);
  if (self->upload->kind == TYTO_UPLOAD_SEGMENT)
    tyto_catalogue_get_segment_async (self->catalogue, self->upload->id, self->cancellable,
                                      on_segment, g_object_ref (self));
  else
    digest (self);
}

void
tyto_upload_job_cancel (TytoUploadJob *self)
{
  g_cancellable_cancel (self->cancellable);
}

gboolean
tyto_upload_job_run_finish (TytoUploadJob *self, GAsyncResult *result, TytoUploadOutcome *outcome,
                            GError **error)
{
  *outcome = self->outcome;
  return g_task_propagate_boolean (G_TASK (result), error);
}

GVariant *
tyto_upload_job_to_variant (TytoUploadJob *self)
{
  g_autoptr (GVariant) plain = g_variant_ref_sink (tyto_upload_to_variant (self->upload));
  g_autofree char *begun = tyto_time_format (self->begun_us);
  GVariantDict dict;

  g_variant_dict_init (&dict, plain);
  g_variant_dict_insert (&dict, "begun", "s", begun);
  g_variant_dict_insert (&dict, "sent", "t", self->sent);
  g_variant_dict_insert (&dict, "total", "t", self->size > 0 ? self->size : self->upload->bytes);
  g_variant_dict_insert (&dict, "rate", "t", self->rate);
  g_variant_dict_insert (&dict, "resumed", "b", *self->upload->upload != '\0');
  return g_variant_dict_end (&dict);
}

static void
tyto_upload_job_finalize (GObject *object)
{
  TytoUploadJob *self = TYTO_UPLOAD_JOB (object);

  g_clear_object (&self->catalogue);
  g_clear_object (&self->target);
  tyto_upload_unref (self->upload);
  g_clear_pointer (&self->segment, tyto_segment_unref);
  g_object_unref (self->cancellable);
  g_clear_error (&self->failure);
  g_clear_error (&self->missing);
  g_free (self->template);
  g_free (self->sha256);
  G_OBJECT_CLASS (tyto_upload_job_parent_class)->finalize (object);
}

static void
tyto_upload_job_class_init (TytoUploadJobClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_upload_job_finalize;
}

static void
tyto_upload_job_init (TytoUploadJob *self)
{
  self->cancellable = g_cancellable_new ();
}
