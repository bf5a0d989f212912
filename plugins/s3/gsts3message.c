/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s3/gsts3message.h"

#include "base/tyto-error.h"

static GstResourceError
find_code (TytoError code)
{
  switch (code) {
  case TYTO_ERROR_UNAUTHORIZED:
  case TYTO_ERROR_FORBIDDEN:
    return GST_RESOURCE_ERROR_NOT_AUTHORIZED;
  case TYTO_ERROR_NOT_FOUND:
    return GST_RESOURCE_ERROR_NOT_FOUND;
  case TYTO_ERROR_STORAGE:
    return GST_RESOURCE_ERROR_NO_SPACE_LEFT;
  case TYTO_ERROR_INVALID_ARGUMENT:
    return GST_RESOURCE_ERROR_SETTINGS;
  case TYTO_ERROR_UNAVAILABLE:
  case TYTO_ERROR_TIMED_OUT:
    return GST_RESOURCE_ERROR_BUSY;
  default:
    return GST_RESOURCE_ERROR_FAILED;
  }
}

void
gst_s3_message_error (GstElement *element, const GError *error)
{
  const TytoErrorInfo *info = tyto_error_info (error);

  gst_element_message_full_with_details (
      element, GST_MESSAGE_ERROR, GST_RESOURCE_ERROR, find_code (info->code),
      g_strdup (error->message), NULL, __FILE__, GST_FUNCTION, __LINE__,
      gst_structure_new ("details", "tyto-error", G_TYPE_STRING, info->dbus_name, NULL));
}
