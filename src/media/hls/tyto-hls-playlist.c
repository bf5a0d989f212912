/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/hls/tyto-hls-playlist.h"

#include "base/tyto-error.h"
#include "media/hls/tyto-hls-attributes.h"

#include <string.h>

#define MAX_TEXT     (4 << 20)
#define MAX_LINES    200000
#define MAX_LINE     8192
#define MAX_SEQUENCE (G_MAXINT64 / 2)
#define FIRST_LINE   "#EXTM3U"
#define BOM          "\xef\xbb\xbf"
#define HINT         "Name the address of a playlist that begins with #EXTM3U (RFC 8216)."

/* A text that many lines share is held once (GRefString): it would be large, else. */

/* What EXT-X-MEDIA says of a rendition. */
typedef struct {
  GRefString *uri; /* NULL: it is in the stream */
  guint rank;
} Rendition;

typedef struct {
  TytoHlsPlaylist *playlist;
  GHashTable *audio;    /* GROUP-ID → the Rendition to take */
  GPtrArray *groups;    /* AUDIO of each variant, "" for none */
  TytoHlsEntry *next;   /* what was said of the segment to come */
  TytoHlsVariant *open; /* EXT-X-STREAM-INF whose URI is to come */
  char *open_group;
  gboolean has_info; /* EXTINF stands before the URI to come */
  gboolean is_media; /* it has a tag or a URI of a media playlist */
  gint64 sequence;   /* of the segment to come */
  GRefString *map;
  gint64 map_offset;
  gint64 map_length;
  gboolean encrypted;
  char *range_uri; /* the resource of the byte range before */
  gint64 range_end;
} Parser;

static void
free_entry (TytoHlsEntry *entry)
{
  g_free (entry->uri);
  g_clear_pointer (&entry->map, g_ref_string_release);
  g_free (entry);
}

static void
free_variant (TytoHlsVariant *variant)
{
  g_free (variant->uri);
  g_free (variant->codecs);
  g_clear_pointer (&variant->audio_uri, g_ref_string_release);
  g_free (variant);
}

static void
free_rendition (Rendition *rendition)
{
  g_clear_pointer (&rendition->uri, g_ref_string_release);
  g_free (rendition);
}

static TytoHlsEntry *
new_entry (void)
{
  TytoHlsEntry *entry = g_new0 (TytoHlsEntry, 1);

  entry->duration_us = -1;
  entry->length = -1;
  entry->map_length = -1;
  entry->offset = -1;
  entry->time_us = -1;
  return entry;
}

void
tyto_hls_playlist_free (TytoHlsPlaylist *self)
{
  g_ptr_array_unref (self->variants);
  g_ptr_array_unref (self->entries);
  g_free (self);
}

/* 4.3.2.2: without an offset a range begins where the one before ended, in the same resource. */
static void
complete_range (Parser *self, TytoHlsEntry *entry)
{
  if (entry->length < 0) {
    entry->offset = 0;
    g_clear_pointer (&self->range_uri, g_free);
    return;
  }
  if (entry->offset < 0)
    entry->offset = g_strcmp0 (self->range_uri, entry->uri) == 0 ? self->range_end : 0;
  entry->length = MIN (entry->length, G_MAXINT64 - entry->offset);
  self->range_end = entry->offset + entry->length;
  g_free (self->range_uri);
  self->range_uri = g_strdup (entry->uri);
}

static void
take_variant (Parser *self, const char *uri)
{
  self->open->uri = g_strdup (uri);
  g_ptr_array_add (self->playlist->variants, g_steal_pointer (&self->open));
  g_ptr_array_add (self->groups, g_steal_pointer (&self->open_group));
}

static void
take_uri (Parser *self, const char *uri)
{
  TytoHlsEntry *entry;

  if (self->open != NULL) {
    take_variant (self, uri);
    return;
  }
  entry = g_steal_pointer (&self->next);
  self->next = new_entry ();
  self->is_media = TRUE;
  self->has_info = FALSE;
  entry->uri = g_strdup (uri);
  entry->sequence = self->sequence++;
  entry->encrypted = self->encrypted;
  entry->map = self->map != NULL ? g_ref_string_acquire (self->map) : NULL;
  entry->map_offset = self->map_offset;
  entry->map_length = self->map_length;
  complete_range (self, entry);
  g_ptr_array_add (self->playlist->entries, entry);
}

/* A URI that cannot be read still counts as a segment, or all behind it would be taken for others;
 * a discontinuity before it is one of the next. */
static void
pass_uri_over (Parser *self)
{
  gboolean discontinuity = self->next->discontinuity;

  self->playlist->skipped++;
  if (self->open != NULL) {
    g_clear_pointer (&self->open, free_variant);
    g_clear_pointer (&self->open_group, g_free);
  } else if (self->has_info) {
    free_entry (self->next);
    self->next = new_entry ();
    self->next->discontinuity = discontinuity;
    self->has_info = FALSE;
    self->sequence++;
    g_clear_pointer (&self->range_uri, g_free);
  }
}

static gboolean
take_info (Parser *self, const char *value)
{
  self->has_info = TRUE;
  return tyto_hls_take_seconds (&value, &self->next->duration_us)
         && (*value == '\0' || *value == ',' || *value == ' ');
}

static gboolean
take_range (Parser *self, const char *value)
{
  return tyto_hls_read_range (value, &self->next->length, &self->next->offset);
}

static gboolean
take_discontinuity (Parser *self, const char *value)
{
  self->next->discontinuity = TRUE;
  return TRUE;
}

static gboolean
take_gap (Parser *self, const char *value)
{
  self->next->gap = TRUE;
  return TRUE;
}

static gboolean
take_date (Parser *self, const char *value)
{
  return tyto_hls_read_date (value, &self->next->time_us);
}

/* 4.3.2.4. A key whose method is unknown is one. */
static gboolean
take_key (Parser *self, const char *value)
{
  g_autofree char *method = tyto_hls_attribute (value, "METHOD");

  self->encrypted = g_strcmp0 (method, "NONE") != 0;
  return method != NULL;
}

/* 4.3.2.5 */
static gboolean
take_map (Parser *self, const char *value)
{
  g_autofree char *uri = tyto_hls_attribute (value, "URI");
  g_autofree char *range = tyto_hls_attribute (value, "BYTERANGE");
  gint64 length = -1;
  gint64 offset = 0;

  if (uri == NULL || *uri == '\0'
      || (range != NULL && !tyto_hls_read_range (range, &length, &offset)))
    return FALSE;
  g_clear_pointer (&self->map, g_ref_string_release);
  self->map = g_ref_string_new (uri);
  self->map_length = length;
  self->map_offset = MAX (offset, 0);
  return TRUE;
}

static gboolean
take_target (Parser *self, const char *value)
{
  return tyto_hls_take_seconds (&value, &self->playlist->target_us);
}

static gboolean
take_sequence (Parser *self, const char *value)
{
  guint64 sequence;

  if (self->playlist->entries->len > 0 || !tyto_hls_read_integer (value, MAX_SEQUENCE, &sequence))
    return FALSE;
  self->sequence = (gint64) sequence;
  self->playlist->first_sequence = self->sequence;
  return TRUE;
}

/* draft-pantos-hls-rfc8216bis, 4.4.5.2: only sent when it was asked for. */
static gboolean
take_skip (Parser *self, const char *value)
{
  g_autofree char *text = tyto_hls_attribute (value, "SKIPPED-SEGMENTS");
  guint64 skipped;

  if (text == NULL || self->playlist->entries->len > 0
      || !tyto_hls_read_integer (text, G_MAXINT32, &skipped))
    return FALSE;
  self->sequence += (gint64) skipped;
  return TRUE;
}

static gboolean
take_end (Parser *self, const char *value)
{
  self->playlist->ended = TRUE;
  return TRUE;
}

/* 4.3.4.1: the rendition that is taken of a group. */
static gboolean
take_rendition (Parser *self, const char *value)
{
  g_autofree char *type = tyto_hls_attribute (value, "TYPE");
  g_autofree char *group = tyto_hls_attribute (value, "GROUP-ID");
  g_autofree char *chosen = tyto_hls_attribute (value, "DEFAULT");
  g_autofree char *automatic = tyto_hls_attribute (value, "AUTOSELECT");
  g_autofree char *uri = tyto_hls_attribute (value, "URI");
  const Rendition *known;
  Rendition *rendition;
  guint rank;

  if (type == NULL || group == NULL)
    return FALSE;
  if (!g_str_equal (type, "AUDIO"))
    return TRUE;
  rank = g_strcmp0 (chosen, "YES") == 0 ? 3 : g_strcmp0 (automatic, "YES") == 0 ? 2 : 1;
  known = g_hash_table_lookup (self->audio, group);
  if (known != NULL && known->rank >= rank)
    return TRUE;
  rendition = g_new0 (Rendition, 1);
  rendition->uri = uri != NULL && *uri != '\0' ? g_ref_string_new (uri) : NULL;
  rendition->rank = rank;
  g_hash_table_replace (self->audio, g_steal_pointer (&group), rendition);
  return TRUE;
}

/* 4.3.4.2 */
static gboolean
take_variant_info (Parser *self, const char *value)
{
  g_autofree char *bandwidth = tyto_hls_attribute (value, "BANDWIDTH");
  g_autofree char *resolution = tyto_hls_attribute (value, "RESOLUTION");
  TytoHlsVariant *variant = g_new0 (TytoHlsVariant, 1);

  g_clear_pointer (&self->open, free_variant);
  g_clear_pointer (&self->open_group, g_free);
  self->open = variant;
  self->open_group = tyto_hls_attribute (value, "AUDIO");
  variant->codecs = tyto_hls_attribute (value, "CODECS");
  if (variant->codecs == NULL)
    variant->codecs = g_strdup ("");
  if (resolution != NULL)
    tyto_hls_read_resolution (resolution, &variant->width, &variant->height);
  return bandwidth != NULL && tyto_hls_read_integer (bandwidth, G_MAXINT64, &variant->bandwidth);
}

static const struct {
  const char *name;
  gboolean (*take) (Parser *self, const char *value);
  gboolean media; /* only in media playlists */
} tags[] = {
  { "#EXTINF", take_info, TRUE },
  { "#EXT-X-BYTERANGE", take_range, TRUE },
  { "#EXT-X-DISCONTINUITY", take_discontinuity, TRUE },
  { "#EXT-X-ENDLIST", take_end, TRUE },
  { "#EXT-X-GAP", take_gap, TRUE },
  { "#EXT-X-KEY", take_key, TRUE },
  { "#EXT-X-MAP", take_map, TRUE },
  { "#EXT-X-MEDIA", take_rendition, FALSE },
  { "#EXT-X-MEDIA-SEQUENCE", take_sequence, TRUE },
  { "#EXT-X-PROGRAM-DATE-TIME", take_date, TRUE },
  { "#EXT-X-SKIP", take_skip, TRUE },
  { "#EXT-X-STREAM-INF", take_variant_info, FALSE },
  { "#EXT-X-TARGETDURATION", take_target, TRUE },
};

static void
take_tag (Parser *self, const char *line)
{
  gsize length = strcspn (line, ":");

  for (guint i = 0; i < G_N_ELEMENTS (tags); i++) {
    if (strlen (tags[i].name) != length || strncmp (line, tags[i].name, length) != 0)
      continue;
    self->is_media = self->is_media || tags[i].media;
    if (!tags[i].take (self, line + length + (line[length] == ':' ? 1 : 0)))
      self->playlist->skipped++;
  }
}

static gboolean
is_readable (const char *line, gsize size)
{
  if (size > MAX_LINE || !g_utf8_validate (line, (gssize) size, NULL))
    return FALSE;
  for (gsize i = 0; i < size; i++)
    if ((guchar) line[i] < ' ' && line[i] != '\t')
      return FALSE;
  return TRUE;
}

/* @whole: a newline ends it. Live, a playlist may be read while it is written: the URI that is cut
 * then is a whole one the next time. */
static void
take_line (Parser *self, char *line, gsize size, gboolean whole)
{
  while (size > 0 && strchr ("\r\t ", line[size - 1]) != NULL)
    size--;
  line[size] = '\0';
  if (size == 0)
    return;
  if (!is_readable (line, size)) {
    if (*line != '#')
      pass_uri_over (self);
    else
      self->playlist->skipped++;
  } else if (*line == '#') {
    take_tag (self, line);
  } else if (whole || self->open != NULL || self->playlist->ended) {
    take_uri (self, line);
  } else {
    self->is_media = TRUE;
  }
}

static void
parser_clear (Parser *self)
{
  g_hash_table_unref (self->audio);
  g_ptr_array_unref (self->groups);
  g_clear_pointer (&self->next, free_entry);
  g_clear_pointer (&self->open, free_variant);
  g_free (self->open_group);
  g_clear_pointer (&self->map, g_ref_string_release);
  g_free (self->range_uri);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Parser, parser_clear)

static gboolean
parse_lines (Parser *self, char *text, gsize size, GError **error)
{
  char *end = text + size;
  guint number = 1;

  for (char *line = text; line < end; number++) {
    char *newline = memchr (line, '\n', (gsize) (end - line));
    char *line_end = newline != NULL ? newline : end;

    if (number > MAX_LINES) {
      tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL,
                      "The playlist has more than %d lines.", MAX_LINES);
      return FALSE;
    }
    take_line (self, line, (gsize) (line_end - line), newline != NULL);
    if (self->is_media && (self->open != NULL || self->playlist->variants->len > 0)) {
      tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, HINT,
                      "Line %u of the playlist: it is multivariant and has segments, too.", number);
      return FALSE;
    }
    line = line_end + 1;
  }
  return TRUE;
}

/* The sound of each variant, now that all renditions are known. */
static void
choose_audio (Parser *self)
{
  for (guint i = 0; i < self->playlist->variants->len; i++) {
    TytoHlsVariant *variant = g_ptr_array_index (self->playlist->variants, i);
    const char *group = g_ptr_array_index (self->groups, i);
    const Rendition *rendition = group != NULL ? g_hash_table_lookup (self->audio, group) : NULL;

    if (rendition != NULL && rendition->uri != NULL && !g_str_equal (rendition->uri, variant->uri))
      variant->audio_uri = g_ref_string_acquire (rendition->uri);
  }
}

/* Where the first line ends; 0: it is another one. */
static gsize
check_first_line (const char *text, gsize size)
{
  gsize start = size >= strlen (BOM) && memcmp (text, BOM, strlen (BOM)) == 0 ? strlen (BOM) : 0;
  gsize end = start + strlen (FIRST_LINE);

  if (size < end || memcmp (text + start, FIRST_LINE, strlen (FIRST_LINE)) != 0
      || (size > end && strchr (" \t\r\n", text[end]) == NULL) || (size > end && text[end] == '\0'))
    return 0;
  return end;
}

TytoHlsPlaylist *
tyto_hls_playlist_parse (const char *text, gsize size, GError **error)
{
  g_autoptr (TytoHlsPlaylist) playlist = g_new0 (TytoHlsPlaylist, 1);
  g_auto (Parser) parser = { .playlist = playlist, .map_length = -1 };
  g_autofree char *copy = NULL;
  gsize start = check_first_line (text, size);

  playlist->variants = g_ptr_array_new_with_free_func ((GDestroyNotify) free_variant);
  playlist->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) free_entry);
  parser.audio
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) free_rendition);
  parser.groups = g_ptr_array_new_with_free_func (g_free);
  parser.next = new_entry ();
  if (start == 0) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, HINT,
                    "Line 1 of the playlist: it does not begin with %s.", FIRST_LINE);
    return NULL;
  }
  if (size > MAX_TEXT) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL,
                    "The playlist has %" G_GSIZE_FORMAT " bytes, more than %d.", size, MAX_TEXT);
    return NULL;
  }
  copy = g_malloc (size + 1);
  memcpy (copy, text, size);
  copy[size] = '\0';
  /* The rest of the first line counts as a line of its own, an empty one. */
  if (!parse_lines (&parser, copy + start, size - start, error))
    return NULL;
  choose_audio (&parser);
  return g_steal_pointer (&playlist);
}
