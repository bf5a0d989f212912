/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-alert-kinds.h: every alert there is, in one table (shown in openapi.yaml and tytod(8)). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TytoAlertKind: one row.
 * @kind: its name
 * @severity: "info", "warning" or "critical": as it is first raised
 * @worst: what it may become while it stands
 * @of_camera: whether it is of one camera; else of the whole service
 * @meaning: when it stands
 */
typedef struct {
  const char *kind;
  const char *severity;
  const char *worst;
  gboolean of_camera;
  const char *meaning;
} TytoAlertKind;

/* The row of @kind, or NULL. Static. */
const TytoAlertKind *tyto_alert_kind_find (const char *kind);

/* All rows, @n of them. Static. */
const TytoAlertKind *tyto_alert_kinds (guint *n);

/* 0 "info", 1 "warning", 2 "critical"; -1 when it is none of them. */
int tyto_alert_severity_rank (const char *severity);

G_END_DECLS
