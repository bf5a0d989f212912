/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/hls/tyto-hls-journal.h"

#include "base/tyto-error.h"
#include "media/hls/tyto-hls-line.h"

#include <string.h>

#define FILE_NAME     "journal"
#define MAX_LINE      (256 * 1024)
#define MAX_RENDITION 1
#define MAX_NAME      255 /* bytes of a file name: NAME_MAX */

/* Of a line: -1: it does not say, or nonsense; @version: 0: it does not say. */
typedef struct {
  gint64 position;
  gint64 rendition;
  gint64 version;
  gboolean ended;
} Head;

typedef struct {
  TytoHlsLine *line;
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

static const struct {
  const char *name;
  gsize at;
} texts[] = {
  { "name", G_STRUCT_OFFSET (TytoHlsSegment, name) },
  { "init", G_STRUCT_OFFSET (TytoHlsSegment, init) },
  { "file", G_STRUCT_OFFSET (TytoHlsSegment, file) },
  { "etag", G_STRUCT_OFFSET (TytoHlsSegment, etag) },
  { "reason", G_STRUCT_OFFSET (TytoHlsSegment, reason) },
};

/* All of 64 bits */
static const struct {
  const char *name;
  gsize at;
  gint64 least;
} numbers[] = {
  { "sequence", G_STRUCT_OFFSET (TytoHlsSegment, sequence), -1 },
  { "duration_us", G_STRUCT_OFFSET (TytoHlsSegment, duration_us), -1 },
  { "time_us", G_STRUCT_OFFSET (TytoHlsSegment, time_us), -1 },
  { "made_us", G_STRUCT_OFFSET (TytoHlsSegment, made_us), -1 },
  { "bytes", G_STRUCT_OFFSET (TytoHlsSegment, bytes), 0 },
  { "count", G_STRUCT_OFFSET (TytoHlsSegment, count), 0 },
};

static gboolean
read_state (const TytoHlsLine *member, TytoHlsSegmentState *state)
{
  static const char *const states[] = { "listed", "fetched", "missing", "unlisted" };

  for (guint i = 0; member->type == TYTO_HLS_LINE_STRING && i < G_N_ELEMENTS (states); i++)
    if (g_str_equal (member->string->str, states[i])) {
      *state = (TytoHlsSegmentState) i;
      return TRUE;
    }
  return FALSE;
}

/* What it does not know, or null, is passed over. */
static gboolean
read_member (const TytoHlsLine *member, TytoHlsSegment *segment, gboolean *has_state)
{
  const char *name = member->name->str;

  if (member->type == TYTO_HLS_LINE_NULL)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (g_str_equal (texts[i].name, name)) {
      char **text = &G_STRUCT_MEMBER (char *, segment, texts[i].at);

      if (member->type != TYTO_HLS_LINE_STRING)
        return FALSE;
      g_free (*text);
      *text = g_strdup (member->string->str);
      return TRUE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (g_str_equal (numbers[i].name, name)) {
      G_STRUCT_MEMBER (gint64, segment, numbers[i].at) = member->number;
      return member->type == TYTO_HLS_LINE_NUMBER && member->number >= numbers[i].least;
    }
  if (g_str_equal (name, "discontinuity")) {
    segment->discontinuity = member->boolean;
    return member->type == TYTO_HLS_LINE_BOOLEAN;
  }
  if (g_str_equal (name, "state")) {
    *has_state = TRUE;
    return read_state (member, &segment->state);
  }
  return TRUE;
}

static void
empty (char **text)
{
  g_free (*text);
  *text = g_strdup ("");
}

/* What a line says over what is known; what it does not name stays as it was. */
static gboolean
read_members (TytoHlsLine *line, TytoHlsSegment *segment)
{
  gboolean has_state = FALSE;
  gboolean fetched;

  while (tyto_hls_line_next (line))
    if (!read_member (line, segment, &has_state))
      return FALSE;
  if (!has_state)
    return FALSE;
  fetched = segment->state == TYTO_HLS_FETCHED;
  if (!fetched) {
    empty (&segment->file);
    segment->bytes = 0;
  }
  if (segment->state != TYTO_HLS_MISSING)
    empty (&segment->reason);
  return (!fetched || is_plain_name (segment->file))
         && (segment->init[0] == '\0' || is_plain_name (segment->init));
}

static gboolean
read_segment (TytoHlsLine *line, const Head *head, Reading *reading)
{
  TytoHlsSegment place = { 0 };
  TytoHlsSegment *known;
  g_autoptr (TytoHlsSegment) segment = NULL;

  if (head->position < 0 || head->rendition < 0 || head->rendition > MAX_RENDITION)
    return FALSE;
  place.position = (guint64) head->position;
  place.rendition = (guint) head->rendition;
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

/* What a line is about. FALSE: it makes no sense. */
static gboolean
read_head (TytoHlsLine *line, Head *head)
{
  *head = (Head){ .position = -1 };
  while (tyto_hls_line_next (line)) {
    const char *name = line->name->str;
    gboolean number = line->type == TYTO_HLS_LINE_NUMBER;

    if (g_str_equal (name, "position"))
      head->position = number ? line->number : -1;
    else if (g_str_equal (name, "rendition"))
      head->rendition = number ? line->number : -1;
    else if (g_str_equal (name, "journal"))
      head->version = number ? line->number : -1;
    else if (g_str_equal (name, "ended"))
      head->ended = line->type == TYTO_HLS_LINE_BOOLEAN && line->boolean;
  }
  return !line->wrong;
}

/* FALSE: it was written by another version. */
static gboolean
read_line (const char *text, gsize size, Reading *reading)
{
  Head head;

  tyto_hls_line_begin (reading->line, text, size);
  if (size > MAX_LINE || !read_head (reading->line, &head)) {
    reading->left_out++;
    return TRUE;
  }
  if (head.version != 0)
    return head.version == 1;
  if (head.ended) {
    reading->ended = TRUE;
    return TRUE;
  }
  tyto_hls_line_begin (reading->line, text, size);
  if (!read_segment (reading->line, &head, reading))
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
  g_auto (TytoHlsLine) line = { 0 };
  Reading reading = { .line = &line, .segments = segments, .known = known };
  const char *newline;
  gsize size;

  tyto_hls_line_init (&line);
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
