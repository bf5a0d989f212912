/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tytoctl/ctl-strip.h"

#include "base/tyto-json.h"
#include "base/tyto-time.h"

/* µs of each state in one part of the time. */
typedef struct {
  gint64 recorded_us;
  gint64 gap_us;
  gint64 unaccounted_us;
} Cell;

/* Less than this part of a cell is not shown: it would be red all over for a single frame. */
#define VISIBLE_PART 1000

static void
add (Cell *cell, const char *state, gint64 length_us)
{
  if (g_str_equal (state, "recorded"))
    cell->recorded_us += length_us;
  else if (g_str_equal (state, "gap"))
    cell->gap_us += length_us;
  else if (g_str_equal (state, "unaccounted"))
    cell->unaccounted_us += length_us;
}

/* Where cell @i of @width begins. */
static gint64
edge (gint64 from_us, gint64 to_us, guint width, guint i)
{
  return from_us + (to_us - from_us) / width * i + (to_us - from_us) % width * i / width;
}

static void
spread (Cell *cells, guint width, gint64 from_us, gint64 to_us, GVariant *item)
{
  const char *state = tyto_dict_string (item, "state", "");
  gint64 start_us, end_us;

  if (!tyto_time_parse (tyto_dict_string (item, "start", ""), &start_us, NULL)
      || !tyto_time_parse (tyto_dict_string (item, "end", ""), &end_us, NULL))
    return;
  for (guint i = 0; i < width; i++) {
    gint64 left_us = MAX (start_us, edge (from_us, to_us, width, i));
    gint64 right_us = MIN (end_us, edge (from_us, to_us, width, i + 1));

    if (right_us > left_us)
      add (&cells[i], state, right_us - left_us);
  }
}

static const char *
choose (const Cell *cell, gint64 length_us, CtlColour *colour)
{
  gint64 threshold_us = length_us / VISIBLE_PART;

  if (cell->unaccounted_us > threshold_us) {
    *colour = CTL_COLOUR_RED;
    return "?";
  }
  if (cell->gap_us > threshold_us) {
    *colour = cell->recorded_us > 0 ? CTL_COLOUR_YELLOW : CTL_COLOUR_RED;
    return cell->recorded_us > 0 ? "▒" : "░";
  }
  *colour = cell->recorded_us > 0 ? CTL_COLOUR_GREEN : CTL_COLOUR_DIM;
  return cell->recorded_us > 0 ? "█" : "·";
}

char *
ctl_strip_render (GVariant *items, gint64 from_us, gint64 to_us, guint width, gboolean colour)
{
  g_autofree Cell *cells = g_new0 (Cell, MAX (width, 1));
  GString *text = g_string_new (NULL);

  for (gsize i = 0; to_us > from_us && i < g_variant_n_children (items); i++) {
    g_autoptr (GVariant) item = g_variant_get_child_value (items, i);

    spread (cells, width, from_us, to_us, item);
  }
  for (guint i = 0; i < width; i++) {
    CtlColour paint;
    const char *sign = choose (&cells[i], (to_us - from_us) / width, &paint);
    g_autofree char *painted = ctl_terminal_paint (sign, paint, colour);

    g_string_append (text, painted);
  }
  return g_string_free (text, FALSE);
}
