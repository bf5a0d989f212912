/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes groups of the keyfile. A whole new file takes the place of the old one, which stays as it
 * is when the new one cannot be written: GSettings' own backend (GLib 2.74) puts a cut one there
 * when the disk is full, and all settings are lost. */
#include "recorder/settings/tyto-settings-private.h"

#include "base/tyto-error.h"

#include <glib/gstdio.h>

#define FILE_MODE 0600

static int
get_mode (const char *path)
{
  GStatBuf about;

  return g_stat (path, &about) == 0 ? (int) (about.st_mode & 0777) : FILE_MODE;
}

static gboolean
load (TytoSettings *self, GKeyFile *file, GError **error)
{
  g_autoptr (GError) cause = NULL;

  if (g_key_file_load_from_file (file, self->file, G_KEY_FILE_KEEP_COMMENTS, &cause)
      || g_error_matches (cause, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_STORAGE, "tytod --check-config says what is wrong in it.",
                  "The settings %s cannot be read: %s", self->file, cause->message);
  return FALSE;
}

static gboolean
save (TytoSettings *self, GKeyFile *file, GError **error)
{
  gsize length;
  g_autofree char *text = g_key_file_to_data (file, &length, NULL);
  g_autoptr (GError) cause = NULL;

  if (g_file_set_contents_full (self->file, text, (gssize) length, G_FILE_SET_CONTENTS_CONSISTENT,
                                get_mode (self->file), &cause)) {
    if (g_stat (self->file, &self->own) != 0)
      self->own = (GStatBuf){ 0 };
    return TRUE;
  }
  tyto_set_error (error, TYTO_ERROR_STORAGE,
                  "Make room on its disk, or look at its directory's owner and mode.",
                  "The settings could not be written: %s", cause->message);
  return FALSE;
}

gboolean
tyto_settings_write_group (TytoSettings *self, const char *name, GSettings *group,
                           GSettingsSchema *schema, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_auto (GStrv) keys = g_settings_schema_list_keys (schema);

  if (!load (self, file, error))
    return FALSE;
  for (guint i = 0; keys[i] != NULL; i++) {
    g_autoptr (GVariant) value = g_settings_get_user_value (group, keys[i]);
    g_autofree char *text = value != NULL ? g_variant_print (value, FALSE) : NULL;

    if (text != NULL)
      g_key_file_set_value (file, name, keys[i], text);
    else
      g_key_file_remove_key (file, name, keys[i], NULL);
  }
  return save (self, file, error);
}

gboolean
tyto_settings_remove_group (TytoSettings *self, const char *name, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();

  if (!load (self, file, error))
    return FALSE;
  g_key_file_remove_group (file, name, NULL);
  return save (self, file, error);
}

gboolean
tyto_settings_is_own_file (TytoSettings *self)
{
  GStatBuf now;

  return g_stat (self->file, &now) == 0 && now.st_ino == self->own.st_ino
         && now.st_dev == self->own.st_dev && now.st_size == self->own.st_size
         && now.st_ctim.tv_sec == self->own.st_ctim.tv_sec
         && now.st_ctim.tv_nsec == self->own.st_ctim.tv_nsec;
}
