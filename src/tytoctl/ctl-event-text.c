/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tytoctl/ctl-event-text.h"

#include <glib/gi18n.h>

#include "base/tyto-json.h"
#include "base/tyto-time.h"
#include "tytoctl/ctl-broadcast.h"
#include "tytoctl/ctl-when.h"
#include "tytoctl/ctl-words.h"

struct _CtlEventText {
  gboolean segments_only;
  gboolean colour;
  guint id_width;
  GHashTable *states; /* id of a camera or a broadcast → its state */
};

CtlEventText *
ctl_event_text_new (gboolean segments_only, gboolean colour)
{
  CtlEventText *self = g_new0 (CtlEventText, 1);

  self->segments_only = segments_only;
  self->colour = colour;
  self->id_width = 8;
  self->states = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
ctl_event_text_free (CtlEventText *self)
{
  g_hash_table_unref (self->states);
  g_free (self);
}

/* `TIME  CAMERA    ` and @rest, which is consumed. @at: NULL for now. */
static char *
compose (CtlEventText *self, const char *at, const char *camera, CtlColour colour, char *rest)
{
  g_autofree char *now = at == NULL ? tyto_time_format (tyto_time_now ()) : NULL;
  g_autofree char *time = ctl_when_to_local (at != NULL ? at : now);
  g_autofree char *id = ctl_terminal_clean (*camera != '\0' ? camera : "–");
  g_autofree char *text = rest;
  g_autofree char *clean = ctl_terminal_clean (text);
  g_autofree char *painted = NULL;
  guint width = ctl_terminal_text_width (id);

  g_strdelimit (clean, "\n", ' ');
  painted = ctl_terminal_paint (clean, colour, self->colour);
  self->id_width = MAX (self->id_width, width);
  return g_strdup_printf ("%s  %s%*s  %s", time, id, (int) (self->id_width - width), "", painted);
}

static char *
segment_line (CtlEventText *self, GVariant *segment)
{
  g_autofree char *duration = ctl_seconds_text (tyto_dict_double (segment, "duration", 0));
  g_autofree char *frames = ctl_count_text (tyto_dict_uint (segment, "frames", 0));
  g_autofree char *size = ctl_size_text (tyto_dict_uint (segment, "bytes", 0));
  const char *path = tyto_dict_string (segment, "path", "");

  return compose (self, tyto_dict_string (segment, "start", NULL),
                  tyto_dict_string (segment, "camera", ""), CTL_COLOUR_NONE,
                  g_strdup_printf (_ ("%10s %8s frames %10s  %s"), duration, frames, size, path));
}

static char *
state_line (CtlEventText *self, GVariant *camera)
{
  const char *id = tyto_dict_string (camera, "id", "");
  const char *state = tyto_dict_string (camera, "state", "");
  const char *fault = tyto_dict_string (camera, "error", "");
  const char *before = g_hash_table_lookup (self->states, id);

  if (g_strcmp0 (before, state) == 0)
    return NULL;
  g_hash_table_replace (self->states, g_strdup (id), g_strdup (state));
  return compose (
      self, tyto_dict_string (camera, "state_since", NULL), id, ctl_state_colour (state),
      g_strdup_printf ("%s%s%s", ctl_state_word (state), *fault != '\0' ? ": " : "", fault));
}

static char *
gap_line (CtlEventText *self, GVariant *gap, gboolean closed)
{
  const char *reason = ctl_gap_reason_word (tyto_dict_string (gap, "reason", ""));
  const char *detail = tyto_dict_string (gap, "detail", "");
  g_autofree char *duration = ctl_seconds_text (tyto_dict_double (gap, "duration", 0));
  const char *camera = tyto_dict_string (gap, "camera", "");

  if (closed)
    return compose (self, tyto_dict_string (gap, "end", NULL), camera, CTL_COLOUR_YELLOW,
                    g_strdup_printf (_ ("gap of %s closed: %s"), duration, reason));
  return compose (
      self, tyto_dict_string (gap, "start", NULL), camera, CTL_COLOUR_RED,
      g_strdup_printf (_ ("gap opened: %s%s%s"), reason, *detail != '\0' ? ": " : "", detail));
}

static char *
alert_line (CtlEventText *self, GVariant *alert)
{
  gboolean raised = tyto_dict_boolean (alert, "raised", TRUE);
  const char *message = tyto_dict_string (alert, "message", "");

  return compose (self, tyto_dict_string (alert, "at", NULL),
                  tyto_dict_string (alert, "camera", ""),
                  raised ? CTL_COLOUR_RED : CTL_COLOUR_GREEN,
                  g_strdup_printf (raised ? _ ("ALERT %s: %s") : _ ("over: %s: %s"),
                                   tyto_dict_string (alert, "kind", ""), message));
}

/* Its counts change each second: a line is for what becomes of it. */
static char *
broadcast_line (CtlEventText *self, GVariant *broadcast)
{
  const char *id = tyto_dict_string (broadcast, "id", "");
  const char *status = tyto_dict_string (broadcast, "status", "");
  const char *fault = tyto_dict_string (broadcast, "last_error", "");
  g_autofree char *state = ctl_broadcast_state_text (broadcast);
  g_autofree char *duration = ctl_seconds_text (tyto_dict_double (broadcast, "duration", 0));
  g_autofree char *size = ctl_size_text (tyto_dict_uint (broadcast, "bytes", 0));
  g_autofree char *more = NULL;

  if (g_strcmp0 (g_hash_table_lookup (self->states, id), status) == 0)
    return NULL;
  g_hash_table_replace (self->states, g_strdup (id), g_strdup (status));
  if (g_str_equal (status, "completed"))
    more = g_strdup_printf (": %s, %s", duration, size);
  else if (g_str_equal (status, "failed"))
    more = g_strdup_printf (": %s", fault);
  return compose (self, NULL, tyto_dict_string (broadcast, "stream_key", ""),
                  ctl_broadcast_state_colour (broadcast),
                  g_strdup_printf (_ ("broadcast %s%s"), state, more != NULL ? more : ""));
}

static char *
broadcast_removed_line (CtlEventText *self, GVariant *broadcast)
{
  const char *id = tyto_dict_string (broadcast, "id", "");

  g_hash_table_remove (self->states, id);
  return compose (self, NULL, "", CTL_COLOUR_DIM, g_strdup_printf (_ ("broadcast %s deleted"), id));
}

static char *
removed_line (CtlEventText *self, GVariant *camera)
{
  const char *id = tyto_dict_string (camera, "id", "");

  g_hash_table_remove (self->states, id);
  return compose (self, NULL, id, CTL_COLOUR_DIM, g_strdup (_ ("removed")));
}

char *
ctl_event_text_line (CtlEventText *self, const char *type, GVariant *data)
{
  if (g_str_equal (type, "segment-closed"))
    return segment_line (self, data);
  if (self->segments_only)
    return NULL;
  if (g_str_equal (type, "camera-changed") || g_str_equal (type, "camera-added"))
    return state_line (self, data);
  if (g_str_equal (type, "camera-removed"))
    return removed_line (self, data);
  if (g_str_equal (type, "broadcast-removed"))
    return broadcast_removed_line (self, data);
  if (g_str_has_prefix (type, "broadcast-"))
    return broadcast_line (self, data);
  if (g_str_equal (type, "gap-opened"))
    return gap_line (self, data, FALSE);
  if (g_str_equal (type, "gap-closed"))
    return gap_line (self, data, TRUE);
  if (g_str_equal (type, "alert"))
    return alert_line (self, data);
  return NULL;
}
