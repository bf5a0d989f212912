/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-s3-node.h: the XML of S3 answers as a small tree (GMarkup: no DTD, no entities but the five,
 * nothing fetched). Depth and number of elements are capped; attributes and namespaces are dropped.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* TytoS3Node: an element. @name: without its prefix; @text: its own characters, "" for none;
 * @children: (element-type TytoS3Node) */
typedef struct {
  char *name;
  GString *text;
  GPtrArray *children;
} TytoS3Node;

/* The root element of @document. G_MARKUP_ERROR when it is no well-formed whole, or larger than an
 * answer of S3 can be. (transfer full) */
TytoS3Node *tyto_s3_node_parse (GBytes *document, GError **error);
void tyto_s3_node_free (TytoS3Node *self);

/* The first child called @name. (nullable) (transfer none) */
const TytoS3Node *tyto_s3_node_child (const TytoS3Node *self, const char *name);
/* Its text, "" when there is none. */
const char *tyto_s3_node_text (const TytoS3Node *self, const char *name);
/* Its text as a number; @fallback when it is none. */
guint64 tyto_s3_node_number (const TytoS3Node *self, const char *name, guint64 fallback);
/* Its text as a time (ISO 8601) in microseconds since 1970; -1 when it is none. */
gint64 tyto_s3_node_time (const TytoS3Node *self, const char *name);
/* Its text without the quotes that ETags have. (transfer full) */
char *tyto_s3_node_etag (const TytoS3Node *self, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoS3Node, tyto_s3_node_free)

G_END_DECLS
