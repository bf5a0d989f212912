/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* recovery-scene.h: a claimed output directory with files of long ago, and a real catalogue. */
#pragma once

#include "recorder/spool/tyto-recovery.h"

#define RECOVERY_RUN    "20261121T020800Z-4f2a9c01d3e7"
#define RECOVERY_START  G_GINT64_CONSTANT (1795226880123456)
#define RECOVERY_FRAMES 5 /* a fragment */

typedef struct {
  char *directory;
  TytoCatalogue *catalogue;
  TytoSpool *spool;
  GMainLoop *loop;
  GAsyncResult *result;
  GPtrArray *told; /* (element-type TytoSegment) */
  char *slow;      /* nullable: the second directory */
} RecoveryScene;

/* For g_test_add(). */
void recovery_scene_set_up (RecoveryScene *f, gconstpointer data);
void recovery_scene_tear_down (RecoveryScene *f, gconstpointer data);

/* Ends the scene's loop; the result is kept. */
void recovery_scene_on_result (GObject *source, GAsyncResult *result, gpointer data);

/* Writes @fragments of RECOVERY_FRAMES frames of 25 a second. @lacking: bytes left out at the end,
 * when it is not @complete. (transfer full): its path */
char *
recovery_scene_make_file (RecoveryScene *f, const char *name, const char *camera, guint64 sequence,
                          guint fragments, gboolean complete, guint lacking);

/* Runs @taken (transfer full) and gives its summary. @live: (nullable): a run. (transfer full) */
char *recovery_scene_run (RecoveryScene *f, TytoRecovery *taken, const char *live);
/* The same with a recovery made for it. */
char *recovery_scene_recover (RecoveryScene *f, TytoRecoveryMode mode, const char *live);

guint recovery_scene_count_rows (RecoveryScene *f);
