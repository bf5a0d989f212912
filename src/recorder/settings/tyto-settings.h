/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-settings.h: the only reader of GSettings. Keeps schema org.tyto.recorder
 * (data/org.tyto.recorder.gschema.xml) on the keyfile backend as GObject properties, overridden by
 * the environment, and the cameras under /org/tyto/recorder/cameras/ID/.
 *
 * Properties follow the file while the process runs ("notify"). Environment variables override for
 * the life of the process: PORT → http-port, OUTPUT_DIR → output-dir, SEGMENT_SECONDS or
 * RECORDING_SEGMENT_DURATION → segment-seconds, RECORDING_FORMAT → format, LOG_LEVEL → log-level,
 * LOG_FORMAT → log-format; those of the archive and the services stand in the schema. A bad value
 * is warned about (what, why, the range) and not used. Of a secret the property is the reference.
 */
#pragma once

#include "recorder/cameras/tyto-camera-config.h"
#include "recorder/webhooks/tyto-webhook-config.h"
#include "store/s3/tyto-s3-config.h"

G_BEGIN_DECLS

#define TYTO_TYPE_SETTINGS (tyto_settings_get_type ())
G_DECLARE_FINAL_TYPE (TytoSettings, tyto_settings, TYTO, SETTINGS, GObject)

/**
 * Properties (name, type, unit, default):
 * "http-address" s 127.0.0.1, "http-port" u 8083 (0 = any free), "token-file" s "" (bearer token;
 * without one only loopback is served), "output-dir" s "" (= STATE/recordings), "segment-seconds" u
 * 900, "format" s mp4, "path-template" s "{camera}/%Y-%m-%d/%H-%M-%S.mp4" (extension follows the
 * format), "fragment-ms" u 500, "engine" s fragments, "ingest" s auto, "sync-ms" u 1500,
 * "queue-mib" u 16, "thumbnail-seconds" u 300 (0 = none), "thumbnail-width" u 640,
 * "thumbnail-height" u 360, "cameras-per-worker" u 32, "connect-stagger-ms" u 5, "camera-timeout"
 * u 10 (s), "latency-ms" u 200, "idle-exit-seconds" u 60 (0 = never), "disk-floor-mib" u 1024 and
 * "disk-floor-percent" u 2 (the larger of both stays free), "disk-warn-percent" u 80,
 * "disk-critical-percent" u 90 (of what users have), "log-level" s info, "log-format" s text,
 * "webhook-ca-file" s "" (certificates that https webhooks are trusted by; the system's); the
 * object store: "s3-endpoint" s "", "s3-bucket" s, "s3-region" s, "s3-access-key", "s3-secret-key"
 * and "s3-session-token" s (references), "s3-addressing" s path, "s3-ca-file" s,
 * "archive-key-template" s, "upload-concurrency" u 4, "upload-part-mib" u 8, "upload-threshold-mib"
 * u 16, "upload-bandwidth-kbit" u 0 (no limit), "upload-timeout" u 60 (s),
 * "local-retention-minutes" u 60; "slow-dir" s, "slow-after-minutes" u 60; "retention-days" u 0
 * (for ever), "retention-plans" a{su}, "retention-owners" a{ss}, "retention-time" s 03:00 (local);
 * the shared database: "catalogue-uri" s, "catalogue-password" s (reference), "recorder-name" s
 * (the host's name); the services: "vms-service-url", "stream-counter-url", "storage-service-url" s
 * "" (none), "stream-quota" u 0 (no limit), "stream-heartbeat-seconds" u 30, "service-token" s
 * (reference); broadcasts: "live-bucket" s live-segments, "broadcast-bucket" s recordings,
 * "stream-service-url", "vod-service-url" s "", "stream-webhook-secret" s (reference),
 * "monitor-interval" u 10 (s), "segment-timeout" u 30 (s), "segment-tries" u 3,
 * "segment-retry-seconds" u 5, "segment-parallel" u 4, "broadcast-poll-ms" u 2000,
 * "broadcast-idle-seconds" u 120 (0 = never), "broadcast-discover-seconds" u 60 (0 = only announced
 * ones), "broadcast-retention-days" u 0 (for ever), "playlist-ca-file" s "" (the system's).
 * Signals: "camera-changed" and "webhook-changed" (const char *id: added, changed or removed in the
 * file by anybody, ourselves included).
 */

/* @file: the keyfile, made 0600 with its directory when missing. @state_dir: where passwords given
 * by the API are kept (secrets/camera-ID, 0600). TYTO_ERROR_STORAGE. */
TytoSettings *tyto_settings_new (const char *file, const char *state_dir, GError **error);

/* Typed getters for C; values after overrides. Strings (transfer none), valid until the property
 * changes. */
const char *tyto_settings_get_string (TytoSettings *self, const char *property);
guint tyto_settings_get_uint (TytoSettings *self, const char *property);

/* "retention-plans" or "retention-owners". (transfer full) */
GVariant *tyto_settings_get_dict (TytoSettings *self, const char *property);
/* FALSE when there is no plan called @plan. @days: 0 = for ever */
gboolean tyto_settings_get_plan_days (TytoSettings *self, const char *plan, guint *days);
/* The plan of @owner, valid for good; NULL when it has none. */
const char *tyto_settings_get_owner_plan (TytoSettings *self, const char *owner);
/* What "s3-access-key", "s3-secret-key", "s3-session-token", "catalogue-password", "service-token"
 * or "stream-webhook-secret" refers to, read now; "" for none. (transfer full). NOT_FOUND naming
 * the reference, INVALID_ARGUMENT: the secret itself stands in the file. */
char *tyto_settings_get_secret (TytoSettings *self, const char *property, GError **error);

/* The object store of recordings as it is set now, references resolved; NULL without @error when
 * there is none (no s3-endpoint or s3-bucket). NOT_FOUND, INVALID_ARGUMENT: it cannot be used as it
 * is set. (transfer full) */
TytoS3Config *tyto_settings_get_s3_config (TytoSettings *self, GError **error);

/* The same for the bucket that @property, "live-bucket" or "broadcast-bucket", names; NULL without
 * @error when that is empty, too. "s3-bucket" need not be set. (transfer full) */
TytoS3Config *
tyto_settings_get_bucket_config (TytoSettings *self, const char *property, GError **error);

/* @state_dir. (transfer none) */
const char *tyto_settings_get_state_dir (TytoSettings *self);

/* The cameras configured: (element-type TytoCameraConfig) (transfer full), sorted by id. */
GPtrArray *tyto_settings_list_cameras (TytoSettings *self);
/* (transfer full) (nullable) */
TytoCameraConfig *tyto_settings_get_camera (TytoSettings *self, const char *id);
/* Writes a camera, new or changed: settings to the keyfile, a password that is no ${NAME} reference
 * to the secrets directory. */
gboolean
tyto_settings_set_camera (TytoSettings *self, const TytoCameraConfig *config, GError **error);
gboolean tyto_settings_remove_camera (TytoSettings *self, const char *id, GError **error);

/* A copy of @config in which segment_seconds, format and path_template are what holds: the
 * service's setting where the camera has none; a template without an extension gets the format's.
 * (transfer full) */
TytoCameraConfig *tyto_settings_resolve (TytoSettings *self, const TytoCameraConfig *config);

/* The camera's password with its ${NAME} reference resolved ($CREDENTIALS_DIRECTORY/NAME, then the
 * environment); "" for none. (transfer full). NOT_FOUND naming the reference. */
char *tyto_settings_get_camera_password (TytoSettings *self, const TytoCameraConfig *config,
                                         GError **error);

/* The webhooks configured (element-type TytoWebhookConfig) (transfer full), one of them (transfer
 * full) (nullable), and their changes, as with the cameras; a secret that is no ${NAME} reference
 * goes to the secrets directory. */
GPtrArray *tyto_settings_list_webhooks (TytoSettings *self);
TytoWebhookConfig *tyto_settings_get_webhook (TytoSettings *self, const char *id);
gboolean
tyto_settings_set_webhook (TytoSettings *self, const TytoWebhookConfig *config, GError **error);
gboolean tyto_settings_remove_webhook (TytoSettings *self, const char *id, GError **error);
/* The secrets that sign now, at least one, references resolved. (transfer full). NOT_FOUND,
 * INVALID_ARGUMENT, WRONG_STATE: there is none. */
char **tyto_settings_get_webhook_secrets (TytoSettings *self, const TytoWebhookConfig *config,
                                          GError **error);

/* A bearer token read from "token-file" ("${NAME}" reference allowed), or NULL when none is set.
 * (transfer full) */
char *tyto_settings_get_token (TytoSettings *self, GError **error);

/* Done when what was written before survives a power cut: file and directory, secrets included, are
 * on the disk. STORAGE. */
void tyto_settings_flush_async (TytoSettings *self, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_settings_flush_finish (TytoSettings *self, GAsyncResult *result, GError **error);

/* Reads @file as it is and lists what is wrong in it, a sentence each (element-type utf8) (transfer
 * full); empty when all is well. */
GPtrArray *tyto_settings_check (const char *file);

G_END_DECLS
