/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/cameras/tyto-camera-config.h"

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-json.h"

#include <string.h>

G_DEFINE_BOXED_TYPE (TytoCameraConfig, tyto_camera_config, tyto_camera_config_ref,
                     tyto_camera_config_unref)

#define MAX_TEXT 1024
#define MAX_DAYS 36500

static const char *const known_keys[] = { "name",
                                          "url",
                                          "sub_url",
                                          "user",
                                          "password",
                                          "transport",
                                          "enabled",
                                          "audio",
                                          "segment_seconds",
                                          "format",
                                          "path_template",
                                          "owner",
                                          "plan",
                                          "retention_days",
                                          "retention_mib",
                                          NULL };

TytoCameraConfig *
tyto_camera_config_new (const char *id)
{
  TytoCameraConfig *self = g_atomic_rc_box_new0 (TytoCameraConfig);

  self->id = g_strdup (id);
  self->name = g_strdup (id);
  self->url = g_strdup ("");
  self->sub_url = g_strdup ("");
  self->user = g_strdup ("");
  self->password = g_strdup ("");
  self->transport = g_strdup ("tcp");
  self->enabled = TRUE;
  self->audio = TRUE;
  self->format = g_strdup ("");
  self->path_template = g_strdup ("");
  self->owner = g_strdup ("");
  self->plan = g_strdup ("");
  self->retention_days = -1;
  return self;
}

TytoCameraConfig *
tyto_camera_config_copy (const TytoCameraConfig *self)
{
  TytoCameraConfig *copy = g_atomic_rc_box_new0 (TytoCameraConfig);

  copy->id = g_strdup (self->id);
  copy->name = g_strdup (self->name);
  copy->url = g_strdup (self->url);
  copy->sub_url = g_strdup (self->sub_url);
  copy->user = g_strdup (self->user);
  copy->password = g_strdup (self->password);
  copy->transport = g_strdup (self->transport);
  copy->enabled = self->enabled;
  copy->audio = self->audio;
  copy->segment_seconds = self->segment_seconds;
  copy->format = g_strdup (self->format);
  copy->path_template = g_strdup (self->path_template);
  copy->owner = g_strdup (self->owner);
  copy->plan = g_strdup (self->plan);
  copy->retention_days = self->retention_days;
  copy->retention_mib = self->retention_mib;
  return copy;
}

TytoCameraConfig *
tyto_camera_config_ref (TytoCameraConfig *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
config_clear (gpointer data)
{
  TytoCameraConfig *self = data;

  g_free (self->id);
  g_free (self->name);
  g_free (self->url);
  g_free (self->sub_url);
  g_free (self->user);
  /* Not to be found in memory that is handed out again. */
  explicit_bzero (self->password, strlen (self->password));
  g_free (self->password);
  g_free (self->transport);
  g_free (self->format);
  g_free (self->path_template);
  g_free (self->owner);
  g_free (self->plan);
}

void
tyto_camera_config_unref (TytoCameraConfig *self)
{
  g_atomic_rc_box_release_full (self, config_clear);
}

gboolean
tyto_camera_config_equal (const TytoCameraConfig *a, const TytoCameraConfig *b)
{
  return g_str_equal (a->id, b->id) && g_str_equal (a->name, b->name)
         && g_str_equal (a->url, b->url) && g_str_equal (a->sub_url, b->sub_url)
         && g_str_equal (a->user, b->user) && g_str_equal (a->password, b->password)
         && g_str_equal (a->transport, b->transport) && a->enabled == b->enabled
         && a->audio == b->audio && a->segment_seconds == b->segment_seconds
         && g_str_equal (a->format, b->format) && g_str_equal (a->path_template, b->path_template)
         && g_str_equal (a->owner, b->owner) && g_str_equal (a->plan, b->plan)
         && a->retention_days == b->retention_days && a->retention_mib == b->retention_mib;
}

/* Moves what stands before `@` in @url's authority (RFC 3986, section 3.2.1) to user and password:
 * from here on no URL has credentials. */
static gboolean
split_userinfo (TytoCameraConfig *self, char **url, GError **error)
{
  g_autoptr (GUri) uri = NULL;
  const char *user;
  const char *password;
  g_autoptr (GError) local = NULL;

  uri = g_uri_parse (*url,
                     G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_ENCODED_PATH | G_URI_FLAGS_ENCODED_QUERY
                         | G_URI_FLAGS_PARSE_RELAXED,
                     &local);
  if (uri == NULL) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                    "Write it like rtsp://192.168.1.10:554/stream1.",
                    "The camera's URL cannot be read (%s)", local->message);
    return FALSE;
  }
  user = g_uri_get_user (uri);
  password = g_uri_get_password (uri);
  if (user == NULL && password == NULL)
    return TRUE;
  if (g_uri_get_host (uri) != NULL && strchr ("/", *g_uri_get_path (uri)) == NULL) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                    "Write it like rtsp://192.168.1.10:554/stream1.",
                    "The camera's URL has no slash between its host and its path");
    return FALSE;
  }

  g_free (self->user);
  self->user = g_strdup (user != NULL ? user : "");
  if (password != NULL) {
    g_free (self->password);
    self->password = g_strdup (password);
  }
  g_free (*url);
  *url = g_uri_join (G_URI_FLAGS_ENCODED_PATH | G_URI_FLAGS_ENCODED_QUERY, g_uri_get_scheme (uri),
                     NULL, g_uri_get_host (uri), g_uri_get_port (uri), g_uri_get_path (uri),
                     g_uri_get_query (uri), NULL);
  return TRUE;
}

static gboolean
check_url (TytoCameraConfig *self, const char *member, char **url, GError **error)
{
  g_autoptr (GUri) uri = NULL;

  if (**url == '\0')
    return TRUE;
  if (!split_userinfo (self, url, error))
    return FALSE;
  uri = g_uri_parse (*url, G_URI_FLAGS_ENCODED_PATH | G_URI_FLAGS_ENCODED_QUERY, NULL);
  if (uri == NULL || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0'
      || (!g_str_equal (g_uri_get_scheme (uri), "rtsp")
          && !g_str_equal (g_uri_get_scheme (uri), "rtsps"))) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                    "Write it like rtsp://192.168.1.10:554/stream1.",
                    "\"%s\" is not an rtsp:// or rtsps:// URL with a host", member);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_choice (const char *member, const char *value, const char *const *choices, GError **error)
{
  g_autofree char *list = NULL;

  if (g_strv_contains (choices, value))
    return TRUE;
  list = g_strjoinv (", ", (char **) choices);
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Take one of the values named.",
                  "\"%s\" is \"%s\", and must be one of: %s", member, value, list);
  return FALSE;
}

static gboolean
check_text (const char *member, const char *value, GError **error)
{
  for (const char *p = value; *p != '\0'; p++) {
    if ((guchar) *p < 0x20 || *p == 0x7f) {
      tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Leave control characters out.",
                      "\"%s\" has a control character in it", member);
      return FALSE;
    }
  }
  if (strlen (value) > MAX_TEXT) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Make it shorter.",
                    "\"%s\" is longer than %d bytes", member, MAX_TEXT);
    return FALSE;
  }
  return TRUE;
}

/* The same rules as segmentsink's `location`, told to the person who typed it instead of in a
 * worker's log. */
static gboolean
check_template (const char *template, GError **error)
{
  static const char *const words[] = { "camera", "run", "sequence", NULL };
  g_auto (GStrv) parts = g_strsplit (template, "/", -1);

  if (*template == '\0')
    return TRUE;
  for (guint i = 0; parts[i] != NULL; i++) {
    if (g_str_equal (parts[i], "..") || g_str_equal (parts[i], ".") || *parts[i] == '\0') {
      tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                      "Write it like {camera}/%Y-%m-%d/%H-%M-%S.mp4.",
                      "\"path_template\" must stay below the output directory (no \"..\", \".\" or "
                      "empty part, no \"/\" in front)");
      return FALSE;
    }
  }
  for (const char *p = strchr (template, '{'); p != NULL; p = strchr (p + 1, '{')) {
    const char *end = strchr (p, '}');
    g_autofree char *word = end != NULL ? g_strndup (p + 1, end - p - 1) : g_strdup (p);

    if (end == NULL || !g_strv_contains (words, word)) {
      tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                      "Known words are {camera}, {run} and {sequence}.",
                      "\"path_template\" has the unknown word \"{%s}\"", word);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
config_check (TytoCameraConfig *self, GError **error)
{
  static const char *const transports[] = { "tcp", "udp", "auto", NULL };
  static const char *const formats[] = { "mp4", "ts", "mkv", "", NULL };

  return tyto_id_check (self->id, error) && check_text ("name", self->name, error)
         && check_text ("url", self->url, error) && check_text ("sub_url", self->sub_url, error)
         && check_text ("user", self->user, error) && check_text ("password", self->password, error)
         && check_text ("path_template", self->path_template, error)
         && check_text ("owner", self->owner, error) && check_text ("plan", self->plan, error)
         && check_url (self, "url", &self->url, error)
         && check_url (self, "sub_url", &self->sub_url, error)
         && check_choice ("transport", self->transport, transports, error)
         && check_choice ("format", self->format, formats, error)
         && check_template (self->path_template, error);
}

/* -1, which is no unsigned number, is a value of its own. */
static gboolean
apply_retention (TytoCameraConfig *self, GVariant *dict, GError **error)
{
  guint64 days = 0, mib = self->retention_mib;

  if (!tyto_dict_get_string (dict, "owner", &self->owner, error)
      || !tyto_dict_get_string (dict, "plan", &self->plan, error)
      || !tyto_dict_get_uint (dict, "retention_mib", 0, G_MAXUINT32, &mib, error))
    return FALSE;
  self->retention_mib = mib;
  if (tyto_dict_double (dict, "retention_days", 0) == -1) {
    self->retention_days = -1;
    return TRUE;
  }
  days = MAX (0, self->retention_days);
  if (!tyto_dict_get_uint (dict, "retention_days", 0, MAX_DAYS, &days, error))
    return FALSE;
  if (tyto_dict_double (dict, "retention_days", -1) != -1)
    self->retention_days = (int) days;
  return TRUE;
}

gboolean
tyto_camera_config_apply (TytoCameraConfig *self, GVariant *dict, GError **error)
{
  guint64 segment_seconds = self->segment_seconds;

  if (!tyto_dict_check_keys (dict, known_keys, error)
      || !tyto_dict_get_string (dict, "name", &self->name, error)
      || !tyto_dict_get_string (dict, "url", &self->url, error)
      || !tyto_dict_get_string (dict, "sub_url", &self->sub_url, error)
      || !tyto_dict_get_string (dict, "user", &self->user, error)
      || !tyto_dict_get_string (dict, "password", &self->password, error)
      || !tyto_dict_get_string (dict, "transport", &self->transport, error)
      || !tyto_dict_get_boolean (dict, "enabled", &self->enabled, error)
      || !tyto_dict_get_boolean (dict, "audio", &self->audio, error)
      || !tyto_dict_get_uint (dict, "segment_seconds", 0, 86400, &segment_seconds, error)
      || !tyto_dict_get_string (dict, "format", &self->format, error)
      || !tyto_dict_get_string (dict, "path_template", &self->path_template, error)
      || !apply_retention (self, dict, error))
    return FALSE;
  self->segment_seconds = segment_seconds;
  if (*self->name == '\0') {
    g_free (self->name);
    self->name = g_strdup (self->id);
  }
  return config_check (self, error);
}

void
tyto_camera_config_describe (const TytoCameraConfig *self, TytoMembers *members)
{
  tyto_members_string (members, "id", self->id);
  tyto_members_string (members, "name", self->name);
  tyto_members_string (members, "url", self->url);
  tyto_members_string (members, "sub_url", self->sub_url);
  tyto_members_string (members, "user", self->user);
  tyto_members_boolean (members, "has_password", *self->password != '\0');
  tyto_members_string (members, "transport", self->transport);
  tyto_members_boolean (members, "enabled", self->enabled);
  tyto_members_boolean (members, "audio", self->audio);
  tyto_members_uint (members, "segment_seconds", self->segment_seconds);
  tyto_members_string (members, "format", self->format);
  tyto_members_string (members, "path_template", self->path_template);
  tyto_members_string (members, "owner", self->owner);
  tyto_members_string (members, "plan", self->plan);
  tyto_members_int (members, "retention_days", self->retention_days);
  tyto_members_uint (members, "retention_mib", self->retention_mib);
}

GVariant *
tyto_camera_config_to_variant (const TytoCameraConfig *self)
{
  GVariantBuilder dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  TytoMembers members = { .dict = &dict };

  tyto_camera_config_describe (self, &members);
  return g_variant_builder_end (&dict);
}
