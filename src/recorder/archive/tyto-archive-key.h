/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-archive-key.h: the key of a recording or thumbnail in the bucket, from a template.
 *
 * A template has the words {camera}, {stream}, {run}, {sequence}, {format}, {seconds} and {minutes}
 * (the recording's length, rounded) and conversions of strftime(3), as far as
 * g_date_time_format() has them, of its start in UTC. Examples:
 * `camera-{camera}/%Y-%m-%d/%H-%M-%S_{minutes}min.mp4`, `{camera}/{stream}/%s.{format}`.
 *
 * Of a thumbnail {run} and {sequence} are "thumbnail", {seconds} and {minutes} 0, {format} is jpg,
 * and an extension of a video at the template's end becomes .jpg.
 */
#pragma once

#include "store/tyto-upload.h"

G_BEGIN_DECLS

#define TYTO_ARCHIVE_KEY_MAX 1024 /* bytes: Amazon S3, "Creating object key names" */

/* Whether keys can be made by @template: words and conversions that exist, within 1024 bytes
 * whatever is put in, no "/" at either end, no empty, "." or ".." part, no control characters.
 * TYTO_ERROR_INVALID_ARGUMENT. */
gboolean tyto_archive_key_check (const char *template, GError **error);

/* Whether no two recordings can get the same key by it. */
gboolean tyto_archive_key_is_unique (const char *template);

/* @template: checked. (transfer full) */
char *tyto_archive_key_make (const char *template, const TytoUpload *upload);

/* @key with what tells @upload from all others before its extension: its run and sequence, or the
 * time in µs of a thumbnail. (transfer full) */
char *tyto_archive_key_make_unique (const char *key, const TytoUpload *upload);

/* What all keys of @camera begin with: the text before the first other word or conversion, up to
 * the last "/"; may be "". (transfer full) */
char *tyto_archive_key_prefix (const char *template, const char *camera);

G_END_DECLS
