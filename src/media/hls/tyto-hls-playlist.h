/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-hls-playlist.h: reads an HLS playlist (RFC 8216): media or multivariant ("master").
 *
 * It trusts nothing: at most 4 MiB of text, 200,000 lines, 8 KiB a line. Unknown tags are passed
 * over. What is wrong with one line costs that line; TYTO_ERROR_INVALID_ARGUMENT, with its number,
 * for what is no playlist at all. A media playlist may be read while it is written: the URI of a
 * last line that no newline ends is left for the next time.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * TytoHlsEntry: a media segment (RFC 8216, 3).
 * @uri: as written; @sequence: media sequence number (a segment whose URI cannot be read counts);
 * @duration_us: EXTINF, -1 where there is none
 * @discontinuity: EXT-X-DISCONTINUITY stands before it; @gap: EXT-X-GAP does
 * @map: URI of EXT-X-MAP, NULL for none
 * @offset, @length: EXT-X-BYTERANGE, the offset completed; @length -1: the whole resource;
 * @map_offset, @map_length: of @map
 * @time_us: EXT-X-PROGRAM-DATE-TIME, µs since the epoch, -1 for none
 * @encrypted: EXT-X-KEY with a METHOD other than NONE: it cannot be joined
 */
typedef struct {
  char *uri;
  gint64 sequence;
  gint64 duration_us;
  gboolean discontinuity;
  gboolean gap;
  char *map;
  gint64 map_offset;
  gint64 map_length;
  gint64 offset;
  gint64 length;
  gint64 time_us;
  gboolean encrypted;
} TytoHlsEntry;

/**
 * TytoHlsVariant: EXT-X-STREAM-INF.
 * @audio_uri: of the rendition of its AUDIO group to take (DEFAULT, AUTOSELECT, else the first);
 * NULL: the sound is in the stream itself, or there is none
 */
typedef struct {
  char *uri;
  guint64 bandwidth; /* bit/s */
  guint width;
  guint height;
  char *codecs;
  char *audio_uri;
} TytoHlsVariant;

/**
 * TytoHlsPlaylist:
 * @variants: (element-type TytoHlsVariant): not empty in a multivariant playlist
 * @entries: (element-type TytoHlsEntry): empty in a multivariant playlist, and in a media playlist
 * that has none yet
 * @ended: EXT-X-ENDLIST; @target_us: EXT-X-TARGETDURATION
 * @skipped: lines that made no sense
 */
typedef struct {
  GPtrArray *variants;
  GPtrArray *entries;
  gint64 first_sequence;
  gint64 target_us;
  gboolean ended;
  guint skipped;
} TytoHlsPlaylist;

/* (transfer full) */
TytoHlsPlaylist *tyto_hls_playlist_parse (const char *text, gsize size, GError **error);
void tyto_hls_playlist_free (TytoHlsPlaylist *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoHlsPlaylist, tyto_hls_playlist_free)

/* The variant to record: the largest bandwidth, then the largest picture; those whose codecs are
 * none we can join last. (transfer none); NULL for a media playlist. */
const TytoHlsVariant *tyto_hls_playlist_best (const TytoHlsPlaylist *self);

/* @uri resolved against @base (RFC 3986, 5), its encoding kept, without fragment. http and https
 * alone. INVALID_ARGUMENT. (transfer full) */
char *tyto_hls_resolve (const char *base, const char *uri, GError **error);

G_END_DECLS
