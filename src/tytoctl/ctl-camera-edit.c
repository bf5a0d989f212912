/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytoctl camera add and change: options become the members of the API's camera. */
#include "tytoctl/ctl-commands.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-json.h"
#include "tytoctl/ctl-password.h"

/* -1 is a number of days of its own: as the plan says. */
#define DAYS_UNSAID G_MININT

/* What was said on the command line; NULL or -1: nothing. */
typedef struct {
  char *id;
  char *name;
  char *sub_url;
  char *user;
  char *password_file;
  char *transport;
  char *format;
  char *path_template;
  char *owner;
  char *plan;
  int retention_days;
  gint64 retention_mib;
  int segment_seconds;
  gboolean audio;
  gboolean no_audio;
  gboolean enabled;
  gboolean disabled;
  gboolean ask_password;
  gboolean replace;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->id);
  g_free (options->name);
  g_free (options->sub_url);
  g_free (options->user);
  g_free (options->password_file);
  g_free (options->transport);
  g_free (options->format);
  g_free (options->path_template);
  g_free (options->owner);
  g_free (options->plan);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* Nothing was said yet. */
#define OPTIONS_INIT                                                                               \
  {                                                                                                \
    .segment_seconds = -1, .retention_days = DAYS_UNSAID, .retention_mib = -1                      \
  }

/* The entries that `add` and `change` share. */
static GArray *
make_entries (Options *o)
{
  const GOptionEntry entries[] = {
    { "name", 0, 0, G_OPTION_ARG_STRING, &o->name, N_ ("Name for people"), N_ ("NAME") },
    { "sub-url", 0, 0, G_OPTION_ARG_STRING, &o->sub_url, N_ ("URL of the sub-stream"), N_ ("URL") },
    { "user", 'u', 0, G_OPTION_ARG_STRING, &o->user, N_ ("User name at the camera"), N_ ("USER") },
    { "password-file", 0, 0, G_OPTION_ARG_FILENAME, &o->password_file,
      N_ ("File with the password at the camera; - for standard input"), N_ ("FILE") },
    { "transport", 0, 0, G_OPTION_ARG_STRING, &o->transport, N_ ("tcp, udp or auto"),
      N_ ("TRANSPORT") },
    { "format", 0, 0, G_OPTION_ARG_STRING, &o->format, N_ ("mp4, ts or mkv"), N_ ("FORMAT") },
    { "segment-seconds", 0, 0, G_OPTION_ARG_INT, &o->segment_seconds,
      N_ ("Length of a segment, 1–86400 s; 0: as the service is set"), N_ ("N") },
    { "path-template", 0, 0, G_OPTION_ARG_STRING, &o->path_template,
      N_ ("Where segments go, e.g. {camera}/%Y-%m-%d/%H-%M-%S.mp4"), N_ ("TEMPLATE") },
    { "owner", 0, 0, G_OPTION_ARG_STRING, &o->owner,
      N_ ("Whose camera it is; the owner's plan holds where it has none"), N_ ("NAME") },
    { "plan", 0, 0, G_OPTION_ARG_STRING, &o->plan,
      N_ ("Retention plan, e.g. basic, pro or premium; '': the owner's"), N_ ("PLAN") },
    { "retention-days", 0, 0, G_OPTION_ARG_INT, &o->retention_days,
      N_ ("Days its recordings are kept; 0: for ever; -1: as its plan says"), N_ ("N") },
    { "retention-mib", 0, 0, G_OPTION_ARG_INT64, &o->retention_mib,
      N_ ("MiB of its recordings that are kept; 0: no limit"), N_ ("N") },
    { "no-audio", 0, 0, G_OPTION_ARG_NONE, &o->no_audio, N_ ("Record pictures alone"), NULL },
    { "disabled", 0, 0, G_OPTION_ARG_NONE, &o->disabled, N_ ("Do not record it"), NULL },
  };
  GArray *array = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));

  g_array_append_vals (array, entries, G_N_ELEMENTS (entries));
  return array;
}

static void
append_add_entries (GArray *array, Options *o)
{
  const GOptionEntry entries[] = {
    { "id", 0, 0, G_OPTION_ARG_STRING, &o->id,
      N_ ("Its id: letters, digits, _ and -; made when not given"), N_ ("ID") },
    { "replace", 0, 0, G_OPTION_ARG_NONE, &o->replace, N_ ("Replace a camera of this id"), NULL },
  };

  g_array_append_vals (array, entries, G_N_ELEMENTS (entries));
}

static void
append_change_entries (GArray *array, Options *o)
{
  const GOptionEntry entries[] = {
    { "audio", 0, 0, G_OPTION_ARG_NONE, &o->audio, N_ ("Record sound too"), NULL },
    { "enabled", 0, 0, G_OPTION_ARG_NONE, &o->enabled, N_ ("Record it"), NULL },
    { "ask-password", 0, 0, G_OPTION_ARG_NONE, &o->ask_password,
      N_ ("Ask for the password at the camera"), NULL },
  };

  g_array_append_vals (array, entries, G_N_ELEMENTS (entries));
}

/* Credentials in a URL would be seen by all of the machine's users, and land in shell histories. */
static gboolean
check_camera_url (const char *url, GError **error)
{
  const char *authority = strstr (url, "://");
  gsize length = authority != NULL ? strcspn (authority + 3, "/?#") : 0;

  if (authority == NULL || memchr (authority + 3, '@', length) == NULL)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                  _ ("Give the URL without them, and --user USER --password-file FILE (- for "
                     "standard input; without it you are asked)."),
                  _ ("The URL has credentials in it, which every user of this machine could read "
                     "on the command line."));
  return FALSE;
}

static void
add_string (GVariantBuilder *builder, const char *member, const char *value)
{
  if (value != NULL)
    g_variant_builder_add (builder, "{sv}", member, g_variant_new_string (value));
}

static void
add_number (GVariantBuilder *builder, const char *member, gboolean said, gint64 value)
{
  if (said)
    g_variant_builder_add (builder, "{sv}", member, g_variant_new_int64 (value));
}

/* Reads or asks for the password; NULL without @error when there is nothing to send. */
static gboolean
take_password (const Options *options, char **password, GError **error)
{
  *password = NULL;
  if (options->password_file != NULL)
    *password = ctl_password_read (options->password_file, error);
  else if (options->ask_password || (options->user != NULL && ctl_password_can_ask ()))
    *password = ctl_password_ask (options->user, error);
  else
    return TRUE;
  return *password != NULL;
}

/* The members that were given. */
static GVariant *
make_body (const Options *options, const char *id, const char *url, GError **error)
{
  g_autofree char *password = NULL;
  g_autoptr (GVariantBuilder) builder = g_variant_builder_new (G_VARIANT_TYPE_VARDICT);

  if ((options->audio && options->no_audio) || (options->enabled && options->disabled)) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL,
                    _ ("Two of the options contradict each other."));
    return NULL;
  }
  if ((url != NULL && !check_camera_url (url, error))
      || (options->sub_url != NULL && !check_camera_url (options->sub_url, error))
      || !take_password (options, &password, error))
    return NULL;
  add_string (builder, "id", id);
  add_string (builder, "name", options->name);
  add_string (builder, "url", url);
  add_string (builder, "sub_url", options->sub_url);
  add_string (builder, "user", options->user);
  if (password != NULL && *password != '\0')
    add_string (builder, "password", password);
  add_string (builder, "transport", options->transport);
  add_string (builder, "format", options->format);
  add_string (builder, "path_template", options->path_template);
  add_string (builder, "owner", options->owner);
  add_string (builder, "plan", options->plan);
  add_number (builder, "retention_days", options->retention_days != DAYS_UNSAID,
              options->retention_days);
  add_number (builder, "retention_mib", options->retention_mib >= 0, options->retention_mib);
  add_number (builder, "segment_seconds", options->segment_seconds >= 0, options->segment_seconds);
  if (options->audio || options->no_audio)
    g_variant_builder_add (builder, "{sv}", "audio", g_variant_new_boolean (options->audio));
  if (options->enabled || options->disabled)
    g_variant_builder_add (builder, "{sv}", "enabled", g_variant_new_boolean (options->enabled));
  return g_variant_builder_end (builder);
}

static gboolean
print_result (CtlInvocation *invocation, GVariant *camera, const char *format)
{
  g_auto (GStrv) parts = g_strsplit (format, "%s", 2);

  if (camera == NULL)
    return FALSE;
  if (invocation->json)
    ctl_print_json (camera);
  else
    g_print ("%s%s%s\n", parts[0], tyto_dict_string (camera, "id", ""), parts[1]);
  return TRUE;
}

gboolean
ctl_camera_add_run (CtlInvocation *invocation, GError **error)
{
  g_auto (Options) options = OPTIONS_INIT;
  g_autoptr (GArray) entries = make_entries (&options);
  g_auto (GStrv) args = NULL;
  g_autofree char *path = NULL;
  g_autoptr (CtlClient) client = NULL;
  g_autoptr (GVariant) camera = NULL;
  GVariant *body;
  const char *id, *url;

  append_add_entries (entries, &options);
  args = ctl_invocation_parse (invocation, (GOptionEntry *) (gpointer) entries->data, 1, 2, error);
  if (args == NULL)
    return FALSE;
  id = args[1] != NULL ? args[0] : options.id;
  url = args[1] != NULL ? args[1] : args[0];
  if ((id != NULL && !tyto_id_check (id, error)))
    return FALSE;
  if ((args[1] != NULL && options.id != NULL) || (options.replace && id == NULL)) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, _ ("See: tytoctl help camera add"), "%s",
                    id == NULL ? _ ("Which camera shall be replaced? Give its id.")
                               : _ ("The id is given twice."));
    return FALSE;
  }
  body = make_body (&options, options.replace ? NULL : id, url, error);
  if (body == NULL)
    return FALSE;
  client = ctl_invocation_connect (invocation, error);
  path = options.replace ? ctl_camera_path (id, "", error) : g_strdup ("/api/v1/cameras");
  if (client == NULL) {
    g_variant_unref (g_variant_ref_sink (body));
    return FALSE;
  }
  camera = ctl_client_call (client, options.replace ? "PUT" : "POST", path, body, error);
  return print_result (invocation, camera, _ ("%s is added."));
}

gboolean
ctl_camera_change_run (CtlInvocation *invocation, GError **error)
{
  g_auto (Options) options = OPTIONS_INIT;
  g_autoptr (GArray) entries = make_entries (&options);
  g_auto (GStrv) args = NULL;
  g_autofree char *path = NULL;
  g_autoptr (CtlClient) client = NULL;
  g_autoptr (GVariant) body = NULL;
  g_autoptr (GVariant) camera = NULL;

  append_change_entries (entries, &options);
  args = ctl_invocation_parse (invocation, (GOptionEntry *) (gpointer) entries->data, 1, 2, error);
  path = args != NULL ? ctl_camera_path (args[0], "", error) : NULL;
  if (path == NULL)
    return FALSE;
  body = make_body (&options, NULL, args[1], error);
  if (body == NULL)
    return FALSE;
  g_variant_ref_sink (body);
  if (g_variant_n_children (body) == 0) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, _ ("See: tytoctl help camera change"),
                    _ ("What shall change? No option was given."));
    return FALSE;
  }
  client = ctl_invocation_connect (invocation, error);
  if (client == NULL)
    return FALSE;
  camera = ctl_client_call (client, "PATCH", path, body, error);
  return print_result (invocation, camera, _ ("%s is changed."));
}
