/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-capture-fault.h"

static const char *
camera_reason (const GError *error, gboolean was_silent)
{
  if (error->domain != GST_RESOURCE_ERROR)
    return error->domain == GST_STREAM_ERROR ? "camera-refused" : "internal";
  switch (error->code) {
  case GST_RESOURCE_ERROR_NOT_AUTHORIZED:
  case GST_RESOURCE_ERROR_NOT_FOUND:
    return "camera-refused";
  case GST_RESOURCE_ERROR_OPEN_READ:
  case GST_RESOURCE_ERROR_OPEN_WRITE:
  case GST_RESOURCE_ERROR_OPEN_READ_WRITE:
  case GST_RESOURCE_ERROR_BUSY:
    return "camera-offline";
  case GST_RESOURCE_ERROR_READ:
  case GST_RESOURCE_ERROR_WRITE:
  case GST_RESOURCE_ERROR_CLOSE:
    return was_silent ? "camera-silent" : "camera-ended";
  default:
    return "internal";
  }
}

const char *
tyto_capture_fault_reason (const GError *error, gboolean from_camera, gboolean was_silent)
{
  if (from_camera)
    return camera_reason (error, was_silent);
  return error->domain == GST_RESOURCE_ERROR ? "disk" : "internal";
}
