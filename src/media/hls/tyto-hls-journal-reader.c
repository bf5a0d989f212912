/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/hls/tyto-hls-journal.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"

#include <string.h>

#define FILE_NAME     "journal"
#define MAX_LINE      (256 * 1024)
#define MAX_RENDITION 1
#define MAX_NAME      255 /* bytes of a file name: NAME_MAX */

typedef struct {
  GPtrArray *segments;
  GHashTable *known; /* Place → its segment in @segments */
  gboolean ended;
  guint left_out; /* lines */
} Reading;

static guint
hash_place (gconstpointer key)
{
  const TytoHlsSegment *segment = key;

  return g_int64_hash (&segment->position) ^ segment->rendition << 31;
}

static gboolean
same_place (gconstpointer a, gconstpointer b)
{
  const TytoHlsSegment *one = a;
  const TytoHlsSegment *other = b;

  return one->position == other->position && one->rendition == other->rendition;
}

/* A name that we could have given: it leads nowhere else. */
static gboolean
is_plain_name (const char *name)
{
  gsize length = strlen (name);

  return length > 0 && length <= MAX_NAME && name[0] != '.' && strchr (name, '/') == NULL
         && !g_str_equal (name, FILE_NAME);
}

static gboolean
read_text (GVariant *line, const char *key, char **text)
{
  return tyto_dict_get_string (line, key, text, NULL);
}

/* A number that may be -1 for not known. */
static gboolean
read_known (GVariant *line, const char *key, gint64 *value)
{
  guint64 number = G_MAXUINT64;

  if (tyto_dict_int (line, key, 0) == -1) {
    *value = -1;
    return TRUE;
  }
  if (!tyto_dict_get_uint (line, key, 0, G_MAXINT64, &number, NULL))
    return FALSE;
  if (number != G_MAXUINT64)
    *value = (gint64) number;
  return TRUE;
}

static gboolean
read_state (GVariant *line, TytoHlsSegmentState *state)
{
  static const char *const states[] = { "listed", "fetched", "missing", "unlisted" };
  const char *text = tyto_dict_string (line, "state", "");

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    if (g_str_equal (text, states[i])) {
      *state = (TytoHlsSegmentState) i;
      return TRUE;
    }
  return FALSE;
}

/* What a line says over what is known; what it does not name stays as it was. */
static gboolean
read_members (GVariant *line, TytoHlsSegment *segment)
{
  gboolean fetched;

  if (!read_state (line, &segment->state) || !read_text (line, "name", &segment->name)
      || !read_known (line, "sequence", &segment->sequence)
      || !read_known (line, "duration_us", &segment->duration_us)
      || !tyto_dict_get_boolean (line, "discontinuity", &segment->discontinuity, NULL)
      || !read_text (line, "init", &segment->init)
      || !read_known (line, "time_us", &segment->time_us)
      || !read_text (line, "file", &segment->file)
      || !tyto_dict_get_uint (line, "bytes", 0, G_MAXINT64, &segment->bytes, NULL)
      || !read_text (line, "etag", &segment->etag)
      || !read_known (line, "made_us", &segment->made_us)
      || !read_text (line, "reason", &segment->reason)
      || !tyto_dict_get_uint (line, "count", 0, G_MAXUINT32, &segment->count, NULL))
    return FALSE;
  fetched = segment->state == TYTO_HLS_FETCHED;
  if (!fetched) {
    g_free (segment->file);
    segment->file = g_strdup ("");
    segment->bytes = 0;
  }
  if (segment->state != TYTO_HLS_MISSING) {
    g_free (segment->reason);
    segment->reason = g_strdup ("");
  }
  return (!fetched || is_plain_name (segment->file))
         && (segment->init[0] == '\0' || is_plain_name (segment->init));
}

static gboolean
read_segment (GVariant *line, Reading *reading)
{
  TytoHlsSegment place = { 0 };
  guint64 position = G_MAXUINT64;
  guint64 rendition = 0;
  TytoHlsSegment *known;
  g_autoptr (TytoHlsSegment) segment = NULL;

  if (!tyto_dict_get_uint (line, "position", 0, G_MAXINT64, &position, NULL)
      || position == G_MAXUINT64
      || !tyto_dict_get_uint (line, "rendition", 0, MAX_RENDITION, &rendition, NULL))
    return FALSE;
  place.position = position;
  place.rendition = (guint) rendition;
  known = g_hash_table_lookup (reading->known, &place);
  segment = known != NULL ? tyto_hls_segment_copy (known)
                          : tyto_hls_segment_new (place.position, place.rendition);
  if (!read_members (line, segment))
    return FALSE;
  if (known != NULL) {
    TytoHlsSegment before = *known;

    *known = *segment;
    *segment = before;
  } else {
    g_hash_table_add (reading->known, segment);
    g_ptr_array_add (reading->segments, g_steal_pointer (&segment));
  }
  reading->ended = FALSE;
  return TRUE;
}

/* FALSE: it was written by another version. */
static gboolean
read_line (const char *text, gsize size, Reading *reading)
{
  g_autoptr (GVariant) line = NULL;
  guint64 version = 0;
  gboolean ended = FALSE;

  if (size <= MAX_LINE)
    line = tyto_json_to_variant (text, (gssize) size, NULL);
  if (line == NULL) {
    reading->left_out++;
    return TRUE;
  }
  version = tyto_dict_uint (line, "journal", 0);
  if (version != 0)
    return version == 1;
  if (tyto_dict_get_boolean (line, "ended", &ended, NULL) && ended)
    reading->ended = TRUE;
  else if (!read_segment (line, reading))
    reading->left_out++;
  return TRUE;
}

static int
compare_places (gconstpointer a, gconstpointer b)
{
  const TytoHlsSegment *one = *(const TytoHlsSegment *const *) a;
  const TytoHlsSegment *other = *(const TytoHlsSegment *const *) b;

  if (one->position != other->position)
    return one->position < other->position ? -1 : 1;
  return (int) one->rendition - (int) other->rendition;
}

GPtrArray *
tyto_hls_journal_read (const char *directory, gboolean *ended, GError **error)
{
  g_autofree char *path = g_build_filename (directory, FILE_NAME, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) why = NULL;
  g_autoptr (GPtrArray) segments
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_hls_segment_free);
  g_autoptr (GHashTable) known = g_hash_table_new (hash_place, same_place);
  Reading reading = { .segments = segments, .known = known };
  const char *newline;
  gsize size;

  if (!g_file_get_contents (path, &text, &size, &why)) {
    gboolean none = g_error_matches (why, G_FILE_ERROR, G_FILE_ERROR_NOENT);

    tyto_set_error (error, none ? TYTO_ERROR_NOT_FOUND : TYTO_ERROR_STORAGE, NULL,
                    "The journal of a broadcast cannot be read: %s", why->message);
    return NULL;
  }
  for (const char *at = text; (newline = memchr (at, '\n', size - (gsize) (at - text))) != NULL;
       at = newline + 1)
    if (!read_line (at, (gsize) (newline - at), &reading)) {
      tyto_set_error (error, TYTO_ERROR_STORAGE, "Read it with the version of Tyto that wrote it.",
                      "The journal “%s” is of a version that is not known here.", path);
      return NULL;
    }
  if (reading.left_out > 0)
    g_warning ("“%s”: %u lines make no sense and are left out", path, reading.left_out);
  g_ptr_array_sort (segments, compare_places);
  if (ended != NULL)
    *ended = reading.ended;
  return g_steal_pointer (&segments);
}
