/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cameradepay-units.h"

/* Caps wait in a unit without a buffer for the one that they are of. */
static void
clear_unit (gpointer data)
{
  Unit *unit = data;

  gst_clear_buffer (&unit->buffer);
  gst_clear_caps (&unit->caps);
}

GArray *
unit_list_new (void)
{
  GArray *units = g_array_new (FALSE, TRUE, sizeof (Unit));

  g_array_set_clear_func (units, clear_unit);
  return units;
}

const Unit *
unit_list_get (GArray *units, guint at)
{
  g_assert_cmpuint (at, <, units->len);
  return &g_array_index (units, Unit, at);
}

void
unit_list_append (GArray *units, GstBuffer *buffer, GstCaps *caps)
{
  Unit unit = { .buffer = gst_buffer_ref (buffer), .caps = gst_caps_ref (caps) };

  g_array_append_val (units, unit);
}

static void
on_caps (gpointer owner, GstCaps *caps)
{
  GArray *units = owner;
  Unit unit = { .caps = gst_caps_ref (caps) };

  g_assert_true (gst_caps_is_fixed (caps));
  g_array_append_val (units, unit);
}

static void
on_unit (gpointer owner, const GstCameraUnit *given)
{
  GArray *units = owner;
  Unit unit = { .buffer = given->buffer,
                .rtp = given->rtp,
                .whole = given->whole,
                .missing = given->missing,
                .picture = given->picture };
  Unit *last;

  g_assert_cmpuint (units->len, >, 0); /* caps come first */
  last = &g_array_index (units, Unit, units->len - 1);
  unit.caps = gst_caps_ref (last->caps);
  if (last->buffer == NULL)
    g_array_remove_index (units, units->len - 1);
  g_array_append_val (units, unit);
}

const GstCameraDepayEvents unit_list_events = { on_caps, on_unit };
