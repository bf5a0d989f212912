/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/settings/tyto-settings.h"

#include "base/tyto-error.h"
#include "recorder/settings/tyto-settings-private.h"

#define G_SETTINGS_ENABLE_BACKEND
#include <errno.h>
#include <fcntl.h>
#include <gio/gsettingsbackend.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SIGNAL_CAMERA_CHANGED, SIGNAL_WEBHOOK_CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TytoSettings, tyto_settings, G_TYPE_OBJECT)

/* As the file has it; the default where that has no meaning, which was warned about. */
static GVariant *
read_value (TytoSettings *self, const TytoSettingsKey *key)
{
  g_autoptr (GVariant) value = g_settings_get_value (self->service, key->name);

  if (tyto_settings_check_meaning (key, value, NULL))
    return g_steal_pointer (&value);
  return g_settings_get_default_value (self->service, key->name);
}

/* The value of @property, the environment before the file. (transfer full), not floating */
static GVariant *
settings_get_value (TytoSettings *self, const char *property)
{
  GVariant *value = g_hash_table_lookup (self->overrides, property);

  if (value == NULL)
    value = g_hash_table_lookup (self->values, property);
  if (value == NULL) {
    const TytoSettingsKey *key = tyto_settings_find_key (property);

    g_assert (key != NULL);
    value = read_value (self, key);
    g_hash_table_insert (self->values, (gpointer) key->name, value);
  }
  return g_variant_ref (value);
}

const char *
tyto_settings_get_string (TytoSettings *self, const char *property)
{
  g_autoptr (GVariant) value = settings_get_value (self, property);
  const char *text = g_variant_get_string (value, NULL);

  if (g_str_equal (property, "output-dir") && *text == '\0')
    text = self->default_output_dir;
  else if (g_str_equal (property, "recorder-name") && *text == '\0')
    text = g_get_host_name ();
  /* Interned: valid for good, and the set of values a service sees is small. */
  return g_intern_string (text);
}

guint
tyto_settings_get_uint (TytoSettings *self, const char *property)
{
  g_autoptr (GVariant) value = settings_get_value (self, property);

  return g_variant_get_uint32 (value);
}

GVariant *
tyto_settings_get_dict (TytoSettings *self, const char *property)
{
  return settings_get_value (self, property);
}

gboolean
tyto_settings_get_plan_days (TytoSettings *self, const char *plan, guint *days)
{
  g_autoptr (GVariant) plans = tyto_settings_get_dict (self, "retention-plans");

  return g_variant_lookup (plans, plan, "u", days);
}

const char *
tyto_settings_get_owner_plan (TytoSettings *self, const char *owner)
{
  g_autoptr (GVariant) owners = tyto_settings_get_dict (self, "retention-owners");
  const char *plan = NULL;

  return g_variant_lookup (owners, owner, "&s", &plan) ? g_intern_string (plan) : NULL;
}

const char *
tyto_settings_get_state_dir (TytoSettings *self)
{
  return self->state_dir;
}

static void
tyto_settings_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TytoSettings *self = TYTO_SETTINGS (object);
  const TytoSettingsKey *key = &tyto_settings_keys[id - 1];

  if (key->type == TYTO_SETTINGS_UINT)
    g_value_set_uint (value, tyto_settings_get_uint (self, key->name));
  else if (key->type == TYTO_SETTINGS_DICT)
    g_value_take_variant (value, tyto_settings_get_dict (self, key->name));
  else
    g_value_set_string (value, tyto_settings_get_string (self, key->name));
}

/* Says that what the file has for @name is not used. */
static void
warn_of_meaning (TytoSettings *self, const char *name)
{
  const TytoSettingsKey *key = tyto_settings_find_key (name);
  g_autoptr (GVariant) value = g_settings_get_value (self->service, name);
  g_autoptr (GError) error = NULL;

  if (key != NULL && !tyto_settings_check_meaning (key, value, &error)) {
    g_autofree char *why = tyto_error_why (error);
    const char *hint = tyto_error_hint (error);

    g_warning ("The setting %s of %s is not used: %s. %s", name, self->file, why,
               hint != NULL ? hint : "");
  }
}

static void
on_key_changed (GSettings *service, const char *key, TytoSettings *self)
{
  g_hash_table_remove (self->values, key);
  warn_of_meaning (self, key);
  if (g_hash_table_contains (self->overrides, key))
    g_message ("Setting %s changed in the file, but the environment overrides it", key);
  else
    g_object_notify (G_OBJECT (self), key);
}

static void
on_file_changed (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event,
                 TytoSettings *self)
{
  /* An editor may empty the file before it writes it: what counts is the file it closed. */
  if (event == G_FILE_MONITOR_EVENT_CHANGED || event == G_FILE_MONITOR_EVENT_CREATED
      || tyto_settings_is_own_file (self))
    return;
  tyto_settings_sync (self);
}

/* The schemas of the installed system, or those beside an uninstalled program. (transfer full) */
static GSettingsSchemaSource *
find_schema_source (void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchema) schema = NULL;
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *directory = NULL;
  g_autofree char *data = NULL;

  if (source != NULL)
    schema = g_settings_schema_source_lookup (source, TYTO_SETTINGS_SCHEMA, TRUE);
  if (schema != NULL)
    return g_settings_schema_source_ref (source);
  if (program == NULL)
    return NULL;
  directory = g_path_get_dirname (program);
  data = g_build_filename (directory, "..", "data", NULL);
  return g_settings_schema_source_new_from_directory (data, source, FALSE, NULL);
}

/* Makes an empty 0600 keyfile, so that there is something to edit and to watch. */
static gboolean
make_file (const char *file, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (file);
  int fd;

  if (g_mkdir_with_parents (directory, 0700) != 0) {
    tyto_set_error (error, TYTO_ERROR_STORAGE, "Give another place with --config.",
                    "Cannot make the directory %s: %s", directory, g_strerror (errno));
    return FALSE;
  }
  fd = open (file, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    tyto_set_error (error, TYTO_ERROR_STORAGE, "Give another place with --config.",
                    "Cannot open the settings %s: %s", file, g_strerror (errno));
    return FALSE;
  }
  close (fd);
  return TRUE;
}

/* GLib's keyfile backend takes other text for a fault of the program. */
static gboolean
check_encoding (const char *file, GError **error)
{
  g_autofree char *text = NULL;
  const char *wrong;
  gsize size;

  if (!g_file_get_contents (file, &text, &size, error))
    return FALSE;
  if (g_utf8_validate_len (text, size, &wrong))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Save it as UTF-8.",
                  "The settings %s are not UTF-8 text: see byte %" G_GSIZE_FORMAT, file,
                  (gsize) (wrong - text) + 1);
  return FALSE;
}

static gboolean
settings_open (TytoSettings *self, GError **error)
{
  g_autoptr (GSettingsSchemaSource) source = find_schema_source ();
  g_autoptr (GFile) file = g_file_new_for_path (self->file);
  gboolean found = source != NULL;

  if (found)
    self->schema = g_settings_schema_source_lookup (source, TYTO_SETTINGS_SCHEMA, TRUE);
  for (guint i = 0; found && i < TYTO_SETTINGS_N_KINDS; i++) {
    self->schemas[i]
        = g_settings_schema_source_lookup (source, tyto_settings_kind_info (i)->schema, TRUE);
    found = self->schemas[i] != NULL;
  }
  if (!found || self->schema == NULL) {
    tyto_set_error (error, TYTO_ERROR_INTERNAL,
                    "Install Tyto, or set GSETTINGS_SCHEMA_DIR to the build's data directory.",
                    "The settings schema " TYTO_SETTINGS_SCHEMA " is not installed");
    return FALSE;
  }
  if (!make_file (self->file, error) || !check_encoding (self->file, error))
    return FALSE;

  self->backend
      = g_keyfile_settings_backend_new (self->file, TYTO_SETTINGS_PATH, TYTO_SETTINGS_GROUP);
  self->service = g_settings_new_full (self->schema, self->backend, NULL);
  g_signal_connect (self->service, "changed", G_CALLBACK (on_key_changed), self);
  for (guint i = 0; i < tyto_settings_n_keys; i++)
    warn_of_meaning (self, tyto_settings_keys[i].name);
  tyto_settings_read_environment (self);

  self->monitor = g_file_monitor_file (file, G_FILE_MONITOR_WATCH_MOVES, NULL, error);
  if (self->monitor == NULL)
    return FALSE;
  g_signal_connect (self->monitor, "changed", G_CALLBACK (on_file_changed), self);
  tyto_settings_sync (self);
  return TRUE;
}

TytoSettings *
tyto_settings_new (const char *file, const char *state_dir, GError **error)
{
  g_autoptr (TytoSettings) self = g_object_new (TYTO_TYPE_SETTINGS, NULL);

  self->file = g_canonicalize_filename (file, NULL);
  self->state_dir = g_strdup (state_dir);
  self->secrets_dir = g_build_filename (state_dir, "secrets", NULL);
  self->default_output_dir = g_build_filename (state_dir, "recordings", NULL);
  if (!settings_open (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

TytoCameraConfig *
tyto_settings_resolve (TytoSettings *self, const TytoCameraConfig *config)
{
  TytoCameraConfig *copy = tyto_camera_config_copy (config);
  const char *slash;

  if (copy->segment_seconds == 0)
    copy->segment_seconds = tyto_settings_get_uint (self, "segment-seconds");
  if (*copy->format == '\0') {
    g_free (copy->format);
    copy->format = g_strdup (tyto_settings_get_string (self, "format"));
  }
  if (*copy->path_template == '\0') {
    g_free (copy->path_template);
    copy->path_template = g_strdup (tyto_settings_get_string (self, "path-template"));
  }
  slash = strrchr (copy->path_template, '/');
  if (strrchr (slash != NULL ? slash : copy->path_template, '.') == NULL) {
    g_autofree char *bare = g_steal_pointer (&copy->path_template);

    copy->path_template = g_strconcat (bare, ".", copy->format, NULL);
  }
  return copy;
}

char *
tyto_settings_get_token (TytoSettings *self, GError **error)
{
  const char *where = tyto_settings_get_string (self, "token-file");
  g_autofree char *token = NULL;
  g_autoptr (GError) local = NULL;

  if (*where == '\0')
    return NULL;
  if (g_str_has_prefix (where, "${"))
    token = tyto_settings_read_reference (where, error);
  else if (!g_file_get_contents (where, &token, NULL, &local))
    tyto_set_error (error, TYTO_ERROR_STORAGE, "Mend the setting token-file.",
                    "The bearer token cannot be read: %s", local->message);
  if (token == NULL)
    return NULL;
  g_strstrip (token);
  if (*token == '\0') {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Put the token on the file's only line.",
                    "The token file %s is empty", where);
    return NULL;
  }
  return g_steal_pointer (&token);
}

static void
tyto_settings_dispose (GObject *object)
{
  TytoSettings *self = TYTO_SETTINGS (object);

  if (self->monitor != NULL)
    g_signal_handlers_disconnect_by_data (self->monitor, self);
  if (self->service != NULL)
    g_signal_handlers_disconnect_by_data (self->service, self);
  g_clear_object (&self->monitor);
  g_clear_object (&self->service);
  g_clear_object (&self->backend);
  G_OBJECT_CLASS (tyto_settings_parent_class)->dispose (object);
}

static void
tyto_settings_finalize (GObject *object)
{
  TytoSettings *self = TYTO_SETTINGS (object);

  g_clear_pointer (&self->schema, g_settings_schema_unref);
  for (guint i = 0; i < TYTO_SETTINGS_N_KINDS; i++) {
    g_clear_pointer (&self->schemas[i], g_settings_schema_unref);
    g_hash_table_unref (self->configs[i]);
    g_hash_table_unref (self->digests[i]);
  }
  g_hash_table_unref (self->values);
  g_hash_table_unref (self->overrides);
  if (self->database_password != NULL)
    explicit_bzero (self->database_password, strlen (self->database_password));
  g_free (self->database_password);
  g_free (self->file);
  g_free (self->state_dir);
  g_free (self->secrets_dir);
  g_free (self->default_output_dir);
  G_OBJECT_CLASS (tyto_settings_parent_class)->finalize (object);
}

static void
tyto_settings_class_init (TytoSettingsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = tyto_settings_get_property;
  object_class->dispose = tyto_settings_dispose;
  object_class->finalize = tyto_settings_finalize;

  for (guint i = 0; i < tyto_settings_n_keys; i++) {
    const char *name = tyto_settings_keys[i].name;
    GParamSpec *pspec;

    if (tyto_settings_keys[i].type == TYTO_SETTINGS_UINT)
      pspec = g_param_spec_uint (name, NULL, NULL, 0, G_MAXUINT32, 0, flags);
    else if (tyto_settings_keys[i].type == TYTO_SETTINGS_DICT)
      pspec = g_param_spec_variant (name, NULL, NULL, G_VARIANT_TYPE_DICTIONARY, NULL, flags);
    else
      pspec = g_param_spec_string (name, NULL, NULL, NULL, flags);
    g_object_class_install_property (object_class, i + 1, pspec);
  }

  signals[SIGNAL_CAMERA_CHANGED]
      = g_signal_new ("camera-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_FIRST, 0, NULL,
                      NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_WEBHOOK_CHANGED]
      = g_signal_new ("webhook-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_FIRST, 0, NULL,
                      NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
tyto_settings_init (TytoSettings *self)
{
  self->overrides
      = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_variant_unref);
  self->values
      = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_variant_unref);
  for (guint i = 0; i < TYTO_SETTINGS_N_KINDS; i++) {
    self->configs[i] = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                              tyto_settings_kind_info (i)->unref);
    self->digests[i] = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  }
}
