/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* s3-verbs.h: the calls of TytoS3Client by name, each run to its end. */
#pragma once

#include "store/s3/tyto-s3-client.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* S3Call: @arguments behind the verb; what comes out is written to @answer, which has an object
 * open. */
typedef struct {
  TytoS3Client *client;
  GStrv arguments;
  JsonBuilder *answer;
} S3Call;

/* FALSE with @error: the call's own, or G_OPTION_ERROR for an unknown verb or too few arguments. */
gboolean s3_verbs_run (const char *verb, S3Call *call, GError **error);

G_END_DECLS
