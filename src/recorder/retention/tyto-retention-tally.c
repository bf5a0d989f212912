/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/retention/tyto-retention-tally.h"

#include "base/tyto-time.h"

TytoRetentionTally *
tyto_retention_tally_new (const char *camera, const TytoRetentionPromise *promise)
{
  TytoRetentionTally *self = g_new0 (TytoRetentionTally, 1);

  self->camera = g_strdup (camera);
  self->limit_bytes = promise->limit_bytes;
  self->cutoff_us = -1;
  self->oldest_us = -1;
  self->newest_us = -1;
  self->kept_us = -1;
  return self;
}

void
tyto_retention_tally_free (TytoRetentionTally *self)
{
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_free (self->camera);
  g_free (self);
}

gboolean
tyto_retention_tally_is_limited (const TytoRetentionTally *self)
{
  return self->cutoff_us >= 0 || self->limit_bytes > 0;
}

static GVariant *
item_to_variant (const TytoSegment *segment)
{
  g_autofree char *start = tyto_time_format (segment->start_us);
  g_autofree char *end = tyto_time_format (segment->end_us);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "id", "s", segment->id);
  g_variant_dict_insert (&dict, "start", "s", start);
  g_variant_dict_insert (&dict, "end", "s", end);
  g_variant_dict_insert (&dict, "bytes", "t", segment->bytes);
  g_variant_dict_insert (&dict, "tier", "s", segment->tier != NULL ? segment->tier : "fast");
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

gboolean
tyto_retention_tally_take (TytoRetentionTally *self, const TytoSegment *segment)
{
  gboolean old = self->cutoff_us >= 0 && segment->end_us <= self->cutoff_us;
  gboolean beyond = self->limit_bytes > 0 && self->counted_bytes > self->limit_bytes;

  if (!old && !beyond) {
    self->kept_us = segment->start_us;
    return FALSE;
  }
  self->counted_bytes -= MIN (segment->bytes, self->counted_bytes);
  self->segments++;
  self->bytes += segment->bytes;
  if (self->oldest_us < 0)
    self->oldest_us = segment->start_us;
  self->newest_us = segment->start_us;
  return TRUE;
}

void
tyto_retention_tally_put_back (TytoRetentionTally *self, guint64 segments, guint64 bytes)
{
  self->segments -= segments;
  self->bytes -= bytes;
}

void
tyto_retention_tally_list (TytoRetentionTally *self, const TytoSegment *segment)
{
  if (self->items == NULL)
    self->items = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  g_ptr_array_add (self->items, item_to_variant (segment));
}

gint64
tyto_retention_tally_get_thumbnails_us (const TytoRetentionTally *self)
{
  /* A limit in bytes says nothing of thumbnails without segments. */
  gint64 beyond_us = self->limit_bytes > 0 && self->segments > 0 ? self->kept_us : -1;

  return MAX (self->cutoff_us, beyond_us);
}

static void
insert_time (GVariantDict *dict, const char *key, gint64 wall_us)
{
  g_autofree char *text = NULL;

  if (wall_us < 0)
    return;
  text = tyto_time_format (wall_us);
  g_variant_dict_insert (dict, key, "s", text);
}

GVariant *
tyto_retention_tally_to_variant (const TytoRetentionTally *self)
{
  GVariantBuilder items = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "camera", "s", self->camera);
  g_variant_dict_insert (&dict, "segments", "t", self->segments);
  g_variant_dict_insert (&dict, "bytes", "t", self->bytes);
  g_variant_dict_insert (&dict, "thumbnails", "t", self->thumbnails);
  insert_time (&dict, "oldest", self->oldest_us);
  insert_time (&dict, "newest", self->newest_us);
  for (guint i = 0; self->items != NULL && i < self->items->len; i++)
    g_variant_builder_add_value (&items, self->items->pdata[i]);
  if (self->items != NULL)
    g_variant_dict_insert_value (&dict, "items", g_variant_builder_end (&items));
  else
    g_variant_builder_clear (&items);
  return g_variant_dict_end (&dict);
}
