/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-bucket-view.h: what the objects of a broadcast say, with a playlist or without.
 *
 * Objects that no playlist names are segments, too, when they are called as its others are: they
 * stand in the order of their names, numbers by value. Without a playlist all that are called as
 * segments are, in the folder that holds most of them.
 */
#pragma once

#include "collector/tyto-source-view.h"

G_BEGIN_DECLS

/* @objects: key → TytoS3Object, of this broadcast alone; @prefix: of their keys, not in names */

/* Puts into @view, of a playlist, what @objects tell of its entries, and those that it does not
 * name. */
void tyto_bucket_view_complete (TytoSourceView *view, GHashTable *objects, const char *prefix);

/* A view without a playlist. @held: name → when it was seen first (gint64, µs): what stands behind
 * a number that is not there yet is held back for 10 s, up to @now_us; NULL: nothing is. (transfer
 * full) */
TytoSourceView *
tyto_bucket_view_new (GHashTable *objects, const char *prefix, GHashTable *held, gint64 now_us);

G_END_DECLS
