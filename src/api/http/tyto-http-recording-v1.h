/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-http-recording-v1.h: the four endpoints /api/v1/recording/… of the fleet service that Tyto
 * takes the place of, with exactly their fields.
 *
 * A recording begins when a camera is started and ends when it is stopped; its segments and bytes
 * are counted from there (or from tytod's start). status: STARTING, RECORDING, RETRYING, OFFLINE,
 * ERROR, STOPPED.
 */
#pragma once

#include "api/http/tyto-http-router.h"
#include "recorder/tyto-recorder.h"

G_BEGIN_DECLS

#define TYTO_TYPE_HTTP_RECORDING_V1 (tyto_http_recording_v1_get_type ())
G_DECLARE_FINAL_TYPE (TytoHttpRecordingV1, tyto_http_recording_v1, TYTO, HTTP_RECORDING_V1, GObject)

/* Adds its routes to @router, whose requests it must outlive. */
TytoHttpRecordingV1 *tyto_http_recording_v1_new (TytoRecorder *recorder, TytoHttpRouter *router);

G_END_DECLS
