/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tytoctl/ctl-sse.h"

#include <string.h>

#define LONGEST_EVENT (1024 * 1024)

struct _CtlSse {
  CtlSseFunc func;
  gpointer user_data;
  GString *line;
  GString *data;
  char *type;
  char *id;
  gboolean has_data;
  gboolean after_cr; /* a LF that follows belongs to the same line end */
  gboolean begun;    /* the byte order mark may only be first */
};

CtlSse *
ctl_sse_new (CtlSseFunc func, gpointer user_data)
{
  CtlSse *self = g_new0 (CtlSse, 1);

  self->func = func;
  self->user_data = user_data;
  self->line = g_string_new (NULL);
  self->data = g_string_new (NULL);
  self->id = g_strdup ("");
  return self;
}

void
ctl_sse_free (CtlSse *self)
{
  g_string_free (self->line, TRUE);
  g_string_free (self->data, TRUE);
  g_free (self->type);
  g_free (self->id);
  g_free (self);
}

static void
dispatch (CtlSse *self)
{
  if (self->has_data) {
    g_autofree char *data = g_utf8_make_valid (self->data->str, (gssize) self->data->len);

    self->func (self->type != NULL ? self->type : "message", data, self->id, self->user_data);
  }
  g_string_truncate (self->data, 0);
  self->has_data = FALSE;
  g_clear_pointer (&self->type, g_free);
}

static void
take_field (CtlSse *self, const char *name, gsize name_length, const char *value)
{
  if (name_length == 4 && memcmp (name, "data", 4) == 0) {
    if (self->has_data)
      g_string_append_c (self->data, '\n');
    g_string_append (self->data, value);
    self->has_data = TRUE;
  } else if (name_length == 5 && memcmp (name, "event", 5) == 0) {
    g_free (self->type);
    self->type = *value != '\0' ? g_strdup (value) : NULL;
  } else if (name_length == 2 && memcmp (name, "id", 2) == 0) {
    g_free (self->id);
    self->id = g_strdup (value);
  }
}

static void
take_line (CtlSse *self)
{
  const char *line = self->line->str;
  const char *colon;

  if (!self->begun && g_str_has_prefix (line, "\xef\xbb\xbf"))
    line += 3;
  self->begun = TRUE;
  colon = strchr (line, ':');
  if (*line == '\0')
    dispatch (self);
  else if (colon == NULL)
    take_field (self, line, strlen (line), "");
  else if (colon != line) /* a line that begins with a colon is a comment */
    take_field (self, line, (gsize) (colon - line), colon[1] == ' ' ? colon + 2 : colon + 1);
  g_string_truncate (self->line, 0);
}

gboolean
ctl_sse_push (CtlSse *self, const char *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++) {
    char c = bytes[i];

    if (c == '\n' && self->after_cr) {
      self->after_cr = FALSE;
      continue;
    }
    self->after_cr = c == '\r';
    if (c == '\n' || c == '\r')
      take_line (self);
    else if (c != '\0')
      g_string_append_c (self->line, c);
    if (self->line->len + self->data->len > LONGEST_EVENT)
      return FALSE;
  }
  return TRUE;
}
