/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-url-source.h: segments from the URL of a playlist (RFC 8216): of a multivariant one, its
 * best variant, and the rendition with its sound where that is one of its own. */
#pragma once

#include "collector/tyto-segment-source.h"
#include "collector/tyto-web-client.h"

G_BEGIN_DECLS

#define TYTO_TYPE_URL_SOURCE (tyto_url_source_get_type ())
G_DECLARE_FINAL_TYPE (TytoUrlSource, tyto_url_source, TYTO, URL_SOURCE, GObject)

TytoSegmentSource *tyto_url_source_new (TytoWebClient *client, const char *url);

G_END_DECLS
