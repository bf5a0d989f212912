/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-exposition.h: writes metrics in Prometheus' text format 0.0.4. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TYTO_HTTP_EXPOSITION_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Begins the family @name; @type: "counter", "gauge" or "summary"; @help: one sentence. */
void
tyto_http_exposition_family (GString *out, const char *name, const char *type, const char *help);

/* A sample of @name (with a summary's _sum or _count); @label NULL for none. Whole numbers are
 * written without a fraction. */
void tyto_http_exposition_sample (GString *out, const char *name, const char *label,
                                  const char *value_of_label, double value);

/* TytoHttpLabel: a label and its value. */
typedef struct {
  const char *name;
  const char *value;
} TytoHttpLabel;

/* With any number of labels. */
void tyto_http_exposition_sample_labels (GString *out, const char *name,
                                         const TytoHttpLabel *labels, gsize n, double value);

/* With two labels. */
void tyto_http_exposition_sample2 (GString *out, const char *name, const char *label1,
                                   const char *value1, const char *label2, const char *value2,
                                   double value);

G_END_DECLS
