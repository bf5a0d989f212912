/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "collector/tyto-text-reading.h"

#include "base/tyto-error.h"

#define LARGEST (4 * 1024 * 1024)

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GByteArray *text = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  gsize size = 0;

  if (!g_input_stream_read_all_finish (G_INPUT_STREAM (source), result, &size, &error)) {
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
      g_task_return_error (task, g_steal_pointer (&error));
    else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
      g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_TIMED_OUT,
                               "The playlist did not come in time");
    else
      g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE,
                               "The playlist was cut off: %s", error->message);
    return;
  }
  if (size > LARGEST) {
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_TOO_LARGE,
                             "The playlist is larger than 4 MiB");
    return;
  }
  g_task_return_pointer (task, g_bytes_new (text->data, size), (GDestroyNotify) g_bytes_unref);
}

void
tyto_text_reading_async (GInputStream *stream, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (stream, cancellable, callback, user_data);
  GByteArray *text = g_byte_array_new ();

  g_byte_array_set_size (text, LARGEST + 1);
  g_task_set_task_data (task, text, (GDestroyNotify) g_byte_array_unref);
  g_input_stream_read_all_async (stream, text->data, LARGEST + 1, G_PRIORITY_DEFAULT, cancellable,
                                 on_read, task);
}

GBytes *
tyto_text_reading_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
