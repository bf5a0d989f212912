/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-log.h"

#include "base/tyto-json.h"
#include "base/tyto-log-limit.h"
#include "base/tyto-time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DOMAIN "tyto"

/* What GLib's fields say, without copies. */
typedef struct {
  GLogLevelFlags level;
  const char *domain;  /* nullable */
  const char *camera;  /* nullable */
  const char *message; /* "" when there is none */
  gboolean old_api;    /* from g_log(), which sees to fatal messages itself */
} Entry;

typedef struct {
  GMutex lock;
  const char *program;
  GLogLevelFlags shown;
  TytoLogFormat format;
  gboolean journal;
  GLogLevelFlags fatal;
  TytoLogLimit *limit;
  guint flush_source; /* says at the end of a window what was left out in it */
} Writer;

/* The state of the process's one log writer: g_log_set_writer_func() has one, too. */
static Writer writer = { .shown = G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING
                                  | G_LOG_LEVEL_MESSAGE };

static const struct {
  const char *name;
  GLogLevelFlags levels;
} thresholds[] = {
  { "error", G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL },
  { "warning", G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING },
  { "info", G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE },
  { "debug", G_LOG_LEVEL_MASK },
};

/* The least strict threshold that shows @level is its name. */
static const char *
level_name (GLogLevelFlags level)
{
  for (gsize i = 0; i < G_N_ELEMENTS (thresholds); i++)
    if (level & thresholds[i].levels)
      return thresholds[i].name;
  return "debug";
}

/* A field's text; @buffer holds it where it is not NUL-terminated. */
static const char *
field_text (const GLogField *field, char **buffer)
{
  if (field->length < 0)
    return field->value;
  g_free (*buffer);
  return *buffer = g_strndup (field->value, (gsize) field->length);
}

/* One line, whatever the message holds: nobody may forge log lines through a camera's name. */
static void
append_printable (GString *line, const char *message)
{
  g_autofree char *valid = g_utf8_make_valid (message, -1);

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);

    if (c == '\n' || c == '\r' || c == '\t')
      g_string_append_c (line, ' ');
    else if (g_unichar_iscntrl (c))
      g_string_append_printf (line, "\\x%02x", c);
    else
      g_string_append_unichar (line, c);
  }
}

static char *
format_text (const Entry *entry, const char *time)
{
  GString *line = g_string_new (NULL);

  /* 2026-11-21T02:08:00.123Z: the time of day is enough for reading along. */
  g_string_append_len (line, time + strlen ("2026-11-21T"), strlen ("02:08:00.123"));
  g_string_append_printf (line, " %c ", g_ascii_toupper (level_name (entry->level)[0]));
  append_printable (line, entry->camera != NULL ? entry->camera : writer.program);
  g_string_append (line, ": ");
  append_printable (line, entry->message);
  g_string_append_c (line, '\n');
  return g_string_free (line, FALSE);
}

static char *
format_json (const Entry *entry, const char *time)
{
  g_autofree char *message = g_utf8_make_valid (entry->message, -1);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) object = NULL;
  g_autofree char *json = NULL;

  g_variant_builder_add (&builder, "{sv}", "time", g_variant_new_string (time));
  g_variant_builder_add (&builder, "{sv}", "level",
                         g_variant_new_string (level_name (entry->level)));
  g_variant_builder_add (
      &builder, "{sv}", "domain",
      g_variant_new_string (entry->domain != NULL ? entry->domain : writer.program));
  if (entry->camera != NULL && g_utf8_validate (entry->camera, -1, NULL))
    g_variant_builder_add (&builder, "{sv}", "camera", g_variant_new_string (entry->camera));
  g_variant_builder_add (&builder, "{sv}", "message", g_variant_new_string (message));
  object = g_variant_ref_sink (g_variant_builder_end (&builder));

  json = tyto_json_from_variant (object, FALSE);
  return g_strconcat (json, "\n", NULL);
}

/* Called with the lock held. */
static void
write_line (const Entry *entry)
{
  g_autofree char *time = tyto_time_format (tyto_time_now ());
  g_autofree char *line = writer.format == TYTO_LOG_FORMAT_JSON ? format_json (entry, time)
                                                                : format_text (entry, time);

  fputs (line, stderr);
  fflush (stderr);
}

/* syslog(3) priorities as GLib gives them. */
static const char *
priority (GLogLevelFlags level)
{
  if (level & G_LOG_LEVEL_ERROR)
    return "3";
  if (level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING))
    return "4";
  if (level & G_LOG_LEVEL_MESSAGE)
    return "5";
  return level & G_LOG_LEVEL_INFO ? "6" : "7";
}

/* Called with the lock held: the summary of a text that was cut off. */
static void
write_repeat (const TytoLogRepeat *repeat)
{
  g_autofree char *message
      = g_strdup_printf ("%u more in 10 s were left out of: %s", repeat->left_out, repeat->message);
  Entry entry = { repeat->level, repeat->domain, repeat->camera, message, FALSE };
  GLogField fields[] = {
    { "MESSAGE", message, -1 },
    { "PRIORITY", priority (repeat->level), -1 },
    { "GLIB_DOMAIN", repeat->domain != NULL ? repeat->domain : DOMAIN, -1 },
    { "CAMERA", repeat->camera, -1 },
  };

  if (!writer.journal
      || g_log_writer_journald (repeat->level, fields, repeat->camera != NULL ? 4 : 3, NULL)
             != G_LOG_WRITER_HANDLED)
    write_line (&entry);
}

/* Called with the lock held. */
static void
write_repeats (void)
{
  TytoLogRepeat *repeat;

  while ((repeat = tyto_log_limit_take_over (writer.limit, g_get_monotonic_time ())) != NULL) {
    write_repeat (repeat);
    tyto_log_repeat_free (repeat);
  }
}

static gboolean
on_window_over (gpointer user_data)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&writer.lock);
  gint64 next;

  write_repeats ();
  next = tyto_log_limit_next_over (writer.limit);
  writer.flush_source = 0;
  if (next >= 0)
    writer.flush_source = g_timeout_add (
        (guint) MAX (0, (next - g_get_monotonic_time ()) / 1000) + 1, on_window_over, NULL);
  return G_SOURCE_REMOVE;
}

static Entry
read_fields (GLogLevelFlags level, const GLogField *fields, gsize n_fields, char *buffers[3])
{
  Entry entry = { level, NULL, NULL, "", FALSE };

  for (gsize i = 0; i < n_fields; i++) {
    if (strcmp (fields[i].key, "MESSAGE") == 0)
      entry.message = field_text (&fields[i], &buffers[0]);
    else if (strcmp (fields[i].key, "GLIB_DOMAIN") == 0)
      entry.domain = field_text (&fields[i], &buffers[1]);
    else if (strcmp (fields[i].key, "CAMERA") == 0)
      entry.camera = field_text (&fields[i], &buffers[2]);
    else if (strcmp (fields[i].key, "GLIB_OLD_LOG_API") == 0)
      entry.old_api = TRUE;
  }
  return entry;
}

/* $G_MESSAGES_DEBUG shows a domain's debugging whatever the level. */
static gboolean
is_shown (const Entry *entry)
{
  const GLogLevelFlags debugging = G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG;

  return (entry->level & writer.shown) != 0
         || ((entry->level & debugging) != 0
             && !g_log_writer_default_would_drop (entry->level, entry->domain));
}

static GLogWriterOutput
on_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  char *buffers[3] = { NULL, NULL, NULL };
  Entry entry = read_fields (level, fields, n_fields, buffers);
  gboolean is_fatal = !entry.old_api && (level & (writer.fatal | G_LOG_FLAG_FATAL)) != 0;
  gboolean admitted;

  g_mutex_lock (&writer.lock);
  if (is_shown (&entry) || is_fatal) {
    write_repeats ();
    admitted = tyto_log_limit_admit (writer.limit, g_get_monotonic_time (), level, entry.domain,
                                     entry.camera, entry.message);
    if (!admitted && writer.flush_source == 0)
      writer.flush_source = g_timeout_add (TYTO_LOG_LIMIT_WINDOW_US / 1000, on_window_over, NULL);
    if ((admitted || is_fatal)
        && (!writer.journal
            || g_log_writer_journald (level, fields, n_fields, NULL) != G_LOG_WRITER_HANDLED))
      write_line (&entry);
  }
  g_mutex_unlock (&writer.lock);

  for (gsize i = 0; i < G_N_ELEMENTS (buffers); i++)
    g_free (buffers[i]);

  /* GLib's own writer is where $G_DEBUG=fatal-criticals takes effect; this one stands in for it. */
  if (is_fatal)
    abort ();
  return G_LOG_WRITER_HANDLED;
}

void
tyto_log_install (const char *program)
{
  writer.program = program;
  writer.journal = g_log_writer_is_journald (fileno (stderr));
  writer.limit = tyto_log_limit_new ();
  /* The only way to read it is to set it. */
  writer.fatal = g_log_set_always_fatal (G_LOG_FATAL_MASK);
  g_log_set_always_fatal (writer.fatal);
  g_log_set_writer_func (on_log, NULL, NULL);
}

gboolean
tyto_log_set_level (const char *level)
{
  for (gsize i = 0; i < G_N_ELEMENTS (thresholds); i++)
    if (g_strcmp0 (level, thresholds[i].name) == 0) {
      g_mutex_lock (&writer.lock);
      writer.shown = thresholds[i].levels;
      g_mutex_unlock (&writer.lock);
      return TRUE;
    }
  return FALSE;
}

gboolean
tyto_log_set_format (const char *format)
{
  gboolean json = g_strcmp0 (format, "json") == 0;

  if (!json && g_strcmp0 (format, "text") != 0)
    return FALSE;
  g_mutex_lock (&writer.lock);
  writer.format = json ? TYTO_LOG_FORMAT_JSON : TYTO_LOG_FORMAT_TEXT;
  g_mutex_unlock (&writer.lock);
  return TRUE;
}

void
tyto_log_camera (const char *camera, GLogLevelFlags level, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);

  const GLogField fields[] = {
    { "MESSAGE", message, -1 },
    { "PRIORITY", priority (level), -1 },
    { "GLIB_DOMAIN", DOMAIN, -1 },
    { "CAMERA", camera, -1 },
  };

  g_log_structured_array (level, fields, camera != NULL ? 4 : 3);
}
