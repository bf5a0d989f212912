/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-http-metrics.h: /metrics for Prometheus: recording_… and camera_… under the names that the
 * services before Tyto used, and tyto_….
 */
#pragma once

#include "api/http/tyto-http-limits.h"
#include "api/http/tyto-http-router.h"
#include "recorder/tyto-recorder.h"

G_BEGIN_DECLS

#define TYTO_TYPE_HTTP_METRICS (tyto_http_metrics_get_type ())
G_DECLARE_FINAL_TYPE (TytoHttpMetrics, tyto_http_metrics, TYTO, HTTP_METRICS, GObject)

/* Adds its route to @router, whose requests it must outlive. */
TytoHttpMetrics *
tyto_http_metrics_new (TytoRecorder *recorder, TytoHttpLimits *limits, TytoHttpRouter *router);

/* To be called when libsoup starts to read @message: counts how it is answered. */
void tyto_http_metrics_follow (TytoHttpMetrics *self, SoupServerMessage *message);

/* The whole text. @status: tyto_recorder_status(). */
char *tyto_http_metrics_write (TytoHttpMetrics *self, GVariant *status);

G_END_DECLS
