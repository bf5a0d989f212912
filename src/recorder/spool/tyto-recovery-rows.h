/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-recovery-rows.h: the catalogue for the thread of a recovery: its calls, waited for. */
#pragma once

#include "store/tyto-catalogue-broadcasts.h"
#include "store/tyto-catalogue-retention.h"
#include "store/tyto-catalogue-upkeep.h"

G_BEGIN_DECLS

typedef struct _TytoRecoveryRows TytoRecoveryRows;

/* To be made, used and freed on one thread, whose default main context it is meanwhile. */
TytoRecoveryRows *tyto_recovery_rows_new (TytoCatalogue *catalogue, GCancellable *cancellable);
void tyto_recovery_rows_free (TytoRecoveryRows *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoRecoveryRows, tyto_recovery_rows_free)

/* (element-type TytoSegment) (transfer container) */
GPtrArray *tyto_recovery_rows_list_open (TytoRecoveryRows *self, GError **error);

/* The next page of all segments, the oldest first. @cursor: (inout): NULL for the first; NULL after
 * the last. */
GPtrArray *tyto_recovery_rows_list (TytoRecoveryRows *self, char **cursor, GError **error);

/* One segment, or NULL: without error when there is none. */
gboolean tyto_recovery_rows_find (TytoRecoveryRows *self, const char *id, TytoSegment **segment,
                                  GError **error);

/* Enters all of @segments (element-type TytoSegment), together; the first refusal is told, the
 * others are entered all the same. */
gboolean tyto_recovery_rows_enter (TytoRecoveryRows *self, GPtrArray *segments, GError **error);

/* Whether the segment @id, of which tyto_recovery_rows_find() knows nothing, is being deleted. */
gboolean tyto_recovery_rows_is_deleting (TytoRecoveryRows *self, const char *id, gboolean *deleting,
                                         GError **error);

/* See tyto_catalogue_set_place_async(); a row that is gone meanwhile is no error. */
gboolean tyto_recovery_rows_place (TytoRecoveryRows *self, const char *id, const char *tier,
                                   const char *path, GError **error);

gboolean tyto_recovery_rows_forget_open (TytoRecoveryRows *self, const char *id, GError **error);
gboolean tyto_recovery_rows_give_up (TytoRecoveryRows *self, const char *id, const char *reason,
                                     const char *detail, GError **error);

/* Whether the broadcast @id has a row, one that is being deleted too. */
gboolean tyto_recovery_rows_knows_broadcast (TytoRecoveryRows *self, const char *id,
                                             gboolean *known, GError **error);
gboolean tyto_recovery_rows_enter_broadcast (TytoRecoveryRows *self, TytoBroadcast *broadcast,
                                             GError **error);

G_END_DECLS
