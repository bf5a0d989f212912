/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/archive/tyto-archive-key.h"

#include "base/tyto-error.h"
#include "base/tyto-id.h"

#include <string.h>

#define UNIQUE_MAX 128 /* bytes that tyto_archive_key_make_unique() may add */
/* Conversions whose text depends on no language and has no "/" in it. */
#define CONVERSIONS "CdFgGHIjkmMsSTuUVwWyY%"
#define HINT                                                                                       \
  "Use {camera}, {stream}, {run}, {sequence}, {format}, {seconds}, {minutes} and conversions of "  \
  "strftime such as %Y-%m-%d/%H-%M-%S."

typedef void (*AppendWord) (GString *out, const TytoUpload *upload);

static gboolean
is_thumbnail (const TytoUpload *upload)
{
  return upload->kind == TYTO_UPLOAD_THUMBNAIL;
}

static void
append_camera (GString *out, const TytoUpload *upload)
{
  g_string_append (out, upload->camera);
}

static void
append_stream (GString *out, const TytoUpload *upload)
{
  g_string_append (out, is_thumbnail (upload) ? "main" : upload->stream);
}

static void
append_run (GString *out, const TytoUpload *upload)
{
  g_string_append (out, is_thumbnail (upload) ? "thumbnail" : upload->run);
}

static void
append_sequence (GString *out, const TytoUpload *upload)
{
  if (is_thumbnail (upload))
    g_string_append (out, "thumbnail");
  else
    g_string_append_printf (out, "%06" G_GUINT64_FORMAT, upload->sequence);
}

static void
append_format (GString *out, const TytoUpload *upload)
{
  g_string_append (out, upload->format);
}

static void
append_length (GString *out, const TytoUpload *upload, gint64 unit_us)
{
  gint64 length_us = MAX (upload->end_us - upload->start_us, 0);

  g_string_append_printf (out, "%" G_GINT64_FORMAT, (length_us + unit_us / 2) / unit_us);
}

static void
append_seconds (GString *out, const TytoUpload *upload)
{
  append_length (out, upload, G_TIME_SPAN_SECOND);
}

static void
append_minutes (GString *out, const TytoUpload *upload)
{
  append_length (out, upload, G_TIME_SPAN_MINUTE);
}

static const struct {
  const char *text;
  AppendWord append;
} words[] = {
  { "{camera}", append_camera },     { "{stream}", append_stream }, { "{run}", append_run },
  { "{sequence}", append_sequence }, { "{format}", append_format }, { "{seconds}", append_seconds },
  { "{minutes}", append_minutes },
};

/* The word that @text begins with, or NULL. @length: (out) */
static AppendWord
find_word (const char *text, gsize *length)
{
  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    *length = strlen (words[i].text);
    if (strncmp (text, words[i].text, *length) == 0)
      return words[i].append;
  }
  return NULL;
}

static gboolean
refuse (GError **error, const char *what, const char *template)
{
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, HINT, "The key template \"%s\" %s", template,
                  what);
  return FALSE;
}

static gboolean
check_words (const char *template, GError **error)
{
  for (const char *p = template; *p != '\0'; p++) {
    gsize length;

    if (g_ascii_iscntrl (*p) || *p == '\\')
      return refuse (error, "has a character that no key should have", template);
    if (*p == '}')
      return refuse (error, "has a \"}\" without \"{\"", template);
    if (*p == '{') {
      if (find_word (p, &length) == NULL)
        return refuse (error, "has a word in braces that is none", template);
      p += length - 1;
    } else if (*p == '%') {
      p++;
      if (*p == '\0' || strchr (CONVERSIONS, *p) == NULL)
        return refuse (error, "has a conversion of time that is not known", template);
    }
  }
  return TRUE;
}

/* An upload with the longest texts there can be. (transfer full) */
static TytoUpload *
make_longest (void)
{
  TytoUpload *upload = tyto_upload_new ();
  const struct {
    char **member;
    gsize length;
  } texts[] = {
    { &upload->camera, 64 }, { &upload->run, 64 }, { &upload->stream, 4 }, { &upload->format, 4 }
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_free (*texts[i].member);
    *texts[i].member = g_strnfill (texts[i].length, 'x');
  }
  upload->sequence = G_MAXUINT32;
  upload->end_us = G_TIME_SPAN_DAY * 365;
  return upload;
}

gboolean
tyto_archive_key_check (const char *template, GError **error)
{
  g_autoptr (TytoUpload) longest = NULL;
  g_autofree char *key = NULL;
  g_auto (GStrv) parts = NULL;

  if (template == NULL || *template == '\0')
    return refuse (error, "is empty", "");
  if (!g_utf8_validate (template, -1, NULL))
    return refuse (error, "is not UTF-8", "");
  if (!check_words (template, error))
    return FALSE;
  longest = make_longest ();
  key = tyto_archive_key_make (template, longest);
  if (strlen (key) > TYTO_ARCHIVE_KEY_MAX - UNIQUE_MAX)
    return refuse (error, "makes keys that are too long", template);
  parts = g_strsplit (key, "/", -1);
  for (guint i = 0; parts[i] != NULL; i++) {
    if (*parts[i] == '\0' || g_str_equal (parts[i], ".") || g_str_equal (parts[i], ".."))
      return refuse (error, "has an empty, \".\" or \"..\" part", template);
  }
  return TRUE;
}

gboolean
tyto_archive_key_is_unique (const char *template)
{
  return strstr (template, "{run}") != NULL && strstr (template, "{sequence}") != NULL;
}

/* A template may say .mp4 where it should say {format}. */
static void
mend_extension (GString *key)
{
  static const char *const extensions[] = { ".mp4", ".ts", ".mkv" };

  for (guint i = 0; i < G_N_ELEMENTS (extensions); i++) {
    if (g_str_has_suffix (key->str, extensions[i])) {
      g_string_truncate (key, key->len - strlen (extensions[i]));
      g_string_append (key, ".jpg");
      return;
    }
  }
}

static void
append_time (GString *out, GDateTime *time, char conversion)
{
  const char format[] = { '%', conversion, '\0' };
  g_autofree char *text = g_date_time_format (time, format);

  g_string_append (out, text != NULL ? text : "");
}

char *
tyto_archive_key_make (const char *template, const TytoUpload *upload)
{
  g_autoptr (GDateTime) epoch = g_date_time_new_from_unix_utc (0);
  g_autoptr (GDateTime) start = g_date_time_add (epoch, upload->start_us);
  GString *key = g_string_new (NULL);

  for (const char *p = template; *p != '\0'; p++) {
    gsize length;
    AppendWord append = *p == '{' ? find_word (p, &length) : NULL;

    if (append != NULL) {
      append (key, upload);
      p += length - 1;
    } else if (*p == '%' && p[1] != '\0') {
      p++;
      append_time (key, start, *p);
    } else {
      g_string_append_c (key, *p);
    }
  }
  if (is_thumbnail (upload))
    mend_extension (key);
  return g_string_free (key, FALSE);
}

char *
tyto_archive_key_make_unique (const char *key, const TytoUpload *upload)
{
  const char *name = strrchr (key, '/');
  const char *dot = strrchr (name != NULL ? name : key, '.');
  gsize stem = dot != NULL && dot > key ? (gsize) (dot - key) : strlen (key);
  g_autofree char *mark
      = is_thumbnail (upload)
            ? g_strdup_printf ("%" G_GINT64_FORMAT, upload->start_us)
            : g_strdup_printf ("%s-%06" G_GUINT64_FORMAT, upload->run, upload->sequence);

  return g_strdup_printf ("%.*s-%s%s", (int) stem, key, mark, key + stem);
}

char *
tyto_archive_key_prefix (const char *template, const char *camera)
{
  static const char word[] = "{camera}";
  GString *prefix = g_string_new (NULL);
  gsize complete = 0; /* up to the last "/" */

  for (const char *p = template; *p != '\0' && *p != '%'; p++) {
    if (g_str_has_prefix (p, word)) {
      g_string_append (prefix, camera);
      p += strlen (word) - 1;
    } else if (*p == '{') {
      break;
    } else {
      g_string_append_c (prefix, *p);
    }
    if (*p == '/')
      complete = prefix->len;
  }
  g_string_truncate (prefix, complete);
  return g_string_free (prefix, FALSE);
}
