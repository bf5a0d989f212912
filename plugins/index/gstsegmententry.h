/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "media/tyto-media-file.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstSegmentEntry: what is known of a file that went by, once its sink has it. Strings and records
 * are owned.
 * @name: for messages: the file's URI, or the element's name
 * @path: of the local file, "" for none
 * @object: its key in the bucket, "" when it is in none
 * @sha256: of the whole file, hex
 * @media: (nullable): what it holds; NULL when it is not known to be a recording
 */
typedef struct {
  gchar *name;
  gchar *path;
  gchar *object;
  gchar *sha256;
  guint64 bytes;
  TytoMediaFile *media;
} GstSegmentEntry;

void gst_segment_entry_clear (GstSegmentEntry *self);

/* As the element message `segment-index` has it. (transfer full) */
GstStructure *gst_segment_entry_to_structure (const GstSegmentEntry *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstSegmentEntry, gst_segment_entry_clear)

G_END_DECLS
