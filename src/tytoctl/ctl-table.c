/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tytoctl/ctl-table.h"

#include <string.h>

#define SEPARATOR          2  /* spaces between columns */
#define NARROWEST          8  /* a column is never cut below this */
#define NARROWEST_OPTIONAL 16 /* below this an optional column is left out */
#define NOTE_INDENT        4  /* spaces before a note */

typedef struct {
  char *title;
  CtlColumnFlags flags;
  guint width;
  gboolean hidden;
} Column;

typedef struct {
  char *text;
  CtlColour colour;
} Cell;

typedef struct {
  GArray *cells; /* Cell */
  GArray *notes; /* Cell */
  gboolean rule;
} Row;

struct _CtlTable {
  GArray *columns; /* Column */
  GPtrArray *rows; /* Row */
};

static void
column_clear (gpointer data)
{
  Column *column = data;

  g_free (column->title);
}

static void
cell_clear (gpointer data)
{
  Cell *cell = data;

  g_free (cell->text);
}

static GArray *
cells_new (void)
{
  GArray *cells = g_array_new (FALSE, TRUE, sizeof (Cell));

  g_array_set_clear_func (cells, cell_clear);
  return cells;
}

static void
row_free (gpointer data)
{
  Row *row = data;

  g_array_unref (row->cells);
  g_array_unref (row->notes);
  g_free (row);
}

CtlTable *
ctl_table_new (void)
{
  CtlTable *self = g_new0 (CtlTable, 1);

  self->columns = g_array_new (FALSE, TRUE, sizeof (Column));
  g_array_set_clear_func (self->columns, column_clear);
  self->rows = g_ptr_array_new_with_free_func (row_free);
  return self;
}

void
ctl_table_free (CtlTable *self)
{
  g_array_unref (self->columns);
  g_ptr_array_unref (self->rows);
  g_free (self);
}

void
ctl_table_add_column (CtlTable *self, const char *title, CtlColumnFlags flags)
{
  Column column = { .title = g_strdup (title), .flags = flags };

  g_array_append_val (self->columns, column);
}

void
ctl_table_begin_row (CtlTable *self)
{
  Row *row = g_new0 (Row, 1);

  row->cells = cells_new ();
  row->notes = cells_new ();
  g_ptr_array_add (self->rows, row);
}

static Row *
present_row (CtlTable *self)
{
  g_return_val_if_fail (self->rows->len > 0, NULL);
  return self->rows->pdata[self->rows->len - 1];
}

void
ctl_table_add_cell (CtlTable *self, CtlColour colour, const char *text)
{
  Row *row = present_row (self);
  Cell cell = { .text = ctl_terminal_clean (text), .colour = colour };

  g_strdelimit (cell.text, "\n", ' ');
  g_array_append_val (row->cells, cell);
}

void
ctl_table_add_cell_printf (CtlTable *self, CtlColour colour, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  ctl_table_add_cell (self, colour, text);
}

void
ctl_table_add_note (CtlTable *self, CtlColour colour, const char *text)
{
  Row *row = present_row (self);
  Cell note = { .text = ctl_terminal_clean (text), .colour = colour };

  g_array_append_val (row->notes, note);
}

void
ctl_table_add_rule (CtlTable *self)
{
  present_row (self)->rule = TRUE;
}

static Column *
column_at (CtlTable *self, guint i)
{
  return &g_array_index (self->columns, Column, i);
}

static void
measure (CtlTable *self)
{
  for (guint i = 0; i < self->columns->len; i++) {
    Column *column = column_at (self, i);

    column->width = ctl_terminal_text_width (column->title);
    for (guint r = 0; r < self->rows->len; r++) {
      Row *row = self->rows->pdata[r];

      if (i < row->cells->len)
        column->width = MAX (column->width,
                             ctl_terminal_text_width (g_array_index (row->cells, Cell, i).text));
    }
  }
}

static guint
total_width (CtlTable *self)
{
  guint total = 0;

  for (guint i = 0; i < self->columns->len; i++)
    if (!column_at (self, i)->hidden)
      total += column_at (self, i)->width + (total > 0 ? SEPARATOR : 0);
  return total;
}

/* The widest column that may still be cut; with @optional, of those that may be left out. */
static Column *
widest_to_cut (CtlTable *self, gboolean optional)
{
  guint narrowest = optional ? NARROWEST_OPTIONAL : NARROWEST;
  Column *widest = NULL;

  for (guint i = 0; i < self->columns->len; i++) {
    Column *column = column_at (self, i);

    if (!column->hidden && (column->flags & (CTL_COLUMN_CUT_END | CTL_COLUMN_CUT_START))
        && (!optional || (column->flags & CTL_COLUMN_OPTIONAL)) && column->width > narrowest
        && (widest == NULL || column->width > widest->width))
      widest = column;
  }
  return widest;
}

static Column *
last_optional (CtlTable *self)
{
  for (guint i = self->columns->len; i > 0; i--) {
    Column *column = column_at (self, i - 1);

    if (!column->hidden && (column->flags & CTL_COLUMN_OPTIONAL))
      return column;
  }
  return NULL;
}

/* Makes all fit in @width, a column at a time: what is optional is cut, then left out; only then is
 * the rest cut. */
static void
fit (CtlTable *self, guint width)
{
  while (total_width (self) > width) {
    Column *column = widest_to_cut (self, TRUE);

    if (column == NULL && (column = last_optional (self)) != NULL) {
      column->hidden = TRUE;
      measure (self);
      continue;
    }
    if (column == NULL)
      column = widest_to_cut (self, FALSE);
    if (column == NULL)
      return;
    column->width--;
  }
}

static guint
char_width (gunichar c)
{
  return g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
}

/* @text in at most @width columns, with an ellipsis for what is missing. */
static char *
cut (const char *text, guint width, gboolean at_start)
{
  guint room = MAX (width, 1) - 1; /* beside the ellipsis */
  const char *at = at_start ? text + strlen (text) : text;

  if (ctl_terminal_text_width (text) <= width)
    return g_strdup (text);
  while (at_start ? at > text : *at != '\0') {
    const char *next = at_start ? g_utf8_prev_char (at) : g_utf8_next_char (at);
    guint columns = char_width (g_utf8_get_char (at_start ? next : at));

    if (columns > room)
      break;
    room -= columns;
    at = next;
  }
  if (at_start)
    return g_strconcat ("…", at, NULL);
  return g_strdup_printf ("%.*s…", (int) (at - text), text);
}

static void
append_spaces (GString *out, guint count)
{
  for (guint i = 0; i < count; i++)
    g_string_append_c (out, ' ');
}

/* Adds one cell; spaces to its right are owed in @pending and paid by the next cell, so that no
 * line ends with spaces. */
static void
append_cell (GString *out, const Column *column, const Cell *cell, guint *pending, gboolean colour)
{
  g_autofree char *text = cut (cell->text, column->width, column->flags & CTL_COLUMN_CUT_START);
  g_autofree char *painted = ctl_terminal_paint (text, cell->colour, colour);
  guint pad = column->width - MIN (column->width, ctl_terminal_text_width (text));

  if (*text == '\0') {
    *pending += column->width + SEPARATOR;
    return;
  }
  append_spaces (out, *pending + ((column->flags & CTL_COLUMN_RIGHT) ? pad : 0));
  g_string_append (out, painted);
  *pending = SEPARATOR + ((column->flags & CTL_COLUMN_RIGHT) ? 0 : pad);
}

static void
append_heading (CtlTable *self, GString *out, gboolean colour)
{
  guint pending = 0;
  gsize before = out->len;

  for (guint i = 0; i < self->columns->len; i++) {
    const Column *column = column_at (self, i);
    Cell cell = { .text = column->title, .colour = CTL_COLOUR_BOLD };

    if (!column->hidden)
      append_cell (out, column, &cell, &pending, colour);
  }
  if (out->len > before)
    g_string_append_c (out, '\n');
}

/* Adds @text in lines of at most @width columns (0: any), broken between words. */
static void
append_wrapped (GString *out, const char *text, CtlColour colour, guint width, gboolean paint)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  g_autoptr (GString) line = g_string_new (words[0]);

  for (guint i = 1; words[0] != NULL && words[i - 1] != NULL; i++) {
    guint needed = words[i] != NULL ? ctl_terminal_text_width (words[i]) + 1 : 0;

    if (words[i] == NULL
        || (width > 0 && NOTE_INDENT + ctl_terminal_text_width (line->str) + needed > width)) {
      g_autofree char *painted = ctl_terminal_paint (line->str, colour, paint);

      append_spaces (out, NOTE_INDENT);
      g_string_append_printf (out, "%s\n", painted);
      g_string_assign (line, words[i] != NULL ? words[i] : "");
    } else {
      g_string_append_printf (line, " %s", words[i]);
    }
  }
}

static void
append_notes (const Row *row, GString *out, guint width, gboolean colour)
{
  for (guint n = 0; n < row->notes->len; n++) {
    const Cell *note = &g_array_index (row->notes, Cell, n);
    g_auto (GStrv) lines = g_strsplit (note->text, "\n", -1);

    for (guint l = 0; lines[l] != NULL; l++)
      append_wrapped (out, lines[l], note->colour, width, colour);
  }
}

static void
append_row (CtlTable *self, const Row *row, GString *out, guint width, gboolean colour)
{
  guint pending = 0;

  for (guint i = 0; i < self->columns->len && i < row->cells->len; i++)
    if (!column_at (self, i)->hidden)
      append_cell (out, column_at (self, i), &g_array_index (row->cells, Cell, i), &pending,
                   colour);
  g_string_append_c (out, '\n');
  append_notes (row, out, width, colour);
  if (row->rule) {
    guint rule = total_width (self);

    for (guint i = 0; i < rule; i++)
      g_string_append (out, "─");
    g_string_append_c (out, '\n');
  }
}

char *
ctl_table_render (CtlTable *self, guint width, gboolean colour)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < self->columns->len; i++)
    column_at (self, i)->hidden = FALSE;
  measure (self);
  if (width > 0)
    fit (self, width);
  append_heading (self, out, colour);
  for (guint r = 0; r < self->rows->len; r++)
    append_row (self, self->rows->pdata[r], out, width, colour);
  return g_string_free (out, FALSE);
}

void
ctl_table_print (CtlTable *self)
{
  g_autofree char *text
      = ctl_table_render (self, ctl_terminal_width (), ctl_terminal_has_colour ());

  g_print ("%s", text);
}
