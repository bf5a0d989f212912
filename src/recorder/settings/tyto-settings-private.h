/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-settings-private.h: what the files of #TytoSettings share. */
#pragma once

#include "recorder/settings/tyto-settings.h"

G_BEGIN_DECLS

#define TYTO_SETTINGS_SCHEMA "org.tyto.recorder"
#define TYTO_CAMERA_SCHEMA   "org.tyto.recorder.camera"
#define TYTO_WEBHOOK_SCHEMA  "org.tyto.recorder.webhook"
#define TYTO_SETTINGS_PATH   "/org/tyto/recorder/"
#define TYTO_SETTINGS_GROUP  "tyto"
#define TYTO_CAMERA_GROUP    "cameras/"  /* [cameras/ID] */
#define TYTO_WEBHOOK_GROUP   "webhooks/" /* [webhooks/ID] */

struct _TytoSettings {
  GObject parent_instance;
  char *file;
  char *state_dir;
  char *secrets_dir;
  char *default_output_dir;
  GSettingsBackend *backend;
  GSettingsSchema *schema;
  GSettingsSchema *camera_schema;
  GSettingsSchema *webhook_schema;
  GSettings *service;
  GFileMonitor *monitor;
  GHashTable *overrides; /* (element-type utf8 GVariant): from the environment */
  GHashTable
      *cameras; /* (element-type utf8 TytoCameraConfig): as last read; the key is the config's id */
  GHashTable *webhooks; /* (element-type utf8 TytoWebhookConfig): likewise */
};

/* Reads the cameras anew and emits "camera-changed" for each that differs from what was known. */
void tyto_settings_sync_cameras (TytoSettings *self);
/* Likewise the webhooks, and "webhook-changed". */
void tyto_settings_sync_webhooks (TytoSettings *self);

/* Key @name of @group; the default where it is absent, or wrong (said in the log). Read from the
 * file itself, since the backend hears of an edit at a time of its own. (transfer full) */
GVariant *tyto_settings_read_key (TytoSettings *self, GSettingsSchema *schema, GKeyFile *file,
                                  const char *group, const char *name);

/* The secret of the camera or webhook (@kind) called @id. (transfer full) (nullable) */
char *tyto_settings_read_secret (TytoSettings *self, const char *kind, const char *id);
/* Keeps it; "" and a reference, which stands in the keyfile, remove what was kept. */
gboolean tyto_settings_write_secret (TytoSettings *self, const char *kind, const char *id,
                                     const char *secret, GError **error);

/* Whether @text is `${NAME}`. */
gboolean tyto_settings_is_reference (const char *text);
/* What `${NAME}` stands for: $CREDENTIALS_DIRECTORY/NAME, then the environment variable.
 * TYTO_ERROR_NOT_FOUND. (transfer full) */
char *tyto_settings_read_reference (const char *reference, GError **error);

G_END_DECLS
