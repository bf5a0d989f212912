/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "collector/tyto-source-view.h"

#include <string.h>

#define PART "#bytes="

TytoSourceEntry *
tyto_source_entry_new (const char *name, const char *location)
{
  TytoSourceEntry *self = g_new0 (TytoSourceEntry, 1);

  self->name = g_strdup (name);
  self->location = g_strdup (location);
  self->length = -1;
  self->sequence = -1;
  self->duration_us = -1;
  self->time_us = -1;
  self->map_length = -1;
  self->etag = g_strdup ("");
  self->made_us = -1;
  return self;
}

TytoSourceEntry *
tyto_source_entry_copy (const TytoSourceEntry *self)
{
  TytoSourceEntry *copy = g_new (TytoSourceEntry, 1);

  *copy = *self;
  copy->name = g_strdup (self->name);
  copy->location = g_strdup (self->location);
  copy->map = g_strdup (self->map);
  copy->refusal = g_strdup (self->refusal);
  copy->etag = g_strdup (self->etag);
  return copy;
}

TytoSourceEntry *
tyto_source_entry_new_map (const TytoSourceEntry *self)
{
  TytoSourceEntry *map = tyto_source_entry_new ("", self->map);

  map->offset = self->map_offset;
  map->length = self->map_length;
  return map;
}

void
tyto_source_entry_free (TytoSourceEntry *self)
{
  g_free (self->name);
  g_free (self->location);
  g_free (self->map);
  g_free (self->refusal);
  g_free (self->etag);
  g_free (self);
}

char *
tyto_source_part_name (const char *name, gint64 offset, gint64 length)
{
  if (length < 0)
    return g_strdup (name);
  return g_strdup_printf ("%s" PART "%" G_GINT64_FORMAT "-%" G_GINT64_FORMAT, name, offset, length);
}

char *
tyto_source_part_split (const char *name, gint64 *offset, gint64 *length)
{
  const char *part = g_strrstr (name, PART);
  g_auto (GStrv) numbers = part != NULL ? g_strsplit (part + strlen (PART), "-", 2) : NULL;

  *offset = 0;
  *length = -1;
  if (numbers == NULL || g_strv_length (numbers) != 2
      || !g_ascii_string_to_signed (numbers[0], 10, 0, G_MAXINT64, offset, NULL)
      || !g_ascii_string_to_signed (numbers[1], 10, 0, G_MAXINT64, length, NULL)) {
    *offset = 0;
    *length = -1;
    return g_strdup (name);
  }
  return g_strndup (name, (gsize) (part - name));
}

TytoSourceView *
tyto_source_view_new (guint rendition)
{
  TytoSourceView *self = g_new0 (TytoSourceView, 1);

  self->rendition = rendition;
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_source_entry_free);
  self->target_us = -1;
  self->modified_us = -1;
  return self;
}

TytoSourceView *
tyto_source_view_copy (const TytoSourceView *self)
{
  TytoSourceView *copy = g_memdup2 (self, sizeof *self);

  copy->entries = g_ptr_array_ref (self->entries);
  return copy;
}

void
tyto_source_view_free (TytoSourceView *self)
{
  g_ptr_array_unref (self->entries);
  g_free (self);
}
