/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-settings-private.h: what the files of #TytoSettings share. */
#pragma once

#include "recorder/tyto-settings.h"

G_BEGIN_DECLS

#define TYTO_SETTINGS_SCHEMA "org.tyto.recorder"
#define TYTO_CAMERA_SCHEMA   "org.tyto.recorder.camera"
#define TYTO_SETTINGS_PATH   "/org/tyto/recorder/"
#define TYTO_SETTINGS_GROUP  "tyto"
#define TYTO_CAMERA_GROUP    "cameras/" /* [cameras/ID] */

struct _TytoSettings {
  GObject parent_instance;
  char *file;
  char *secrets_dir;
  char *default_output_dir;
  GSettingsBackend *backend;
  GSettingsSchema *schema;
  GSettingsSchema *camera_schema;
  GSettings *service;
  GFileMonitor *monitor;
  GHashTable *overrides; /* (element-type utf8 GVariant): from the environment */
  GHashTable
      *cameras; /* (element-type utf8 TytoCameraConfig): as last read; the key is the config's id */
};

/* Reads the cameras anew and emits "camera-changed" for each that differs from what was known. */
void tyto_settings_sync_cameras (TytoSettings *self);

/* What `${NAME}` stands for: $CREDENTIALS_DIRECTORY/NAME, then the environment variable.
 * TYTO_ERROR_NOT_FOUND. (transfer full) */
char *tyto_settings_read_reference (const char *reference, GError **error);

G_END_DECLS
