/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-bucket-discovery.h: finds the keys of a bucket below which segments appear.
 *
 * All prefixes are listed again and again; what is below one costs more to find, and is listed when
 * its playlist changed, or it is recent, or a minute has gone.
 *
 * Signals: "found" (const char *stream_key, gint64 newest_us: of its segments, by the store's
 * clock, guint64 age_ms: by the same, gboolean ended: its playlist says so): once for each
 * newest_us; "is-taken" (const char *stream_key) → gboolean: whether nobody wants to know of it.
 */
#pragma once

#include "collector/tyto-collector-settings.h"

G_BEGIN_DECLS

#define TYTO_TYPE_BUCKET_DISCOVERY (tyto_bucket_discovery_get_type ())
G_DECLARE_FINAL_TYPE (TytoBucketDiscovery, tyto_bucket_discovery, TYTO, BUCKET_DISCOVERY, GObject)

TytoBucketDiscovery *tyto_bucket_discovery_new (void);
/* NULL: it rests. What was found is told anew. */
void
tyto_bucket_discovery_set_settings (TytoBucketDiscovery *self, TytoCollectorSettings *settings);

G_END_DECLS
