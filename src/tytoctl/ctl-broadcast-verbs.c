/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytoctl broadcast start, end, retry, video, delete, get. */
#include "tytoctl/ctl-commands.h"

#include <glib/gi18n.h>

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "tytoctl/ctl-broadcast.h"
#include "tytoctl/ctl-download.h"
#include "tytoctl/ctl-removal.h"
#include "tytoctl/ctl-words.h"

/* Says what became of it. */
static void
print_state (CtlInvocation *invocation, GVariant *broadcast)
{
  g_autofree char *state = ctl_broadcast_state_text (broadcast);
  g_autofree char *key = ctl_terminal_clean (tyto_dict_string (broadcast, "stream_key", ""));
  g_autofree char *trouble = ctl_terminal_clean (ctl_broadcast_trouble (broadcast));

  if (invocation->json)
    ctl_print_json (broadcast);
  else
    g_print ("%s  %s: %s%s%s\n", tyto_dict_string (broadcast, "id", ""), key, state,
             *trouble != '\0' ? ": " : "", trouble);
}

/* --- start --- */

gboolean
ctl_broadcast_start_run (CtlInvocation *invocation, GError **error)
{
  g_autofree char *url = NULL;
  g_autofree char *stream = NULL;
  g_autofree char *user = NULL;
  const GOptionEntry entries[] = {
    { "playlist", 'p', 0, G_OPTION_ARG_STRING, &url,
      N_ ("Its HLS playlist (default: its key in the bucket of live segments)"), N_ ("URL") },
    { "stream", 0, 0, G_OPTION_ARG_STRING, &stream, N_ ("Id of the stream"), N_ ("UUID") },
    { "user", 0, 0, G_OPTION_ARG_STRING, &user, N_ ("Whose it is"), N_ ("UUID") },
    { NULL },
  };
  g_auto (GStrv) args = ctl_invocation_parse (invocation, entries, 1, 1, error);
  g_autoptr (CtlClient) client = args != NULL ? ctl_invocation_connect (invocation, error) : NULL;
  g_autoptr (GVariant) broadcast = NULL;
  GVariantDict body;

  if (client == NULL)
    return FALSE;
  g_variant_dict_init (&body, NULL);
  g_variant_dict_insert (&body, "stream_key", "s", args[0]);
  if (url != NULL)
    g_variant_dict_insert (&body, "playlist_url", "s", url);
  if (stream != NULL)
    g_variant_dict_insert (&body, "stream_id", "s", stream);
  if (user != NULL)
    g_variant_dict_insert (&body, "user_id", "s", user);
  broadcast = ctl_client_call (client, "POST", CTL_BROADCASTS, g_variant_dict_end (&body), error);
  if (broadcast == NULL)
    return FALSE;
  print_state (invocation, broadcast);
  return TRUE;
}

/* --- end, retry --- */

static gboolean
run_verb (CtlInvocation *invocation, const char *suffix, GError **error)
{
  gboolean waiting = FALSE;
  const GOptionEntry entries[] = {
    { "wait", 'w', 0, G_OPTION_ARG_NONE, &waiting,
      N_ ("Come back when it is completed (0) or failed (1)"), NULL },
    { NULL },
  };
  g_auto (GStrv) args = ctl_invocation_parse (invocation, entries, 1, 1, error);
  g_autoptr (CtlClient) client = args != NULL ? ctl_invocation_connect (invocation, error) : NULL;
  g_autofree char *path = client != NULL ? ctl_broadcast_path (client, args[0], "", error) : NULL;
  g_autofree char *verb = path != NULL ? g_strconcat (path, suffix, NULL) : NULL;
  g_autoptr (GVariant) broadcast
      = verb != NULL ? ctl_client_call (client, "POST", verb, NULL, error) : NULL;

  if (broadcast != NULL && waiting) {
    g_clear_pointer (&broadcast, g_variant_unref);
    broadcast = ctl_broadcast_wait (client, path, error);
  }
  if (broadcast == NULL)
    return FALSE;
  print_state (invocation, broadcast);
  if (waiting && !g_str_equal (tyto_dict_string (broadcast, "status", ""), "completed"))
    invocation->exit_status = 1;
  return TRUE;
}

gboolean
ctl_broadcast_end_run (CtlInvocation *invocation, GError **error)
{
  return run_verb (invocation, "/end", error);
}

gboolean
ctl_broadcast_retry_run (CtlInvocation *invocation, GError **error)
{
  return run_verb (invocation, "/retry", error);
}

/* --- video --- */

gboolean
ctl_broadcast_video_run (CtlInvocation *invocation, GError **error)
{
  gboolean none = FALSE;
  const GOptionEntry entries[] = {
    { "none", 0, 0, G_OPTION_ARG_NONE, &none, N_ ("It is no video any more"), NULL },
    { NULL },
  };
  g_auto (GStrv) args = ctl_invocation_parse (invocation, entries, 1, 2, error);
  g_autoptr (CtlClient) client = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GVariant) broadcast = NULL;
  GVariantDict body;

  if (args == NULL)
    return FALSE;
  if (none == (args[1] != NULL)) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL,
                    _ ("Give the video's id, or --none."));
    return FALSE;
  }
  client = ctl_invocation_connect (invocation, error);
  path = client != NULL ? ctl_broadcast_path (client, args[0], "/video", error) : NULL;
  if (path == NULL)
    return FALSE;
  g_variant_dict_init (&body, NULL);
  g_variant_dict_insert (&body, "video_id", "s", none ? "" : args[1]);
  broadcast = ctl_client_call (client, "POST", path, g_variant_dict_end (&body), error);
  if (broadcast == NULL)
    return FALSE;
  if (invocation->json)
    ctl_print_json (broadcast);
  else if (none)
    g_print (_ ("%s is no video.\n"), tyto_dict_string (broadcast, "id", ""));
  else
    g_print (_ ("%s is video %s.\n"), tyto_dict_string (broadcast, "id", ""), args[1]);
  return TRUE;
}

/* --- delete --- */

/* By their ids alone: of a stream key there may be another by now. */
static gboolean
check_id (const char *id, GError **error)
{
  if (g_uuid_string_is_valid (id))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                  _ ("They are listed by: tytoctl broadcast list"),
                  _ ("\"%s\" is not the id of a broadcast."), id);
  return FALSE;
}

gboolean
ctl_broadcast_delete_run (CtlInvocation *invocation, GError **error)
{
  const CtlRemoval removal = { CTL_BROADCASTS, check_id, ctl_terminal_confirm_deletion,
                               C_ ("broadcast", "%s is deleted.") };

  return ctl_removal_run (invocation, &removal, error);
}

/* --- get --- */

static char *
find_broadcast (CtlClient *client, const char *word, GError **error)
{
  return ctl_broadcast_path (client, word, NULL, error);
}

/* The name of its object, or of its local file. (transfer full) */
static char *
file_name (GVariant *broadcast)
{
  const char *path = tyto_dict_string (broadcast, "file_path", "");

  return *path != '\0'
             ? g_path_get_basename (path)
             : g_strconcat (tyto_dict_string (broadcast, "stream_key", "broadcast"), ".mp4", NULL);
}

gboolean
ctl_broadcast_get_run (CtlInvocation *invocation, GError **error)
{
  return ctl_download_run (invocation, find_broadcast, file_name, error);
}
