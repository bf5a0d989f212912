/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/s3/tyto-s3-records.h"

G_DEFINE_BOXED_TYPE (TytoS3Object, tyto_s3_object, tyto_s3_object_ref, tyto_s3_object_unref)
G_DEFINE_BOXED_TYPE (TytoS3Part, tyto_s3_part, tyto_s3_part_copy, tyto_s3_part_free)
G_DEFINE_BOXED_TYPE (TytoS3Upload, tyto_s3_upload, tyto_s3_upload_copy, tyto_s3_upload_free)

TytoS3Object *
tyto_s3_object_new (void)
{
  TytoS3Object *self = g_atomic_rc_box_new0 (TytoS3Object);

  self->key = g_strdup ("");
  self->etag = g_strdup ("");
  self->modified_us = -1;
  self->content_type = g_strdup ("");
  return self;
}

TytoS3Object *
tyto_s3_object_ref (TytoS3Object *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  TytoS3Object *self = data;

  g_free (self->key);
  g_free (self->etag);
  g_free (self->content_type);
  g_clear_pointer (&self->metadata, g_hash_table_unref);
}

void
tyto_s3_object_unref (TytoS3Object *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

const char *
tyto_s3_object_get_metadata (const TytoS3Object *self, const char *name)
{
  return self->metadata != NULL ? g_hash_table_lookup (self->metadata, name) : NULL;
}

TytoS3Part *
tyto_s3_part_new (guint number, const char *etag, guint64 size)
{
  TytoS3Part *self = g_new (TytoS3Part, 1);

  *self = (TytoS3Part){ number, g_strdup (etag), size };
  return self;
}

TytoS3Part *
tyto_s3_part_copy (const TytoS3Part *self)
{
  return tyto_s3_part_new (self->number, self->etag, self->size);
}

void
tyto_s3_part_free (TytoS3Part *self)
{
  g_free (self->etag);
  g_free (self);
}

TytoS3Upload *
tyto_s3_upload_new (const char *key, const char *id, gint64 initiated_us)
{
  TytoS3Upload *self = g_new (TytoS3Upload, 1);

  *self = (TytoS3Upload){ g_strdup (key), g_strdup (id), initiated_us };
  return self;
}

TytoS3Upload *
tyto_s3_upload_copy (const TytoS3Upload *self)
{
  return tyto_s3_upload_new (self->key, self->id, self->initiated_us);
}

void
tyto_s3_upload_free (TytoS3Upload *self)
{
  g_free (self->key);
  g_free (self->id);
  g_free (self);
}
