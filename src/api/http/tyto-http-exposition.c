/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-exposition.h"

#include <math.h>
#include <string.h>

static void
append_escaped (GString *out, const char *text, const char *special)
{
  for (;;) {
    gsize plain = strcspn (text, special);

    g_string_append_len (out, text, plain);
    text += plain;
    if (*text == '\0')
      return;
    g_string_append_c (out, '\\');
    g_string_append_c (out, *text == '\n' ? 'n' : *text);
    text++;
  }
}

static void
append_label (GString *out, const char *name, const char *value)
{
  g_string_append (out, name);
  g_string_append (out, "=\"");
  append_escaped (out, value, "\\\n\"");
  g_string_append_c (out, '"');
}

static void
append_value (GString *out, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (isnan (value))
    g_string_append (out, " NaN\n");
  else if (isinf (value))
    g_string_append (out, value > 0 ? " +Inf\n" : " -Inf\n");
  else if (value == floor (value) && fabs (value) < 9.0e15)
    g_string_append_printf (out, " %" G_GINT64_FORMAT "\n", (gint64) value);
  else
    g_string_append_printf (out, " %s\n", g_ascii_formatd (buffer, sizeof buffer, "%.15g", value));
}

void
tyto_http_exposition_family (GString *out, const char *name, const char *type, const char *help)
{
  g_string_append_printf (out, "# HELP %s ", name);
  append_escaped (out, help, "\\\n");
  g_string_append_printf (out, "\n# TYPE %s %s\n", name, type);
}

void
tyto_http_exposition_sample (GString *out, const char *name, const char *label,
                             const char *value_of_label, double value)
{
  g_string_append (out, name);
  if (label != NULL) {
    g_string_append_c (out, '{');
    append_label (out, label, value_of_label);
    g_string_append_c (out, '}');
  }
  append_value (out, value);
}

void
tyto_http_exposition_sample_labels (GString *out, const char *name, const TytoHttpLabel *labels,
                                    gsize n, double value)
{
  g_string_append (out, name);
  for (gsize i = 0; i < n; i++) {
    g_string_append_c (out, i == 0 ? '{' : ',');
    append_label (out, labels[i].name, labels[i].value);
  }
  g_string_append (out, n > 0 ? "}" : "");
  append_value (out, value);
}

void
tyto_http_exposition_sample2 (GString *out, const char *name, const char *label1,
                              const char *value1, const char *label2, const char *value2,
                              double value)
{
  const TytoHttpLabel labels[] = { { label1, value1 }, { label2, value2 } };

  tyto_http_exposition_sample_labels (out, name, labels, G_N_ELEMENTS (labels), value);
}
