/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-upload.h"

#include "base/tyto-time.h"

#include <string.h>

G_DEFINE_BOXED_TYPE (TytoUpload, tyto_upload, tyto_upload_ref, tyto_upload_unref)

#define THUMBNAIL "thumbnail:"

char *
tyto_upload_thumbnail_id_new (const char *camera, gint64 taken_us)
{
  return g_strdup_printf (THUMBNAIL "%s:%" G_GINT64_FORMAT, camera, taken_us);
}

gboolean
tyto_upload_read_thumbnail_id (const char *id, char **camera, gint64 *taken_us)
{
  const char *name, *colon;

  if (!g_str_has_prefix (id, THUMBNAIL))
    return FALSE;
  name = id + strlen (THUMBNAIL);
  colon = strchr (name, ':');
  if (colon == NULL || !g_ascii_string_to_signed (colon + 1, 10, 0, G_MAXINT64, taken_us, NULL))
    return FALSE;
  *camera = g_strndup (name, (gsize) (colon - name));
  return TRUE;
}

TytoUpload *
tyto_upload_new (void)
{
  return g_atomic_rc_box_new0 (TytoUpload);
}

TytoUpload *
tyto_upload_ref (TytoUpload *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  TytoUpload *self = data;

  g_free (self->id);
  g_free (self->camera);
  g_free (self->stream);
  g_free (self->run);
  g_free (self->format);
  g_free (self->path);
  g_free (self->sha256);
  g_free (self->key);
  g_free (self->upload);
  g_free (self->last_error);
}

void
tyto_upload_unref (TytoUpload *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

static void
add_string (GVariantBuilder *builder, const char *key, const char *value)
{
  g_variant_builder_add (builder, "{sv}", key, g_variant_new_string (value != NULL ? value : ""));
}

GVariant *
tyto_upload_to_variant (const TytoUpload *self)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  add_string (&builder, "id", self->id);
  add_string (&builder, "kind", self->kind == TYTO_UPLOAD_THUMBNAIL ? "thumbnail" : "segment");
  add_string (&builder, "camera", self->camera);
  g_variant_builder_add (&builder, "{sv}", "start",
                         g_variant_new_take_string (tyto_time_format (self->start_us)));
  g_variant_builder_add (&builder, "{sv}", "bytes", g_variant_new_uint64 (self->bytes));
  add_string (&builder, "path", self->path);
  add_string (&builder, "key", self->key);
  g_variant_builder_add (&builder, "{sv}", "tries", g_variant_new_uint32 (self->tries));
  if (self->due_us > tyto_time_now ())
    g_variant_builder_add (&builder, "{sv}", "due",
                           g_variant_new_take_string (tyto_time_format (self->due_us)));
  add_string (&builder, "last_error", self->last_error);
  return g_variant_builder_end (&builder);
}
