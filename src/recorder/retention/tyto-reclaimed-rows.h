/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-reclaimed-rows.h: tells the catalogue of local copies that were deleted because the disk was
 * full (tyto-disk-reclaim.h): the archive alone has these recordings now. */
#pragma once

#include "store/tyto-catalogue-archive.h"

G_BEGIN_DECLS

/* @paths: (element-type utf8 utf8): of the files that were deleted, as a set; taken over. Those
 * whose row is not found are left to the comparison at the next start. */
void tyto_reclaimed_rows_tell (TytoCatalogue *catalogue, GHashTable *paths);

G_END_DECLS
