/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-http-events.h: /api/v1/events: what happens, as it happens (Server-Sent Events):
 * camera-added, camera-changed, camera-removed, segment-opened, segment-closed, segment-archived,
 * gap-opened, gap-closed, thumbnail-taken, alert, broadcast-added, broadcast-changed,
 * broadcast-completed, broadcast-failed, broadcast-removed; a comment every 15 s.
 */
#pragma once

#include "api/http/tyto-http-router.h"
#include "recorder/tyto-recorder.h"

G_BEGIN_DECLS

#define TYTO_TYPE_HTTP_EVENTS (tyto_http_events_get_type ())
G_DECLARE_FINAL_TYPE (TytoHttpEvents, tyto_http_events, TYTO, HTTP_EVENTS, GObject)

/* Signal "active": somebody is listening; with every heart-beat. */

/* Adds its route to @router, whose requests it must outlive. */
TytoHttpEvents *tyto_http_events_new (TytoRecorder *recorder, TytoHttpRouter *router);

/* Ends all streams. */
void tyto_http_events_stop (TytoHttpEvents *self);

G_END_DECLS
