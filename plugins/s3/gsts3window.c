/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s3/gsts3window.h"

#include "base/tyto-error.h"

#include <string.h>

#define SMALLEST (128 * 1024)

struct _GstS3Window {
  TytoS3Client *client;
  GMainContext *context; /* requests answer here */
  gchar *key;
  TytoS3Object *object; /* (nullable) */
  GBytes *bytes;        /* (nullable): in the window */
  guint64 at;           /* of its first byte in the object */
  guint64 range;        /* that was got last */
  guint64 largest;
};

GstS3Window *
gst_s3_window_new (TytoS3Config *config, const gchar *key, guint64 largest, GError **error)
{
  TytoS3Client *client = tyto_s3_client_new (config, error);
  GstS3Window *self;

  if (client == NULL)
    return NULL;
  self = g_new0 (GstS3Window, 1);
  self->client = client;
  self->context = g_main_context_new ();
  self->key = g_strdup (key);
  self->largest = largest;
  return self;
}

void
gst_s3_window_free (GstS3Window *self)
{
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_clear_pointer (&self->object, tyto_s3_object_unref);
  g_object_unref (self->client);
  /* What the client still had to say of its connections. */
  while (g_main_context_iteration (self->context, FALSE))
    ;
  g_main_context_unref (self->context);
  g_free (self->key);
  g_free (self);
}

static void
on_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* Turns the context until *@result is there. */
static GAsyncResult *
await (GstS3Window *self, GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (self->context, TRUE);
  return *result;
}

gboolean
gst_s3_window_open (GstS3Window *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  g_main_context_push_thread_default (self->context);
  tyto_s3_client_head_object_async (self->client, self->key, cancellable, on_ready, &result);
  self->object = tyto_s3_client_head_object_finish (self->client, await (self, &result), error);
  g_main_context_pop_thread_default (self->context);
  return self->object != NULL;
}

guint64
gst_s3_window_get_size (GstS3Window *self)
{
  return self->object->size;
}

static guint64
get_end (GstS3Window *self)
{
  return self->bytes != NULL ? self->at + g_bytes_get_size (self->bytes) : 0;
}

/* Gets the range that begins at @offset. */
static gboolean
move_to (GstS3Window *self, guint64 offset, guint64 length, GCancellable *cancellable,
         GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  gboolean follows = self->bytes != NULL && offset == get_end (self);
  const gchar *etag = *self->object->etag != '\0' ? self->object->etag : NULL;

  self->range = follows ? MIN (2 * self->range, self->largest) : SMALLEST;
  self->range = MIN (MAX (self->range, length), self->object->size - offset);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_main_context_push_thread_default (self->context);
  tyto_s3_client_read_object_async (self->client, self->key, offset, self->range, etag, cancellable,
                                    on_ready, &result);
  self->bytes
      = tyto_s3_client_read_object_finish (self->client, await (self, &result), NULL, error);
  g_main_context_pop_thread_default (self->context);
  self->at = offset;
  if (self->bytes != NULL && g_bytes_get_size (self->bytes) == 0) {
    tyto_set_error (error, TYTO_ERROR_INTERNAL, NULL, "The server gave nothing of %s", self->key);
    g_clear_pointer (&self->bytes, g_bytes_unref);
  }
  return self->bytes != NULL;
}

GBytes *
gst_s3_window_read (GstS3Window *self, guint64 offset, gsize length, GCancellable *cancellable,
                    GError **error)
{
  g_autofree guint8 *data = NULL;
  gsize got = 0;

  if (self->bytes != NULL && offset >= self->at && offset + length <= get_end (self))
    return g_bytes_new_from_bytes (self->bytes, (gsize) (offset - self->at), length);
  data = g_malloc (length);
  while (got < length) {
    guint64 at = offset + got;
    gsize part;

    if ((self->bytes == NULL || at < self->at || at >= get_end (self))
        && !move_to (self, at, length - got, cancellable, error))
      return NULL;
    part = (gsize) MIN (length - got, get_end (self) - at);
    memcpy (data + got, (const guint8 *) g_bytes_get_data (self->bytes, NULL) + (at - self->at),
            part);
    got += part;
  }
  return g_bytes_new_take (g_steal_pointer (&data), length);
}
