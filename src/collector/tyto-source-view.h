/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-source-view.h: what a source of segments tells when it is looked at. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * TytoSourceEntry: a segment that can be fetched. Texts are never NULL but for @map and @refusal.
 * @name: below the playlist or the prefix, without a query; "NAME#bytes=OFFSET-LENGTH" for a part
 * @location: URL, or key in the bucket
 * @offset, @length: the part of it (RFC 8216, 4.3.2.2), @length -1: all of it
 * @sequence: media sequence number, -1: no playlist names it
 * @trailing: it comes behind what the playlist names: it may be named yet
 * @skipped: so many before it are not there, by the numbers in their names
 * @map: location of its Media Initialization Section, NULL for none; @map_offset, @map_length: as
 * above
 * @refusal: why it can never be recorded, NULL: it can
 * @etag, @made_us: as listed; "", -1 when not told
 */
typedef struct {
  char *name;
  char *location;
  gint64 offset;
  gint64 length;
  gint64 sequence;
  gint64 duration_us;
  gint64 time_us;
  gboolean discontinuity;
  gboolean trailing;
  guint64 skipped;
  char *map;
  gint64 map_offset;
  gint64 map_length;
  char *refusal;
  char *etag;
  gint64 made_us;
} TytoSourceEntry;

TytoSourceEntry *tyto_source_entry_new (const char *name, const char *location);
TytoSourceEntry *tyto_source_entry_copy (const TytoSourceEntry *self);
/* The Media Initialization Section of @self as something to be fetched. (transfer full) */
TytoSourceEntry *tyto_source_entry_new_map (const TytoSourceEntry *self);
void tyto_source_entry_free (TytoSourceEntry *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoSourceEntry, tyto_source_entry_free)

/* @name with the part that @offset and @length say. (transfer full) */
char *tyto_source_part_name (const char *name, gint64 offset, gint64 length);
/* Takes it apart again; @length is -1 when there is none. (transfer full) */
char *tyto_source_part_split (const char *name, gint64 *offset, gint64 *length);

/**
 * TytoSourceView: one rendition.
 * @rendition: 0: the stream itself; 1: sound of its own
 * @entries: (element-type TytoSourceEntry): in order
 * @whole: all that is there was looked at, not its playlist alone
 * @ended: the playlist says so (EXT-X-ENDLIST)
 * @target_us: EXT-X-TARGETDURATION, -1: no playlist
 * @modified_us: when the playlist was made, by the server's clock; -1 when not told
 */
typedef struct {
  guint rendition;
  GPtrArray *entries;
  gboolean whole;
  gboolean ended;
  gint64 target_us;
  gint64 modified_us;
} TytoSourceView;

TytoSourceView *tyto_source_view_new (guint rendition);
/* With the same entries, which must not change. */
TytoSourceView *tyto_source_view_copy (const TytoSourceView *self);
void tyto_source_view_free (TytoSourceView *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoSourceView, tyto_source_view_free)

G_END_DECLS
