/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds what GSettings would pass over in silence: unknown groups and keys, values of a wrong type
 * or out of range. */
#include "recorder/settings/tyto-settings-private.h"

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "recorder/archive/tyto-archive-key.h"

#include <string.h>
#include <sys/stat.h>

/* The file may hold any bytes; what is said of them is text. */
static void G_GNUC_PRINTF (2, 3) problem (GPtrArray *problems, const char *format, ...)
{
  g_autofree char *said = NULL;
  va_list args;

  va_start (args, format);
  said = g_strdup_vprintf (format, args);
  va_end (args);
  g_ptr_array_add (problems, g_utf8_make_valid (said, -1));
}

static void
check_value (GPtrArray *problems, GSettingsSchema *schema, const char *group, const char *name,
             const char *text)
{
  g_autoptr (GSettingsSchemaKey) key = NULL;
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GError) error = NULL;
  const GVariantType *type;

  if (!g_settings_schema_has_key (schema, name)) {
    problem (problems, "[%s] %s: there is no such key (see tyto.conf(5))", group, name);
    return;
  }
  key = g_settings_schema_get_key (schema, name);
  type = g_settings_schema_key_get_value_type (key);
  value = g_variant_parse (type, text, NULL, NULL, &error);
  if (value == NULL) {
    problem (problems, "[%s] %s=%s: %s%s", group, name, text,
             g_variant_type_equal (type, G_VARIANT_TYPE_STRING) ? "text stands in quotes, like '"
                                                                : "cannot be read: ",
             g_variant_type_equal (type, G_VARIANT_TYPE_STRING) ? "mp4'" : error->message);
    return;
  }
  if (!g_settings_schema_key_range_check (key, value)) {
    g_autoptr (GVariant) range = g_settings_schema_key_get_range (key);
    g_autofree char *shown = g_variant_print (range, FALSE);

    problem (problems, "[%s] %s=%s: must be within %s", group, name, text, shown);
  }
}

static void
check_group (GPtrArray *problems, GKeyFile *file, const char *group, GSettingsSchema *schema)
{
  g_auto (GStrv) names = g_key_file_get_keys (file, group, NULL, NULL);

  for (guint i = 0; names != NULL && names[i] != NULL; i++) {
    g_autofree char *text = g_key_file_get_value (file, group, names[i], NULL);

    check_value (problems, schema, group, names[i], text);
  }
}

static void
check_key_template (GPtrArray *problems, TytoSettings *settings)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *why = NULL;

  if (tyto_archive_key_check (tyto_settings_get_string (settings, "archive-key-template"), &error))
    return;
  why = tyto_error_why (error);
  problem (problems, "[" TYTO_SETTINGS_GROUP "] archive-key-template: %s. %s", why,
           tyto_error_hint (error));
}

/* What the schema lets pass. The value itself, which may be a secret, is not shown. */
static void
check_meanings (GPtrArray *problems, TytoSettings *settings)
{
  for (guint i = 0; i < tyto_settings_n_keys; i++) {
    const TytoSettingsKey *key = &tyto_settings_keys[i];
    g_autoptr (GVariant) value = g_settings_get_value (settings->service, key->name);
    g_autoptr (GError) error = NULL;
    g_autofree char *why = NULL;
    const char *hint;

    if (tyto_settings_check_meaning (key, value, &error))
      continue;
    why = tyto_error_why (error);
    hint = tyto_error_hint (error);
    problem (problems, "[" TYTO_SETTINGS_GROUP "] %s: %s. %s", key->name, why,
             hint != NULL ? hint : "");
  }
  check_key_template (problems, settings);
}

static void
check_plan (GPtrArray *problems, TytoSettings *settings, const char *where, const char *plan)
{
  guint days;

  if (*plan != '\0' && !tyto_settings_get_plan_days (settings, plan, &days))
    problem (problems, "[%s]: retention-plans has no plan '%s'", where, plan);
}

static void
check_owners (GPtrArray *problems, TytoSettings *settings)
{
  g_autoptr (GVariant) owners = tyto_settings_get_dict (settings, "retention-owners");
  GVariantIter iter;
  const char *plan;

  g_variant_iter_init (&iter, owners);
  while (g_variant_iter_next (&iter, "{s&s}", NULL, &plan)) {
    check_plan (problems, settings, TYTO_SETTINGS_GROUP, plan);
  }
}

static void
check_camera (GPtrArray *problems, GKeyFile *file, const char *group, TytoSettings *settings)
{
  const char *id = group + strlen (tyto_settings_camera_kind.prefix);
  g_autoptr (TytoCameraConfig) config = NULL;

  if (!tyto_id_is_valid (id))
    problem (problems, "[%s]: a camera's id is made of 1 to 64 of A-Z a-z 0-9 _ -", group);
  check_group (problems, file, group, settings->schemas[TYTO_SETTINGS_CAMERAS]);
  if (!g_key_file_has_key (file, group, "url", NULL))
    problem (problems, "[%s]: has no url", group);
  else if ((config = tyto_settings_get_camera (settings, id)) == NULL)
    problem (problems, "[%s]: cannot be used (the log says why)", group);
  else
    check_plan (problems, settings, group, config->plan);
}

static void
check_webhook (GPtrArray *problems, GKeyFile *file, const char *group, TytoSettings *settings)
{
  g_autoptr (TytoWebhookConfig) config = NULL;

  check_group (problems, file, group, settings->schemas[TYTO_SETTINGS_WEBHOOKS]);
  config = tyto_settings_get_webhook (settings, group + strlen (tyto_settings_webhook_kind.prefix));
  if (config == NULL)
    problem (problems, "[%s]: cannot be used (the log says why)", group);
}

static void
check_known_group (GPtrArray *problems, GKeyFile *file, const char *group, TytoSettings *settings)
{
  if (g_str_equal (group, TYTO_SETTINGS_GROUP))
    check_group (problems, file, group, settings->schema);
  else if (g_str_has_prefix (group, tyto_settings_camera_kind.prefix))
    check_camera (problems, file, group, settings);
  else if (g_str_has_prefix (group, tyto_settings_webhook_kind.prefix))
    check_webhook (problems, file, group, settings);
  else
    problem (problems,
             "[%s]: there is no such group (known: [tyto], [cameras/ID] and [webhooks/ID])", group);
}

GPtrArray *
tyto_settings_check (const char *path)
{
  GPtrArray *problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *directory = g_path_get_dirname (path);
  g_autoptr (TytoSettings) settings = NULL;
  g_auto (GStrv) groups = NULL;
  g_autoptr (GError) error = NULL;
  struct stat info;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &error)
      || (settings = tyto_settings_new (path, directory, &error)) == NULL) {
    problem (problems, "%s: %s", path, error->message);
    return problems;
  }
  if (stat (path, &info) == 0 && (info.st_mode & 0007) != 0)
    problem (problems, "%s: others can read or write it (chmod 0600 %s)", path, path);
  groups = g_key_file_get_groups (file, NULL);
  for (guint i = 0; groups[i] != NULL; i++) {
    g_auto (GStrv) names = g_key_file_get_keys (file, groups[i], NULL, NULL);

    /* A removed camera or webhook leaves an empty group behind. */
    if ((names != NULL && names[0] != NULL) || strchr (groups[i], '/') == NULL)
      check_known_group (problems, file, groups[i], settings);
  }
  check_meanings (problems, settings);
  check_owners (problems, settings);
  return problems;
}
