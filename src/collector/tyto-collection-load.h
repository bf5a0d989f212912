/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-collection-load.h: what an earlier process left in the directory of a broadcast. */
#pragma once

#include "media/hls/tyto-hls-journal.h"

G_BEGIN_DECLS

/**
 * TytoCollectionLoad:
 * @segments: (element-type TytoHlsSegment): those whose file is not there as noted are to be
 * fetched again
 * @inits: (element-type utf8): names of the Media Initialization Sections that are there
 * @journal: open
 */
typedef struct {
  GPtrArray *segments;
  GPtrArray *inits;
  TytoHlsJournal *journal;
} TytoCollectionLoad;

void tyto_collection_load_free (TytoCollectionLoad *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoCollectionLoad, tyto_collection_load_free)

/* Makes @directory where it is not there, and removes what was half fetched. TYTO_ERROR_STORAGE. */
void tyto_collection_load_async (const char *directory, GAsyncReadyCallback callback,
                                 gpointer user_data);
TytoCollectionLoad *tyto_collection_load_finish (GAsyncResult *result, GError **error);

G_END_DECLS
