/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-camera-config.h: what a person says about one camera. */
#pragma once

#include "base/tyto-members.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_CAMERA_CONFIG (tyto_camera_config_get_type ())

/**
 * TytoCameraConfig: a reference-counted record; not changed once shared (copy it to change it).
 * @id: `[A-Za-z0-9_-]{1,64}`
 * @name: for people; the id when none was given
 * @url: main stream, rtsp:// or rtsps://, never with credentials in it
 * @sub_url: sub-stream, "" for none
 * @user: user name, "" for none
 * @password: the password itself or a reference `${NAME}` to a systemd credential or environment
 * variable; never shown; "" for none
 * @transport: "tcp", "udp" or "auto"
 * @enabled: whether it shall be recorded
 * @audio: record sound too
 * @segment_seconds: 1–86400; 0 = the service's setting
 * @format: "mp4", "ts", "mkv"; "" = the service's setting
 * @path_template: "" = the service's setting
 * @owner: whose camera it is, "" for nobody's
 * @plan: its retention plan; "" = its owner's
 * @retention_days: days that its recordings are kept; 0 = for ever; -1 = as its plan says
 * @retention_mib: MiB of recordings that are kept at most; 0 = no limit
 */
typedef struct {
  char *id;
  char *name;
  char *url;
  char *sub_url;
  char *user;
  char *password;
  char *transport;
  gboolean enabled;
  gboolean audio;
  guint segment_seconds;
  char *format;
  char *path_template;
  char *owner;
  char *plan;
  int retention_days;
  guint retention_mib;
} TytoCameraConfig;

GType tyto_camera_config_get_type (void);
TytoCameraConfig *tyto_camera_config_new (const char *id);
TytoCameraConfig *tyto_camera_config_copy (const TytoCameraConfig *self);
TytoCameraConfig *tyto_camera_config_ref (TytoCameraConfig *self);
void tyto_camera_config_unref (TytoCameraConfig *self);
gboolean tyto_camera_config_equal (const TytoCameraConfig *a, const TytoCameraConfig *b);

/**
 * Changes @self by the members of @dict (a{sv}: name, url, sub_url, user, password, transport,
 * enabled, audio, segment_seconds, format, path_template, owner, plan, retention_days,
 * retention_mib; others are refused). Credentials inside a URL move to user and password. FALSE and
 * TYTO_ERROR_INVALID_ARGUMENT naming the member when one is wrong; @self is then unusable.
 */
gboolean tyto_camera_config_apply (TytoCameraConfig *self, GVariant *dict, GError **error);

/* All members but the password (has_password b instead), as the API shows them. */
void tyto_camera_config_describe (const TytoCameraConfig *self, TytoMembers *members);
/* The same as a{sv}, floating. */
GVariant *tyto_camera_config_to_variant (const TytoCameraConfig *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoCameraConfig, tyto_camera_config_unref)

G_END_DECLS
