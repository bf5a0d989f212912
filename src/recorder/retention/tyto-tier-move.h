/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-tier-move.h: one recording on its way from one directory to another, so that a crash at any
 * point leaves one good copy and nothing else.
 *
 * What is under way stands in a file (the journal) before anything is copied: NAME.part is written
 * beside its future place, synced, read back and compared, renamed, and its directory synced; then
 * the row is changed by the caller; then the source goes, and the journal. A move that a journal
 * tells of is settled by what the row says: where the row points is what stays.
 */
#pragma once

#include "recorder/disk/tyto-disk-limits.h"

G_BEGIN_DECLS

#define TYTO_TYPE_TIER_MOVE (tyto_tier_move_get_type ())

/**
 * TytoTierMove: a reference-counted record; @target is set by the copy.
 * @id: of the segment
 * @source, @target: absolute paths below @source_root and @target_root
 * @size: of the file; @sha256: of it, as it is known, or NULL
 * @limits: how much stays free at the target
 */
typedef struct {
  char *journal;
  char *id;
  char *source_root;
  char *source;
  char *target_root;
  char *target;
  guint64 size;
  char *sha256;
  TytoDiskLimits limits;
} TytoTierMove;

GType tyto_tier_move_get_type (void);
TytoTierMove *tyto_tier_move_new (const char *journal);
TytoTierMove *tyto_tier_move_ref (TytoTierMove *self);
void tyto_tier_move_unref (TytoTierMove *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoTierMove, tyto_tier_move_unref)

/* What @journal tells of, or NULL: nothing was under way. Blocking, shortly. */
TytoTierMove *tyto_tier_move_load (const char *journal);

/* Copies the file, in a thread; its name at the target is another one where that is taken. On
 * failure nothing of it stays there. TYTO_ERROR_STORAGE: the target; TYTO_ERROR_NOT_FOUND,
 * TYTO_ERROR_WRONG_STATE: the source is gone, or not what the row says. */
void tyto_tier_move_copy_async (TytoTierMove *self, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
/* @moved: the row points to the target: the source goes; else what is at the target does, unless
 * the source is gone. Then the journal goes; while a directory is away it stays.
 * TYTO_ERROR_STORAGE. */
void tyto_tier_move_settle_async (TytoTierMove *self, gboolean moved, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
/* The finish function of both. */
gboolean tyto_tier_move_finish (TytoTierMove *self, GAsyncResult *result, GError **error);

G_END_DECLS
