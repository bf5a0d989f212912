/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s3/gsts3part.h"

#include "base/tyto-error.h"

#include <string.h>

#define MD5_HEX (2 * GST_S3_MD5_SIZE)

GstS3Part *
gst_s3_part_new (guint number, GBytes *body)
{
  GstS3Part *self = g_new0 (GstS3Part, 1);

  self->number = number;
  self->body = body;
  self->size = g_bytes_get_size (body);
  return self;
}

void
gst_s3_part_hash (GstS3Part *self)
{
  g_autoptr (GChecksum) md5 = g_checksum_new (G_CHECKSUM_MD5);
  gsize length = sizeof self->md5;

  g_checksum_update (md5, g_bytes_get_data (self->body, NULL), (gssize) self->size);
  g_checksum_get_digest (md5, self->md5, &length);
  self->hashed = TRUE;
}

void
gst_s3_part_free (GstS3Part *self)
{
  g_clear_pointer (&self->body, g_bytes_unref);
  g_free (self->etag);
  g_free (self);
}

gboolean
gst_s3_part_has_etag (const GstS3Part *self, const gchar *etag)
{
  gchar hex[MD5_HEX + 1];

  if (!self->hashed)
    return FALSE;
  for (guint i = 0; i < GST_S3_MD5_SIZE; i++)
    g_snprintf (hex + 2 * i, 3, "%02x", self->md5[i]);
  return g_ascii_strcasecmp (hex, etag) == 0;
}

gboolean
gst_s3_etag_is_md5 (const gchar *etag, guint parts)
{
  g_autofree gchar *end = parts > 0 ? g_strdup_printf ("-%u", parts) : g_strdup ("");

  for (guint i = 0; i < MD5_HEX; i++)
    if (!g_ascii_isxdigit (etag[i]))
      return FALSE;
  return g_str_equal (etag + MD5_HEX, end);
}

gchar *
gst_s3_parts_make_etag (const GPtrArray *parts)
{
  g_autoptr (GChecksum) md5 = g_checksum_new (G_CHECKSUM_MD5);

  for (guint i = 0; i < parts->len; i++) {
    const GstS3Part *part = parts->pdata[i];

    g_checksum_update (md5, part->md5, sizeof part->md5);
  }
  return g_strdup_printf ("%s-%u", g_checksum_get_string (md5), parts->len);
}

static gboolean
have_md5s (const GPtrArray *parts)
{
  for (guint i = 0; i < parts->len; i++) {
    const GstS3Part *part = parts->pdata[i];

    if (part->etag == NULL || !gst_s3_part_has_etag (part, part->etag))
      return FALSE;
  }
  return TRUE;
}

/* Of a single PUT: what its answer said, and the MD5. */
static gboolean
is_etag_of (const GstS3Part *whole, const TytoS3Object *object)
{
  if (whole->etag != NULL && *whole->etag != '\0'
      && g_ascii_strcasecmp (whole->etag, object->etag) != 0)
    return FALSE;
  return !whole->hashed || object->etag_is_opaque || !gst_s3_etag_is_md5 (object->etag, 0)
         || gst_s3_part_has_etag (whole, object->etag);
}

static gboolean
is_same_etag (const GPtrArray *parts, const TytoS3Object *object)
{
  const GstS3Part *first = parts->pdata[0];
  g_autofree gchar *expected = NULL;

  if (*object->etag == '\0')
    return TRUE;
  if (first->number == 0)
    return is_etag_of (first, object);
  if (object->etag_is_opaque || !gst_s3_etag_is_md5 (object->etag, parts->len)
      || !have_md5s (parts))
    return TRUE;
  expected = gst_s3_parts_make_etag (parts);
  return g_ascii_strcasecmp (expected, object->etag) == 0;
}

gboolean
gst_s3_parts_compare (const GPtrArray *parts, const TytoS3Object *object, GError **error)
{
  guint64 size = 0;

  for (guint i = 0; i < parts->len; i++)
    size += ((const GstS3Part *) parts->pdata[i])->size;
  if (object->size != size) {
    tyto_set_error (error, TYTO_ERROR_INTERNAL, "Somebody else may write the same key.",
                    "The object %s has %" G_GUINT64_FORMAT
                    " bytes at the server, but %" G_GUINT64_FORMAT " were sent",
                    object->key, object->size, size);
    return FALSE;
  }
  if (!is_same_etag (parts, object)) {
    tyto_set_error (error, TYTO_ERROR_INTERNAL, "Somebody else may write the same key.",
                    "The object %s is not what was sent: its ETag is %s", object->key,
                    object->etag);
    return FALSE;
  }
  return TRUE;
}
