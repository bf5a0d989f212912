/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctl-table.h: a table for people: aligned by what the terminal shows, not by bytes. */
#pragma once

#include "tytoctl/ctl-terminal.h"

G_BEGIN_DECLS

/* How a column behaves. CUT_*: may be cut with an ellipsis when the terminal is narrow, at its end
 * or (paths) at its start; OPTIONAL: cut first, and left out, the last one first, before others are
 * cut. */
typedef enum {
  CTL_COLUMN_PLAIN = 0,
  CTL_COLUMN_RIGHT = 1 << 0,
  CTL_COLUMN_CUT_END = 1 << 1,
  CTL_COLUMN_CUT_START = 1 << 2,
  CTL_COLUMN_OPTIONAL = 1 << 3,
} CtlColumnFlags;

typedef struct _CtlTable CtlTable;

CtlTable *ctl_table_new (void);
void ctl_table_free (CtlTable *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CtlTable, ctl_table_free)

/* Columns come before rows. @title: "" in all columns makes a table without a heading. */
void ctl_table_add_column (CtlTable *self, const char *title, CtlColumnFlags flags);

/* Begins a row; its cells follow by ctl_table_add_cell(), cells not given are empty. */
void ctl_table_begin_row (CtlTable *self);
/* Control characters in @text are made visible. */
void ctl_table_add_cell (CtlTable *self, CtlColour colour, const char *text);
void ctl_table_add_cell_printf (CtlTable *self, CtlColour colour, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/* Lines of its own below the present row, indented; wrapped between words, never cut. */
void ctl_table_add_note (CtlTable *self, CtlColour colour, const char *text);
/* A rule below the present row: what follows are sums. */
void ctl_table_add_rule (CtlTable *self);

/* The table as text. @width: columns it may take, 0 for as many as it likes. (transfer full) */
char *ctl_table_render (CtlTable *self, guint width, gboolean colour);

/* Renders for standard output, whatever that is, and writes it there. */
void ctl_table_print (CtlTable *self);

G_END_DECLS
