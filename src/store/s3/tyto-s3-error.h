/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-s3-error.h: what a refusal of an S3 server means ("Error responses" of the S3 API). */
#pragma once

#include "store/s3/tyto-s3-config.h"
#include "store/s3/tyto-s3-node.h"

G_BEGIN_DECLS

/**
 * TytoS3Refusal: an answer that is an error.
 * @status: HTTP's
 * @code, @message: of the <Error>; "" where the body told none (HEAD has no body)
 * @region: that the server wants, "" when it told none
 */
typedef struct {
  guint status;
  char *code;
  char *message;
  char *region;
} TytoS3Refusal;

/* What stands in @body, as far as it is an S3 error; else the status alone. (transfer full) */
TytoS3Refusal *tyto_s3_refusal_new (guint status, GBytes *body);
/* The same for an <Error> element (nullable). (transfer full) */
TytoS3Refusal *tyto_s3_refusal_new_for_node (guint status, const TytoS3Node *node);
void tyto_s3_refusal_free (TytoS3Refusal *self);

gboolean tyto_s3_refusal_has_code (const TytoS3Refusal *self, const char *code);

/* The server was overloaded, failed, or got something else than was sent: the same request may
 * succeed when it is made again. */
gboolean tyto_s3_refusal_passes (const TytoS3Refusal *self);

/* Sets @error: what and why, with S3's code and message (without anything of @config's keys), and
 * what to do next. @what: "the object x", "the bucket y" */
void tyto_s3_refusal_set_error (const TytoS3Refusal *self, const TytoS3Config *config,
                                const char *what, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoS3Refusal, tyto_s3_refusal_free)

G_END_DECLS
