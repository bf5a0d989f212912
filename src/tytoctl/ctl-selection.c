/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tytoctl/ctl-selection.h"

#include <glib/gi18n.h>

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-time.h"
#include "tytoctl/ctl-when.h"

void
ctl_selection_clear (CtlSelection *self)
{
  g_free (self->camera);
  g_free (self->from);
  g_free (self->to);
  g_free (self->order);
}

static gboolean
check (CtlSelection *self, GError **error)
{
  if (self->camera != NULL && !tyto_id_check (self->camera, error))
    return FALSE;
  if (self->order != NULL && !g_str_equal (self->order, "asc")
      && !g_str_equal (self->order, "desc")) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, _ ("--order is asc or desc."));
    return FALSE;
  }
  return TRUE;
}

/* Adds @text, a point in time as people give it, as parameter @name of the query @path; nothing
 * when it is NULL. */
static gboolean
add_time (GString *path, const char *name, const char *text, GError **error)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  g_autofree char *formatted = NULL;
  gint64 wall_us;

  if (text == NULL)
    return TRUE;
  if (!ctl_when_parse (text, tyto_time_now (), zone, &wall_us, error))
    return FALSE;
  formatted = tyto_time_format (wall_us);
  ctl_query_add (path, name, formatted);
  return TRUE;
}

GPtrArray *
ctl_selection_ask (const CtlSelection *self, CtlInvocation *invocation, GString *path,
                   GError **error)
{
  g_autoptr (CtlClient) client = NULL;

  if (self->limit < 1) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, _ ("For all rows say --all."),
                    _ ("--limit is a number from 1 upwards."));
    return NULL;
  }
  if (!add_time (path, "from", self->from, error) || !add_time (path, "to", self->to, error))
    return NULL;
  client = ctl_invocation_connect (invocation, error);
  return client != NULL
             ? ctl_client_list (client, path->str, self->all ? 0 : (guint64) self->limit, error)
             : NULL;
}

GPtrArray *
ctl_selection_fetch (CtlSelection *self, CtlInvocation *invocation, const char *resource,
                     GError **error)
{
  const GOptionEntry entries[] = {
    { "camera", 'c', 0, G_OPTION_ARG_STRING, &self->camera, N_ ("Of this camera alone"),
      N_ ("ID") },
    { "from", 0, 0, G_OPTION_ARG_STRING, &self->from, N_ ("What ends after this time"),
      N_ ("TIME") },
    { "to", 0, 0, G_OPTION_ARG_STRING, &self->to, N_ ("What begins before this time"),
      N_ ("TIME") },
    { "limit", 'n', 0, G_OPTION_ARG_INT, &self->limit, N_ ("At most so many (default: 50)"),
      N_ ("N") },
    { "all", 'a', 0, G_OPTION_ARG_NONE, &self->all, N_ ("All of them"), NULL },
    { "order", 0, 0, G_OPTION_ARG_STRING, &self->order,
      N_ ("asc: oldest first; desc: newest first (default)"), N_ ("ORDER") },
    { NULL },
  };
  g_auto (GStrv) args = ctl_invocation_parse (invocation, entries, 0, 0, error);
  g_autoptr (GString) path = g_string_new (resource);

  if (args == NULL || !check (self, error))
    return NULL;
  ctl_query_add (path, "camera", self->camera);
  ctl_query_add (path, "order", self->order);
  return ctl_selection_ask (self, invocation, path, error);
}

void
ctl_selection_print_more (CtlSelection *self, guint shown)
{
  if (!self->all && shown == (guint) self->limit)
    g_print (_ ("There may be more: --limit N or --all.\n"));
}
