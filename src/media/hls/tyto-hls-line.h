/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-hls-line.h: reads a line of a journal: a flat JSON object (RFC 8259) of strings, whole
 * numbers and booleans. It is read for itself, since a broadcast of a day has 200,000 of them.
 * Inside src/media/hls only. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  TYTO_HLS_LINE_STRING,
  TYTO_HLS_LINE_NUMBER,
  TYTO_HLS_LINE_BOOLEAN,
  TYTO_HLS_LINE_NULL,
} TytoHlsLineType;

/**
 * TytoHlsLine:
 * @name, @type: of the member taken last
 * @string, @number (whole, 64 bits), @boolean: its value; strings are UTF-8 without NUL
 * @wrong: the line is something else
 */
typedef struct {
  GString *name;
  TytoHlsLineType type;
  GString *string;
  gint64 number;
  gboolean boolean;
  gboolean wrong;

  const char *at;
  const char *end;
  gboolean any;
} TytoHlsLine;

void tyto_hls_line_init (TytoHlsLine *self);
void tyto_hls_line_clear (TytoHlsLine *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TytoHlsLine, tyto_hls_line_clear)

/* Begins with @text, which outlives it. */
void tyto_hls_line_begin (TytoHlsLine *self, const char *text, gsize size);

/* Takes the next member. FALSE: there is none, or the line is @wrong. */
gboolean tyto_hls_line_next (TytoHlsLine *self);

G_END_DECLS
