/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Secrets: in 0600 files of their own in the state directory, since the keyfile can be shown and
 * copied; or in systemd's credentials and the environment, where a reference leads. */
#include "recorder/settings/tyto-settings-private.h"

#include "base/tyto-error.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

static char *
secret_path (TytoSettings *self, const char *kind, const char *id)
{
  g_autofree char *name = g_strconcat (kind, "-", id, NULL);

  return g_build_filename (self->secrets_dir, name, NULL);
}

char *
tyto_settings_read_secret (TytoSettings *self, const char *kind, const char *id)
{
  g_autofree char *path = secret_path (self, kind, id);
  char *secret = NULL;

  g_file_get_contents (path, &secret, NULL, NULL);
  return secret;
}

gboolean
tyto_settings_write_secret (TytoSettings *self, const char *kind, const char *id,
                            const char *secret, GError **error)
{
  g_autofree char *path = secret_path (self, kind, id);
  g_autoptr (GError) local = NULL;

  if (*secret == '\0' || tyto_settings_is_reference (secret)) {
    g_unlink (path);
    return TRUE;
  }
  if (g_mkdir_with_parents (self->secrets_dir, 0700) != 0
      || !g_file_set_contents_full (path, secret, -1,
                                    G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                    0600, &local)) {
    tyto_set_error (error, TYTO_ERROR_STORAGE, "Look at the disk and the directory's owner.",
                    "The secret of %s %s cannot be kept in %s: %s", kind, id, self->secrets_dir,
                    local != NULL ? local->message : g_strerror (errno));
    return FALSE;
  }
  return TRUE;
}

gboolean
tyto_settings_is_reference (const char *text)
{
  return g_str_has_prefix (text, "${") && g_str_has_suffix (text, "}");
}

char *
tyto_settings_read_reference (const char *reference, GError **error)
{
  g_autofree char *name = g_strndup (reference + 2, strlen (reference) - 3);
  const char *directory = g_getenv ("CREDENTIALS_DIRECTORY");
  char *value = NULL;

  if (*name == '\0' || strchr (name, '/') != NULL) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Write it like ${FRONT_DOOR}.",
                    "\"%s\" is no reference to a credential", reference);
    return NULL;
  }
  if (directory != NULL) {
    g_autofree char *path = g_build_filename (directory, name, NULL);

    if (g_file_get_contents (path, &value, NULL, NULL))
      return g_strchomp (value);
  }
  if (g_getenv (name) != NULL)
    return g_strdup (g_getenv (name));
  tyto_set_error (error, TYTO_ERROR_NOT_FOUND,
                  "Add LoadCredential= to the unit, or set the environment variable.",
                  "The reference ${%s} leads to no credential", name);
  return NULL;
}

char *
tyto_settings_get_secret (TytoSettings *self, const char *property, GError **error)
{
  const TytoSettingsKey *key = tyto_settings_find_key (property);
  const char *text = tyto_settings_get_string (self, property);
  g_autoptr (GVariant) value = NULL;

  /* What stands in the clear is not used, and that it is missing is told where it is needed. */
  if (!g_hash_table_contains (self->overrides, property)) {
    value = g_settings_get_value (self->service, property);
    if (!tyto_settings_check_meaning (key, value, error)) {
      g_prefix_error (error, "The setting %s cannot be used: ", property);
      return NULL;
    }
  }
  if (g_str_equal (property, "catalogue-password") && self->database_password != NULL)
    return g_strdup (self->database_password);
  if (tyto_settings_is_reference (text))
    return tyto_settings_read_reference (text, error);
  return g_strdup (text);
}
