/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/s3/tyto-s3-body.h"

#include "base/tyto-error.h"
#include "base/tyto-sha256.h"

#include <string.h>

#define BLOCK (256 * 1024)

struct _TytoS3Body {
  GFilterInputStream parent_instance;

  guint64 left;
  char *name;
  GError *error;

  guchar *block; /* read ahead by a thread: libsoup asks for 8 KiB at a time */
  gsize filled;
  gsize used;
};

G_DEFINE_FINAL_TYPE (TytoS3Body, tyto_s3_body, G_TYPE_FILTER_INPUT_STREAM)

static gssize
tyto_s3_body_read (GInputStream *stream, void *buffer, gsize count, GCancellable *cancellable,
                   GError **error)
{
  TytoS3Body *self = TYTO_S3_BODY (stream);
  GInputStream *file = g_filter_input_stream_get_base_stream (G_FILTER_INPUT_STREAM (stream));
  g_autoptr (GError) cause = NULL;
  gssize got;

  if (self->left == 0)
    return 0;
  got = g_input_stream_read (file, buffer, MIN (count, self->left), cancellable, &cause);
  if (got > 0) {
    self->left -= (guint64) got;
    return got;
  }
  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return -1;
  }
  g_clear_error (&self->error);
  tyto_set_error (&self->error, TYTO_ERROR_STORAGE, NULL, "%s cannot be read: %s", self->name,
                  cause != NULL ? cause->message : "it is shorter than it was");
  g_propagate_error (error, g_error_copy (self->error));
  return -1;
}

/* Where libsoup wants the bytes. */
typedef struct {
  void *buffer;
  gsize count;
} Wanted;

static gssize
take_from_block (TytoS3Body *self, const Wanted *wanted)
{
  gsize count = MIN (wanted->count, self->filled - self->used);

  if (count > 0)
    memcpy (wanted->buffer, self->block + self->used, count);
  self->used += count;
  return (gssize) count;
}

static void
fill_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  TytoS3Body *self = source;
  GError *error = NULL;
  gssize got;

  if (self->block == NULL)
    self->block = g_malloc (BLOCK);
  got = tyto_s3_body_read (source, self->block, BLOCK, cancellable, &error);
  if (got < 0) {
    g_task_return_error (task, error);
    return;
  }
  self->filled = (gsize) got;
  self->used = 0;
  g_task_return_int (task, take_from_block (self, data));
}

static void
tyto_s3_body_read_async (GInputStream *stream, void *buffer, gsize count, int priority,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  TytoS3Body *self = TYTO_S3_BODY (stream);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Wanted *wanted = g_new (Wanted, 1);

  *wanted = (Wanted){ buffer, count };
  g_task_set_priority (task, priority);
  g_task_set_task_data (task, wanted, g_free);
  if (self->used < self->filled)
    g_task_return_int (task, take_from_block (self, wanted));
  else
    g_task_run_in_thread (task, fill_in_thread);
}

static gssize
tyto_s3_body_read_finish (GInputStream *stream, GAsyncResult *result, GError **error)
{
  return g_task_propagate_int (G_TASK (result), error);
}

static void
tyto_s3_body_finalize (GObject *object)
{
  TytoS3Body *self = TYTO_S3_BODY (object);

  g_free (self->block);
  g_free (self->name);
  g_clear_error (&self->error);
  G_OBJECT_CLASS (tyto_s3_body_parent_class)->finalize (object);
}

static void
tyto_s3_body_class_init (TytoS3BodyClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_s3_body_finalize;
  G_INPUT_STREAM_CLASS (klass)->read_fn = tyto_s3_body_read;
  G_INPUT_STREAM_CLASS (klass)->read_async = tyto_s3_body_read_async;
  G_INPUT_STREAM_CLASS (klass)->read_finish = tyto_s3_body_read_finish;
}

static void
tyto_s3_body_init (TytoS3Body *self)
{
}

const GError *
tyto_s3_body_get_error (TytoS3Body *self)
{
  return self->error;
}

typedef struct {
  GFile *file;
  guint64 offset;
  guint64 length;
} Range;

static void
range_free (Range *range)
{
  g_object_unref (range->file);
  g_free (range);
}

static GInputStream *
open_range (const Range *range, GCancellable *cancellable, GError **error)
{
  g_autofree char *path = g_file_get_path (range->file);
  g_autoptr (GError) cause = NULL;
  g_autoptr (GFileInputStream) file = g_file_read (range->file, cancellable, &cause);
  TytoS3Body *self;

  if (file == NULL
      || !g_seekable_seek (G_SEEKABLE (file), (goffset) range->offset, G_SEEK_SET, cancellable,
                           &cause)) {
    if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
      g_propagate_error (error, g_steal_pointer (&cause));
    else
      tyto_set_error (error, TYTO_ERROR_STORAGE, NULL, "%s cannot be read: %s", path,
                      cause->message);
    return NULL;
  }
  self = g_object_new (TYTO_TYPE_S3_BODY, "base-stream", file, NULL);
  self->left = range->length;
  self->name = g_steal_pointer (&path);
  return G_INPUT_STREAM (self);
}

static GTask *
range_task (GFile *file, guint64 offset, guint64 length, GCancellable *cancellable,
            GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Range *range = g_new (Range, 1);

  *range = (Range){ g_object_ref (file), offset, length };
  g_task_set_task_data (task, range, (GDestroyNotify) range_free);
  return task;
}

static void
open_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  GInputStream *stream = open_range (data, cancellable, &error);

  if (stream == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, stream, g_object_unref);
}

void
tyto_s3_body_open_async (GFile *file, guint64 offset, guint64 length, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = range_task (file, offset, length, cancellable, callback, user_data);

  g_task_run_in_thread (task, open_in_thread);
}

GInputStream *
tyto_s3_body_open_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
hash_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  g_autoptr (GInputStream) stream = open_range (data, cancellable, &error);
  g_autoptr (TytoSha256) sum = tyto_sha256_new ();
  g_autofree guchar *block = g_malloc (BLOCK);
  gssize got = stream != NULL ? 1 : -1;

  while (got > 0) {
    got = g_input_stream_read (stream, block, BLOCK, cancellable, &error);
    if (got > 0)
      tyto_sha256_update (sum, block, (gsize) got);
  }
  if (got < 0)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, tyto_sha256_finish (sum), g_free);
}

void
tyto_s3_body_hash_async (GFile *file, guint64 offset, guint64 length, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = range_task (file, offset, length, cancellable, callback, user_data);

  g_task_run_in_thread (task, hash_in_thread);
}

static void
hash_bytes_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  gsize length = 0;
  gconstpointer bytes = g_bytes_get_data (data, &length);

  g_task_return_pointer (task, tyto_sha256_of (bytes, length), g_free);
}

void
tyto_s3_body_hash_bytes_async (GBytes *bytes, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_task_data (task, g_bytes_ref (bytes), (GDestroyNotify) g_bytes_unref);
  g_task_run_in_thread (task, hash_bytes_in_thread);
}

char *
tyto_s3_body_hash_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
