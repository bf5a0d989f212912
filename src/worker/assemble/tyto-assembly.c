/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/assemble/tyto-assembly.h"

#include "base/tyto-error.h"
#include "base/tyto-sha256.h"
#include "media/join/tyto-join.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define TELL_EVERY_MS 200
#define BLOCK         (1024 * 1024)

/* A join that is under way: the thread writes how far it is, a timer of the caller reads it. */
typedef struct {
  char *directory;
  char *output;
  TytoAssemblyProgress progress;
  gpointer user_data;
  GMutex lock;
  guint64 done;
  guint64 total;
  guint64 told; /* of the caller's thread */
  GSource *timer;
} Job;

static void
job_free (Job *job)
{
  g_source_destroy (job->timer);
  g_source_unref (job->timer);
  g_mutex_clear (&job->lock);
  g_free (job->directory);
  g_free (job->output);
  g_free (job);
}

static void
tell (Job *job)
{
  guint64 done;
  guint64 total;

  g_mutex_lock (&job->lock);
  done = job->done;
  total = job->total;
  g_mutex_unlock (&job->lock);
  if (done == job->told)
    return;
  job->told = done;
  job->progress (done, total, job->user_data);
}

static gboolean
on_timer (gpointer user_data)
{
  tell (user_data);
  return G_SOURCE_CONTINUE;
}

static void
on_progress (guint64 done, guint64 total, gpointer user_data)
{
  Job *job = user_data;

  g_mutex_lock (&job->lock);
  job->done = done;
  job->total = total;
  g_mutex_unlock (&job->lock);
}

static GVariant *
pack_gaps (const GPtrArray *gaps)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; i < gaps->len; i++) {
    const TytoJoinGap *gap = g_ptr_array_index (gaps, i);
    GVariantDict dict = G_VARIANT_DICT_INIT (NULL);

    g_variant_dict_insert (&dict, "offset-ms", "t", gap->offset_ms);
    g_variant_dict_insert (&dict, "duration-ms", "t", gap->duration_ms);
    g_variant_dict_insert (&dict, "segment", "s", gap->segment);
    g_variant_dict_insert (&dict, "reason", "s", gap->reason);
    g_variant_dict_insert (&dict, "detail", "s", gap->detail);
    g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
  }
  return g_variant_builder_end (&builder);
}

static GVariant *
pack (const TytoJoined *joined)
{
  GVariantDict dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "bytes", "t", joined->bytes);
  g_variant_dict_insert (&dict, "duration-ms", "t", joined->duration_ms);
  g_variant_dict_insert (&dict, "frames", "t", joined->frames);
  g_variant_dict_insert (&dict, "key-frames", "t", joined->key_frames);
  g_variant_dict_insert (&dict, "audio-frames", "t", joined->audio_frames);
  g_variant_dict_insert (&dict, "video-codec", "s", joined->video_codec);
  g_variant_dict_insert (&dict, "audio-codec", "s", joined->audio_codec);
  g_variant_dict_insert (&dict, "width", "u", joined->width);
  g_variant_dict_insert (&dict, "height", "u", joined->height);
  g_variant_dict_insert (&dict, "segments", "t", joined->segments);
  g_variant_dict_insert (&dict, "descriptions", "u", joined->descriptions);
  g_variant_dict_insert_value (&dict, "gaps", pack_gaps (joined->gaps));
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static void
run_join (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Job *job = data;
  GError *error = NULL;
  g_autoptr (TytoJoined) joined
      = tyto_join (job->directory, job->output, on_progress, job, cancellable, &error);

  if (joined != NULL)
    g_task_return_pointer (task, pack (joined), (GDestroyNotify) g_variant_unref);
  else
    g_task_return_error (task, error);
}

void
tyto_assembly_join_async (const char *directory, const char *output, TytoAssemblyProgress progress,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Job *job = g_new0 (Job, 1);

  job->directory = g_strdup (directory);
  job->output = g_strdup (output);
  job->progress = progress;
  job->user_data = user_data;
  g_mutex_init (&job->lock);
  job->timer = g_timeout_source_new (TELL_EVERY_MS);
  g_source_set_callback (job->timer, on_timer, job, NULL);
  g_source_attach (job->timer, g_main_context_get_thread_default ());
  g_task_set_source_tag (task, tyto_assembly_join_async);
  g_task_set_task_data (task, job, (GDestroyNotify) job_free);
  g_task_run_in_thread (task, run_join);
}

GVariant *
tyto_assembly_join_finish (GAsyncResult *result, GError **error)
{
  Job *job = g_task_get_task_data (G_TASK (result));

  g_source_destroy (job->timer);
  tell (job);
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
run_measure (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autofree guint64 *bytes = g_new0 (guint64, 1);
  GError *error = NULL;

  if (tyto_join_measure (data, bytes, &error))
    g_task_return_pointer (task, g_steal_pointer (&bytes), g_free);
  else
    g_task_return_error (task, error);
}

void
tyto_assembly_measure_async (const char *directory, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, tyto_assembly_measure_async);
  g_task_set_task_data (task, g_strdup (directory), g_free);
  g_task_run_in_thread (task, run_measure);
}

guint64
tyto_assembly_measure_finish (GAsyncResult *result, GError **error)
{
  g_autofree guint64 *bytes = g_task_propagate_pointer (G_TASK (result), error);

  return bytes != NULL ? *bytes : 0;
}

static char *
digest (const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (TytoSha256) sha256 = tyto_sha256_new ();
  g_autofree guint8 *block = g_malloc (BLOCK);
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : 1;
  int problem;

  while (n > 0 && !g_cancellable_is_cancelled (cancellable)) {
    n = read (fd, block, BLOCK);
    if (n > 0)
      tyto_sha256_update (sha256, block, (gsize) n);
    else if (n < 0 && errno == EINTR)
      n = 1;
  }
  problem = errno;
  if (fd >= 0)
    close (fd);
  if (n < 0) {
    tyto_set_error (error, problem == ENOENT ? TYTO_ERROR_NOT_FOUND : TYTO_ERROR_STORAGE, NULL,
                    "“%s” cannot be read: %s.", path, g_strerror (problem));
    return NULL;
  }
  return g_cancellable_set_error_if_cancelled (cancellable, error) ? NULL
                                                                   : tyto_sha256_finish (sha256);
}

static void
run_digest (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  char *sha256 = digest (data, cancellable, &error);

  if (sha256 != NULL)
    g_task_return_pointer (task, sha256, g_free);
  else
    g_task_return_error (task, error);
}

void
tyto_assembly_digest_async (const char *path, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, tyto_assembly_digest_async);
  g_task_set_task_data (task, g_strdup (path), g_free);
  g_task_run_in_thread (task, run_digest);
}

char *
tyto_assembly_digest_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
