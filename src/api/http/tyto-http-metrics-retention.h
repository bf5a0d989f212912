/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-metrics-retention.h: what is kept, and what was deleted. */
#pragma once

#include "recorder/retention/tyto-retention.h"

G_BEGIN_DECLS

void tyto_http_metrics_retention_write (GString *out, TytoRetention *retention);

G_END_DECLS
