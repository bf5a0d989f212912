/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/spool/tyto-bucket-object.h"

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "recorder/archive/tyto-archive-metadata.h"
#include "recorder/broadcasts/tyto-broadcast-metadata.h"
#include "recorder/spool/tyto-recovery-file.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* An MP4 of ours says at its beginning which segment it is, and at its end what is in it. */
#define WHOLE_MAX (1024 * 1024)
#define HEAD_SIZE (64 * 1024)
#define TAIL_SIZE (512 * 1024)
/* The others must be read whole; a tail may have to be. */
#define MEMORY_MAX (64 * 1024 * 1024)

/* Task data. */
typedef struct {
  char *key;
  TytoBucketObject *object;
  char *etag;
  const char *format; /* static */
  int fd;             /* in memory; what was fetched of the file, and holes */
  guint64 tail;       /* offset of what was fetched of its end; 0: all was */
} Look;

void
tyto_bucket_object_free (TytoBucketObject *self)
{
  g_free (self->key);
  g_free (self->sha256);
  g_clear_pointer (&self->segment, tyto_segment_unref);
  g_free (self->camera);
  g_clear_pointer (&self->broadcast, tyto_broadcast_unref);
  g_free (self->why);
  g_free (self);
}

static void
look_free (Look *look)
{
  g_free (look->key);
  g_clear_pointer (&look->object, tyto_bucket_object_free);
  g_free (look->etag);
  if (look->fd >= 0)
    close (look->fd);
  g_free (look);
}

static void
complete (GTask *task)
{
  Look *look = g_task_get_task_data (task);
  TytoBucketObject *object = g_steal_pointer (&look->object);
  TytoSegment *segment = object->segment;

  if (segment != NULL) {
    segment->bytes = object->size;
    segment->archived = TRUE;
    segment->uploaded_us = object->modified_us;
    g_free (segment->object);
    segment->object = g_strdup (object->key);
    g_free (segment->sha256);
    segment->sha256 = g_strdup (object->sha256);
    g_free (segment->tier);
    segment->tier = g_strdup ("archive");
    if (segment->path == NULL)
      segment->path = g_strdup ("");
    if (segment->video_codec == NULL)
      segment->video_codec = g_strdup ("");
    if (segment->audio_codec == NULL)
      segment->audio_codec = g_strdup ("");
  }
  g_task_return_pointer (task, object, (GDestroyNotify) tyto_bucket_object_free);
  g_object_unref (task);
}

/* It is neither a segment nor a thumbnail. */
static void
complete_foreign (GTask *task, const char *why)
{
  Look *look = g_task_get_task_data (task);

  look->object->why = g_strdup (why);
  complete (task);
}

/* --- By the file itself --- */

static void
parse_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Look *look = data;
  GError *error = NULL;
  g_autoptr (TytoMediaFile) file
      = tyto_media_file_read_fd (look->fd, look->format, look->key, &error);
  TytoSegment *segment = NULL;

  if (file != NULL && !file->complete)
    tyto_set_error (&error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "It was never finished");
  else if (file != NULL)
    segment = tyto_recovery_make_segment (file, "", NULL, FALSE, &error);
  if (segment != NULL)
    g_task_return_pointer (task, segment, (GDestroyNotify) tyto_segment_unref);
  else
    g_task_return_error (task, error);
}

static void
on_parsed (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Look *look = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  look->object->segment = g_task_propagate_pointer (G_TASK (result), &error);
  if (look->object->segment != NULL)
    complete (task);
  else
    complete_foreign (task, error->message);
}

static void
parse (GTask *task)
{
  g_autoptr (GTask) parsing = g_task_new (NULL, NULL, on_parsed, task);

  g_task_set_task_data (parsing, g_task_get_task_data (task), NULL);
  g_task_run_in_thread (parsing, parse_in_thread);
}

static void fetch (GTask *task, guint64 offset, guint64 size, GAsyncReadyCallback callback);

static guint32
read_size (const guint8 *bytes)
{
  return (guint32) bytes[0] << 24 | (guint32) bytes[1] << 16 | (guint32) bytes[2] << 8 | bytes[3];
}

/* From where on the file's index is (tyto-mp4-index.h), as far as @tail, its last bytes, tells. */
static guint64
find_index (const Look *look, GBytes *tail)
{
  gsize size;
  const guint8 *bytes = g_bytes_get_data (tail, &size);
  guint64 mfra = size >= 4 ? read_size (bytes + size - 4) : 0;
  guint64 index = 0;

  if (mfra > 0 && mfra + 4 <= size)
    index = read_size (bytes + size - mfra - 4);
  else if (mfra + 4 > size)
    index = TAIL_SIZE; /* one more look */
  return look->object->size - MIN (look->object->size, mfra + index);
}

/* Keeps what came of a fetch; NULL when it failed. (transfer full) */
static GBytes *
keep (GTask *task, GAsyncResult *result, guint64 offset)
{
  Look *look = g_task_get_task_data (task);
  GError *error = NULL;
  GBytes *bytes
      = tyto_s3_client_read_object_finish (g_task_get_source_object (task), result, NULL, &error);
  gsize size = 0, done = 0;
  const guint8 *data = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;
  gssize n = 0;

  while (done < size
         && (n = pwrite (look->fd, data + done, size - done, (off_t) (offset + done))) > 0)
    done += (gsize) n;
  if (bytes != NULL && done == size)
    return bytes;
  if (bytes != NULL)
    tyto_set_error (&error, TYTO_ERROR_STORAGE, NULL, "No memory to look at %s: %s", look->key,
                    g_strerror (errno));
  g_clear_pointer (&bytes, g_bytes_unref);
  g_task_return_error (task, error);
  g_object_unref (task);
  return NULL;
}

static void
on_tail (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Look *look = g_task_get_task_data (task);
  g_autoptr (GBytes) bytes = keep (task, result, look->tail);
  guint64 index;

  if (bytes == NULL)
    return;
  index = find_index (look, bytes);
  if (index >= look->tail || look->object->size - index > MEMORY_MAX) {
    parse (task);
  } else {
    look->tail = index;
    fetch (task, index, look->object->size - index, on_tail);
  }
}

static void
on_head_of_file (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Look *look = g_task_get_task_data (task);
  g_autoptr (GBytes) bytes = keep (task, result, 0);

  if (bytes == NULL)
    return;
  if (look->tail == 0)
    parse (task);
  else
    fetch (task, look->tail, look->object->size - look->tail, on_tail);
}

static void
fetch (GTask *task, guint64 offset, guint64 size, GAsyncReadyCallback callback)
{
  Look *look = g_task_get_task_data (task);

  tyto_s3_client_read_object_async (g_task_get_source_object (task), look->key, offset, size,
                                    look->etag, g_task_get_cancellable (task), callback, task);
}

static const char *
find_format (const char *key)
{
  static const char *const formats[] = { "mp4", "ts", "mkv" };
  const char *extension = strrchr (key, '.');

  for (guint i = 0; extension != NULL && i < G_N_ELEMENTS (formats); i++)
    if (g_ascii_strcasecmp (extension + 1, formats[i]) == 0)
      return formats[i];
  return NULL;
}

static void
read_file (GTask *task)
{
  Look *look = g_task_get_task_data (task);
  guint64 size = look->object->size;
  gboolean is_mp4;

  look->format = find_format (look->key);
  is_mp4 = g_strcmp0 (look->format, "mp4") == 0;
  if (look->format == NULL || size == 0) {
    complete_foreign (task, "it is none of ours");
    return;
  }
  if (!is_mp4 && size > MEMORY_MAX) {
    complete_foreign (task, "nothing is kept with it that says what it is, and it is too large to "
                            "be read for that");
    return;
  }
  look->fd = memfd_create ("tyto-object", MFD_CLOEXEC);
  if (look->fd < 0 || ftruncate (look->fd, (off_t) size) != 0) {
    complete_foreign (task, g_strerror (errno));
    return;
  }
  look->tail = is_mp4 && size > WHOLE_MAX ? size - TAIL_SIZE : 0;
  fetch (task, 0, look->tail > 0 ? HEAD_SIZE : size, on_head_of_file);
}

/* --- By what was kept with it --- */

static gboolean
read_thumbnail (TytoBucketObject *object, GHashTable *metadata)
{
  const char *kind = g_hash_table_lookup (metadata, "tyto-kind");
  const char *camera = g_hash_table_lookup (metadata, "tyto-camera");
  const char *start = g_hash_table_lookup (metadata, "tyto-start");

  if (g_strcmp0 (kind, "thumbnail") != 0 || camera == NULL || start == NULL
      || !tyto_id_is_valid (camera)
      || !g_ascii_string_to_signed (start, 10, 0, G_MAXINT64, &object->taken_us, NULL))
    return FALSE;
  object->camera = g_strdup (camera);
  return TRUE;
}

static gboolean
read_broadcast (TytoBucketObject *object, GHashTable *metadata)
{
  TytoBroadcast *broadcast = tyto_broadcast_metadata_read (metadata);

  object->broadcast = broadcast;
  if (broadcast == NULL)
    return FALSE;
  broadcast->bytes = object->size;
  broadcast->object = g_strdup (object->key);
  broadcast->completed_us = broadcast->uploaded_us = object->modified_us;
  return TRUE;
}

static void
on_head (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Look *look = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TytoS3Object) found
      = tyto_s3_client_head_object_finish (TYTO_S3_CLIENT (source), result, &error);
  TytoBucketObject *object;

  if (found == NULL) {
    g_task_return_error (task, error);
    g_object_unref (task);
    return;
  }
  look->object = object = g_new0 (TytoBucketObject, 1);
  object->key = g_strdup (look->key);
  object->size = found->size;
  object->modified_us = found->modified_us;
  object->sha256 = g_strdup (tyto_s3_object_get_metadata (found, TYTO_ARCHIVE_METADATA_SHA256));
  look->etag = *found->etag != '\0' ? g_strdup (found->etag) : NULL;
  object->segment = tyto_archive_metadata_read (found->metadata, NULL);
  if (object->segment != NULL || read_broadcast (object, found->metadata)
      || (found->metadata != NULL && read_thumbnail (object, found->metadata)))
    complete (task);
  else
    read_file (task);
}

void
tyto_bucket_object_look_async (TytoS3Client *client, const char *key, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (client, cancellable, callback, user_data);
  Look *look = g_new0 (Look, 1);

  look->key = g_strdup (key);
  look->fd = -1;
  g_task_set_source_tag (task, tyto_bucket_object_look_async);
  g_task_set_task_data (task, look, (GDestroyNotify) look_free);
  tyto_s3_client_head_object_async (client, key, cancellable, on_head, task);
}

TytoBucketObject *
tyto_bucket_object_look_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
