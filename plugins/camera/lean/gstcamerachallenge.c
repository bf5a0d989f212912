/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/lean/gstcamerachallenge.h"

#include <string.h>

#define SPACE " \t"
#define ENDS  " \t,=\""

#define LONGEST 8192

void
gst_camera_challenge_free (GstCameraChallenge *self)
{
  if (self == NULL)
    return;
  g_free (self->realm);
  g_free (self->nonce);
  g_free (self->opaque);
  g_free (self->algorithm);
  g_free (self);
}

/* One line, and not out of reason. */
static gboolean
is_value (const gchar *text)
{
  gsize i;

  for (i = 0; text[i] != '\0' && i <= LONGEST; i++) {
    if (g_ascii_iscntrl (text[i]) && text[i] != '\t')
      return FALSE;
  }
  return i <= LONGEST;
}

/* What stands between quotes, the first of which is before @text; goes on behind the last. */
static gchar *
read_quoted (const gchar **text)
{
  GString *value = g_string_new (NULL);

  for (; **text != '\0' && **text != '"'; (*text)++) {
    if (**text == '\\' && (*text)[1] != '\0')
      (*text)++;
    g_string_append_c (value, **text);
  }
  if (**text == '"')
    (*text)++;
  return g_string_free (value, FALSE);
}

/* The next name, with @value NULL where none follows: a scheme's. Commas are taken as they come:
 * cameras leave some out. FALSE at the end. */
static gboolean
read_item (const gchar **text, gchar **name, gchar **value)
{
  gsize length;

  *value = NULL;
  while (strchr (ENDS, **text) != NULL) {
    if (**text == '\0')
      return FALSE;
    if (*(*text)++ == '"')
      g_free (read_quoted (text));
  }
  length = strcspn (*text, ENDS);
  *name = g_strndup (*text, length);
  *text += length;
  length = strspn (*text, SPACE);
  if ((*text)[length] != '=')
    return TRUE;
  *text += length + 1;
  *text += strspn (*text, SPACE);
  if (**text == '"') {
    (*text)++;
    *value = read_quoted (text);
    return TRUE;
  }
  length = strcspn (*text, SPACE ",");
  *value = g_strndup (*text, length);
  *text += length;
  return TRUE;
}

static GstCameraChallenge *
challenge_new (const gchar *scheme)
{
  GstCameraChallenge *self = g_new0 (GstCameraChallenge, 1);

  if (g_ascii_strcasecmp (scheme, "Digest") == 0)
    self->scheme = GST_CAMERA_CHALLENGE_DIGEST;
  else if (g_ascii_strcasecmp (scheme, "Basic") == 0)
    self->scheme = GST_CAMERA_CHALLENGE_BASIC;
  self->hash = G_CHECKSUM_MD5;
  self->known = TRUE;
  return self;
}

static void
set_algorithm (GstCameraChallenge *self, const gchar *name)
{
  static const struct {
    const gchar *name;
    GChecksumType hash;
    gboolean sess;
  } algorithms[] = {
    { "MD5", G_CHECKSUM_MD5, FALSE },
    { "MD5-sess", G_CHECKSUM_MD5, TRUE },
    { "SHA-256", G_CHECKSUM_SHA256, FALSE },
    { "SHA-256-sess", G_CHECKSUM_SHA256, TRUE },
  };

  self->known = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (algorithms); i++) {
    if (g_ascii_strcasecmp (name, algorithms[i].name) != 0)
      continue;
    self->hash = algorithms[i].hash;
    self->sess = algorithms[i].sess;
    self->known = TRUE;
  }
}

/* An empty list is as good as none. */
static void
set_qop (GstCameraChallenge *self, const gchar *list)
{
  g_auto (GStrv) options = g_strsplit_set (list, ", \t", -1);

  for (guint i = 0; options[i] != NULL; i++) {
    self->qop |= g_ascii_strcasecmp (options[i], "auth") == 0;
    self->only_int |= *options[i] != '\0';
  }
  self->only_int &= !self->qop;
}

static void
set_once (gchar **field, gchar **value)
{
  if (*field == NULL)
    *field = g_steal_pointer (value);
}

static void
set (GstCameraChallenge *self, const gchar *name, gchar **value)
{
  if (g_ascii_strcasecmp (name, "realm") == 0) {
    set_once (&self->realm, value);
  } else if (g_ascii_strcasecmp (name, "nonce") == 0) {
    set_once (&self->nonce, value);
  } else if (g_ascii_strcasecmp (name, "opaque") == 0) {
    set_once (&self->opaque, value);
  } else if (g_ascii_strcasecmp (name, "stale") == 0) {
    self->stale = g_ascii_strcasecmp (*value, "true") == 0;
  } else if (g_ascii_strcasecmp (name, "qop") == 0) {
    set_qop (self, *value);
  } else if (g_ascii_strcasecmp (name, "algorithm") == 0 && self->algorithm == NULL) {
    set_algorithm (self, *value);
    set_once (&self->algorithm, value);
  }
}

GPtrArray *
gst_camera_challenge_read (const gchar *header)
{
  gboolean valid = is_value (header);
  GPtrArray *challenges
      = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_camera_challenge_free);
  GstCameraChallenge *last = NULL;

  while (valid) {
    g_autofree gchar *name = NULL;
    g_autofree gchar *value = NULL;

    if (!read_item (&header, &name, &value))
      break;
    if (value == NULL) {
      last = challenge_new (name);
      g_ptr_array_add (challenges, last);
    } else if (last != NULL) {
      set (last, name, &value);
    }
  }
  return challenges;
}

guint
gst_camera_challenge_get_strength (const GstCameraChallenge *self)
{
  if (self->scheme == GST_CAMERA_CHALLENGE_BASIC)
    return 1;
  if (self->scheme != GST_CAMERA_CHALLENGE_DIGEST || self->realm == NULL || self->nonce == NULL
      || !self->known || self->only_int)
    return 0;
  return self->hash == G_CHECKSUM_SHA256 ? 3 : 2;
}

gchar *
gst_camera_challenge_find (const gchar *parameters, const gchar *name)
{
  gboolean valid = is_value (parameters);

  while (valid) {
    g_autofree gchar *item = NULL;
    g_autofree gchar *value = NULL;

    if (!read_item (&parameters, &item, &value))
      break;
    if (value != NULL && *value != '\0' && g_ascii_strcasecmp (item, name) == 0)
      return g_steal_pointer (&value);
  }
  return NULL;
}
