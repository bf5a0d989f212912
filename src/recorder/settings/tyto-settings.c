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

/* What a key is; the property has the key's name. */
typedef enum { KEY_STRING, KEY_UINT, KEY_ENUM } KeyKind;

typedef struct {
  const char *name;
  KeyKind kind;
  const char *environment[2];
} Key;

static const Key keys[] = {
  { "http-address", KEY_STRING, {} },
  { "http-port", KEY_UINT, { "PORT" } },
  { "token-file", KEY_STRING, {} },
  { "output-dir", KEY_STRING, { "OUTPUT_DIR" } },
  { "segment-seconds", KEY_UINT, { "SEGMENT_SECONDS", "RECORDING_SEGMENT_DURATION" } },
  { "format", KEY_ENUM, { "RECORDING_FORMAT" } },
  { "path-template", KEY_STRING, {} },
  { "fragment-ms", KEY_UINT, {} },
  { "engine", KEY_ENUM, {} },
  { "sync-ms", KEY_UINT, {} },
  { "queue-mib", KEY_UINT, {} },
  { "thumbnail-seconds", KEY_UINT, {} },
  { "thumbnail-width", KEY_UINT, {} },
  { "thumbnail-height", KEY_UINT, {} },
  { "cameras-per-worker", KEY_UINT, {} },
  { "connect-stagger-ms", KEY_UINT, {} },
  { "camera-timeout", KEY_UINT, {} },
  { "latency-ms", KEY_UINT, {} },
  { "idle-exit-seconds", KEY_UINT, {} },
  { "worker-memory-mib", KEY_UINT, {} },
  { "worker-cpu-percent", KEY_UINT, {} },
  { "disk-floor-mib", KEY_UINT, {} },
  { "disk-floor-percent", KEY_UINT, {} },
  { "disk-warn-percent", KEY_UINT, {} },
  { "disk-critical-percent", KEY_UINT, {} },
  { "webhook-ca-file", KEY_STRING, {} },
  { "log-level", KEY_ENUM, { "LOG_LEVEL" } },
  { "log-format", KEY_ENUM, { "LOG_FORMAT" } },
};

enum { SIGNAL_CAMERA_CHANGED, SIGNAL_WEBHOOK_CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];
static GParamSpec *properties[G_N_ELEMENTS (keys) + 1];

G_DEFINE_FINAL_TYPE (TytoSettings, tyto_settings, G_TYPE_OBJECT)

/* The value of key number @i as text or number, the environment before the file. (transfer full),
 * not floating */
static GVariant *
settings_get_value (TytoSettings *self, guint i)
{
  GVariant *override = g_hash_table_lookup (self->overrides, keys[i].name);

  if (override != NULL)
    return g_variant_ref (override);
  return g_settings_get_value (self->service, keys[i].name);
}

static guint
key_index (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    if (g_str_equal (keys[i].name, name))
      return i;
  }
  g_assert_not_reached ();
}

const char *
tyto_settings_get_string (TytoSettings *self, const char *property)
{
  g_autoptr (GVariant) value = settings_get_value (self, key_index (property));
  const char *text = g_variant_get_string (value, NULL);

  if (g_str_equal (property, "output-dir") && *text == '\0')
    text = self->default_output_dir;
  /* Interned: valid for good, and the set of values a service sees is small. */
  return g_intern_string (text);
}

const char *
tyto_settings_get_state_dir (TytoSettings *self)
{
  return self->state_dir;
}

guint
tyto_settings_get_uint (TytoSettings *self, const char *property)
{
  g_autoptr (GVariant) value = settings_get_value (self, key_index (property));

  return g_variant_get_uint32 (value);
}

static void
tyto_settings_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TytoSettings *self = TYTO_SETTINGS (object);

  if (keys[id - 1].kind == KEY_UINT)
    g_value_set_uint (value, tyto_settings_get_uint (self, keys[id - 1].name));
  else
    g_value_set_string (value, tyto_settings_get_string (self, keys[id - 1].name));
}

static void
on_key_changed (GSettings *service, const char *key, TytoSettings *self)
{
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
  if (event == G_FILE_MONITOR_EVENT_CHANGED || event == G_FILE_MONITOR_EVENT_CREATED)
    return;
  tyto_settings_sync_cameras (self);
  tyto_settings_sync_webhooks (self);
}

/* @text as a value for the key, or NULL with @error: why not. (transfer full) */
static GVariant *
parse_override (TytoSettings *self, const Key *key, const char *text, GError **error)
{
  g_autoptr (GSettingsSchemaKey) schema_key = g_settings_schema_get_key (self->schema, key->name);
  g_autoptr (GVariant) value = NULL;
  guint64 number;

  if (key->kind == KEY_UINT) {
    if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32, &number, error))
      return NULL;
    value = g_variant_ref_sink (g_variant_new_uint32 (number));
  } else {
    value = g_variant_ref_sink (g_variant_new_string (text));
  }
  if (!g_settings_schema_key_range_check (schema_key, value)) {
    g_autoptr (GVariant) range = g_settings_schema_key_get_range (schema_key);
    g_autofree char *shown = g_variant_print (range, FALSE);

    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "must be within %s", shown);
    return NULL;
  }
  return g_steal_pointer (&value);
}

/* LOG_LEVEL=INFO and the like are written in many ways; the seeds' own words for a warning, too. */
static char *
normalise (const Key *key, const char *text)
{
  char *lower;

  if (key->kind != KEY_ENUM)
    return g_strdup (text);
  lower = g_ascii_strdown (text, -1);
  if (g_str_equal (lower, "warn")) {
    g_free (lower);
    return g_strdup ("warning");
  }
  return lower;
}

static void
read_environment (TytoSettings *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    for (guint j = 0; j < 2 && keys[i].environment[j] != NULL; j++) {
      const char *text = g_getenv (keys[i].environment[j]);
      g_autoptr (GError) error = NULL;
      g_autofree char *word = NULL;
      GVariant *value;

      if (text == NULL || *text == '\0')
        continue;
      word = normalise (&keys[i], text);
      value = parse_override (self, &keys[i], word, &error);
      if (value == NULL) {
        g_autofree char *why = tyto_error_why (error);

        g_warning ("Environment variable %s=%s is not used: %s", keys[i].environment[j], text, why);
        continue;
      }
      g_hash_table_insert (self->overrides, (gpointer) keys[i].name, value);
      break;
    }
  }
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

  if (source != NULL) {
    self->schema = g_settings_schema_source_lookup (source, TYTO_SETTINGS_SCHEMA, TRUE);
    self->camera_schema = g_settings_schema_source_lookup (source, TYTO_CAMERA_SCHEMA, TRUE);
    self->webhook_schema = g_settings_schema_source_lookup (source, TYTO_WEBHOOK_SCHEMA, TRUE);
  }
  if (self->schema == NULL || self->camera_schema == NULL || self->webhook_schema == NULL) {
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
  read_environment (self);

  self->monitor = g_file_monitor_file (file, G_FILE_MONITOR_WATCH_MOVES, NULL, error);
  if (self->monitor == NULL)
    return FALSE;
  g_signal_connect (self->monitor, "changed", G_CALLBACK (on_file_changed), self);
  tyto_settings_sync_cameras (self);
  tyto_settings_sync_webhooks (self);
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
  g_clear_pointer (&self->camera_schema, g_settings_schema_unref);
  g_clear_pointer (&self->webhook_schema, g_settings_schema_unref);
  g_hash_table_unref (self->overrides);
  g_hash_table_unref (self->cameras);
  g_hash_table_unref (self->webhooks);
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

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    if (keys[i].kind == KEY_UINT)
      properties[i + 1] = g_param_spec_uint (keys[i].name, NULL, NULL, 0, G_MAXUINT32, 0, flags);
    else
      properties[i + 1] = g_param_spec_string (keys[i].name, NULL, NULL, NULL, flags);
  }
  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);

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
  self->cameras = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                         (GDestroyNotify) tyto_camera_config_unref);
  self->webhooks = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                          (GDestroyNotify) tyto_webhook_config_unref);
}
