/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-capture-settings.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"

#include <string.h>

/* The members that are numbers: name, where, range. */
static const struct {
  const char *key;
  gsize offset;
  guint min, max, fallback;
} numbers[] = {
  { "latency", G_STRUCT_OFFSET (TytoCaptureSettings, latency_ms), 0, 10000, 200 },
  { "timeout", G_STRUCT_OFFSET (TytoCaptureSettings, timeout_s), 1, 3600, 10 },
  { "keep-alive", G_STRUCT_OFFSET (TytoCaptureSettings, keep_alive_s), 0, 3600, 0 },
  { "segment-seconds", G_STRUCT_OFFSET (TytoCaptureSettings, segment_seconds), 1, 86400, 900 },
  { "fragment-ms", G_STRUCT_OFFSET (TytoCaptureSettings, fragment_ms), 100, 60000, 500 },
  { "thumbnail-seconds", G_STRUCT_OFFSET (TytoCaptureSettings, thumbnail_seconds), 0, 86400, 300 },
  { "thumbnail-width", G_STRUCT_OFFSET (TytoCaptureSettings, thumbnail_width), 16, 4096, 640 },
  { "thumbnail-height", G_STRUCT_OFFSET (TytoCaptureSettings, thumbnail_height), 16, 4096, 360 },
  { "connect-delay", G_STRUCT_OFFSET (TytoCaptureSettings, connect_delay_ms), 0, 3600000, 0 },
  { "retry-initial-ms", G_STRUCT_OFFSET (TytoCaptureSettings, retry_initial_ms), 1, 30000, 1000 },
  { "sync-ms", G_STRUCT_OFFSET (TytoCaptureSettings, sync_ms), 100, 60000, 1500 },
  { "floor-percent", G_STRUCT_OFFSET (TytoCaptureSettings, floor_percent), 0, 99, 0 },
};

/* Those of 64 bits, none of which is negative. */
static const struct {
  const char *key;
  gsize offset;
  guint64 min, fallback;
} large_numbers[] = {
  { "queue-bytes", G_STRUCT_OFFSET (TytoCaptureSettings, queue_bytes), 64 << 10, 16 << 20 },
  { "floor-bytes", G_STRUCT_OFFSET (TytoCaptureSettings, floor_bytes), 0, 0 },
  { "not-before", G_STRUCT_OFFSET (TytoCaptureSettings, not_before_us), 0, 0 },
};

static const struct {
  const char *key;
  gsize offset;
} strings[] = {
  { "url", G_STRUCT_OFFSET (TytoCaptureSettings, url) },
  { "user", G_STRUCT_OFFSET (TytoCaptureSettings, user) },
  { "password", G_STRUCT_OFFSET (TytoCaptureSettings, password) },
  { "transport", G_STRUCT_OFFSET (TytoCaptureSettings, transport) },
  { "root", G_STRUCT_OFFSET (TytoCaptureSettings, root) },
  { "path-template", G_STRUCT_OFFSET (TytoCaptureSettings, path_template) },
  { "format", G_STRUCT_OFFSET (TytoCaptureSettings, format) },
  { "thumbnail-root", G_STRUCT_OFFSET (TytoCaptureSettings, thumbnail_root) },
  { "engine", G_STRUCT_OFFSET (TytoCaptureSettings, engine) },
  { "ingest", G_STRUCT_OFFSET (TytoCaptureSettings, ingest) },
};

static gboolean
check_keys (GVariant *dict, GError **error)
{
  const char
      *known[G_N_ELEMENTS (numbers) + G_N_ELEMENTS (large_numbers) + G_N_ELEMENTS (strings) + 2];
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
    known[n++] = strings[i].key;
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    known[n++] = numbers[i].key;
  for (guint i = 0; i < G_N_ELEMENTS (large_numbers); i++)
    known[n++] = large_numbers[i].key;
  known[n++] = "audio";
  known[n] = NULL;
  return tyto_dict_check_keys (dict, known, error);
}

static gboolean
check_one_of (const char *key, const char *value, const char *const *allowed, GError **error)
{
  if (g_strv_contains (allowed, value))
    return TRUE;
  g_autofree char *list = g_strjoinv (", ", (char **) allowed);
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "%s is “%s”, not one of %s.", key,
                  value, list);
  return FALSE;
}

/* A URL with credentials would end in logs and in the running pipeline's description. */
static gboolean
check_url (const char *url, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (GUri) uri = NULL;

  if (url == NULL) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "The camera has no url.");
    return FALSE;
  }
  uri = g_uri_parse (url, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED, &why);
  if (uri == NULL) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Example: rtsp://192.0.2.7:554/stream1",
                    "The url cannot be read.");
    return FALSE;
  }
  if (!g_str_equal (g_uri_get_scheme (uri), "rtsp")
      && !g_str_equal (g_uri_get_scheme (uri), "rtsps")) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Give an rtsp:// or rtsps:// address.",
                    "The url's scheme “%s” is not supported.", g_uri_get_scheme (uri));
    return FALSE;
  }
  if (g_uri_get_userinfo (uri) != NULL) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Give user and password on their own.",
                    "The url holds credentials.");
    return FALSE;
  }
  return TRUE;
}

static gboolean
read_members (TytoCaptureSettings *self, GVariant *dict, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (strings); i++) {
    if (!tyto_dict_get_string (dict, strings[i].key,
                               &G_STRUCT_MEMBER (char *, self, strings[i].offset), error))
      return FALSE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    guint64 value = numbers[i].fallback;
    if (!tyto_dict_get_uint (dict, numbers[i].key, numbers[i].min, numbers[i].max, &value, error))
      return FALSE;
    G_STRUCT_MEMBER (guint, self, numbers[i].offset) = (guint) value;
  }
  for (guint i = 0; i < G_N_ELEMENTS (large_numbers); i++) {
    guint64 value = large_numbers[i].fallback;
    if (!tyto_dict_get_uint (dict, large_numbers[i].key, large_numbers[i].min, G_MAXINT64, &value,
                             error))
      return FALSE;
    G_STRUCT_MEMBER (guint64, self, large_numbers[i].offset) = value;
  }
  return tyto_dict_get_boolean (dict, "audio", &self->audio, error);
}

static void
fill_defaults (TytoCaptureSettings *self)
{
  if (self->user == NULL)
    self->user = g_strdup ("");
  if (self->password == NULL)
    self->password = g_strdup ("");
  if (self->transport == NULL)
    self->transport = g_strdup ("tcp");
  if (self->format == NULL)
    self->format = g_strdup ("mp4");
  if (self->engine == NULL)
    self->engine = g_strdup ("fragments");
  if (self->ingest == NULL)
    self->ingest = g_strdup ("auto");
  if (self->root == NULL)
    self->root = g_strdup (".");
  if (self->path_template == NULL)
    self->path_template = g_strdup_printf ("{camera}/%%Y-%%m-%%d/%%H-%%M-%%S.%s", self->format);
  if (self->thumbnail_root == NULL)
    self->thumbnail_root = g_build_filename (self->root, "thumbnails", NULL);
}

TytoCaptureSettings *
tyto_capture_settings_new (GVariant *dict, GError **error)
{
  static const char *const transports[] = { "tcp", "udp", "auto", NULL };
  static const char *const formats[] = { "mp4", "ts", "mkv", NULL };
  static const char *const engines[] = { "fragments", "splitmuxsink", NULL };
  static const char *const ingests[] = { "auto", "lean", "rtspsrc", NULL };
  g_autoptr (TytoCaptureSettings) self = g_new0 (TytoCaptureSettings, 1);

  self->audio = TRUE;
  if (!check_keys (dict, error) || !read_members (self, dict, error)
      || !check_url (self->url, error))
    return NULL;
  fill_defaults (self);
  if (!check_one_of ("transport", self->transport, transports, error)
      || !check_one_of ("format", self->format, formats, error)
      || !check_one_of ("engine", self->engine, engines, error)
      || !check_one_of ("ingest", self->ingest, ingests, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
tyto_capture_settings_free (TytoCaptureSettings *self)
{
  if (self->password != NULL)
    explicit_bzero (self->password, strlen (self->password));
  for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
    g_free (G_STRUCT_MEMBER (char *, self, strings[i].offset));
  g_free (self->redirect);
  g_free (self);
}
