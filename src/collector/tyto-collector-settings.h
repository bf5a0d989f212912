/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-collector-settings.h: from where segments are fetched, and how patiently: what Configure of
 * org.tyto.Collector1 said. */
#pragma once

#include "collector/tyto-web-client.h"
#include "store/s3/tyto-s3-client.h"

G_BEGIN_DECLS

/**
 * TytoCollectorSettings: a reference-counted record that does not change.
 * @client: of the bucket; NULL: there is no object store
 * @url_ca_file: "" for the system's
 * @parallel: segments of one broadcast that are fetched at a time
 * @timeout_s: without a byte; @tries, @retry_s: between them
 * @poll_ms: between two looks at a source
 * @disk_floor: bytes that stay free
 */
typedef struct {
  TytoS3Client *client;
  char *url_ca_file;
  guint64 parallel;
  guint64 timeout_s;
  guint64 tries;
  guint64 retry_s;
  guint64 poll_ms;
  guint64 disk_floor;
} TytoCollectorSettings;

/* @settings: as data/org.tyto.Collector1.xml has them. TYTO_ERROR_INVALID_ARGUMENT */
TytoCollectorSettings *tyto_collector_settings_new (GVariant *settings, GError **error);
TytoCollectorSettings *tyto_collector_settings_ref (TytoCollectorSettings *self);
void tyto_collector_settings_unref (TytoCollectorSettings *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoCollectorSettings, tyto_collector_settings_unref)

G_END_DECLS
