/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytoctl segments get: a segment's file. */
#include "tytoctl/ctl-commands.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "tytoctl/ctl-download.h"

static char *
find_segment (CtlClient *client, const char *id, GError **error)
{
  if (*id != '\0' && *id != '.' && strlen (id) <= 128
      && strspn (id, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-") == strlen (id))
    return g_strconcat ("/api/v1/segments/", id, NULL);
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, _ ("They are listed by: tytoctl segments"),
                  _ ("\"%s\" is not the id of a segment."), id);
  return NULL;
}

static char *
file_name (GVariant *segment)
{
  return g_path_get_basename (tyto_dict_string (segment, "path", "segment"));
}

gboolean
ctl_segments_get_run (CtlInvocation *invocation, GError **error)
{
  return ctl_download_run (invocation, find_segment, file_name, error);
}
