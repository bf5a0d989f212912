/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-recovery-private.h: what the files of #TytoRecovery share; all of it is of its thread, but
 * for what its public functions read. */
#pragma once

#include "recorder/spool/tyto-recovery-rows.h"
#include "recorder/spool/tyto-recovery.h"

G_BEGIN_DECLS

struct _TytoRecovery {
  GObject parent_instance;

  TytoCatalogue *catalogue;
  TytoSpool *spool;
  TytoRecoveryMode mode;
  TytoRecoveryReport *report;
  GHashTable *live;        /* (element-type utf8): runs */
  GPtrArray *slow;         /* (element-type utf8): directories */
  GHashTable *directories; /* (element-type filename): where cameras wrote last */
  GMainContext *context;
  gint64 started_us;

  /* of the thread */
  GCancellable *cancellable;
  TytoRecoveryRows *rows;
  GHashTable *known;  /* hashes of the paths of all rows */
  GPtrArray *missing; /* (element-type TytoSegment): rows without file */
  GPtrArray *batch;   /* (element-type TytoSegment): to be entered */
  GError *error;      /* nullable: what ends the walk */
  gboolean has_young;
  gboolean has_mended;
};

/* tyto-recovery.c */
void tyto_recovery_note (TytoRecovery *self, TytoFindingKind kind, const char *path,
                         const char *segment, const char *detail);
gboolean tyto_recovery_is_changing (TytoRecovery *self);
/* Has "segment" emitted in the main context. */
void tyto_recovery_tell (TytoRecovery *self, TytoSegment *segment);

/* tyto-recovery-left.c: what workers left unfinished or untold. FALSE when the catalogue refuses.
 */
gboolean tyto_recovery_left (TytoRecovery *self, GError **error);
/* @open: (nullable): its row. @certain: nobody writes it, however young it is. */
gboolean tyto_recovery_left_part (TytoRecovery *self, const char *part, const TytoSegment *open,
                                  gboolean certain, GError **error);

/* tyto-recovery-broadcasts.c: enters those that have no row. */
gboolean tyto_recovery_broadcasts (TytoRecovery *self, GError **error);

/* tyto-recovery-compare.c: rows and their files, files and their rows. */
gboolean tyto_recovery_compare (TytoRecovery *self, GError **error);

G_END_DECLS
