/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Directories of broadcasts, by what each says of itself. */
#include "recorder/spool/tyto-recovery-private.h"

#include "base/tyto-error.h"
#include "recorder/broadcasts/tyto-broadcast-memo.h"
#include "recorder/broadcasts/tyto-broadcast-names.h"

static gboolean
enter (TytoRecovery *self, TytoBroadcast *broadcast, const char *path, GError **error)
{
  if (!tyto_recovery_is_changing (self)) {
    tyto_recovery_note (self, TYTO_FINDING_NO_ROW, path, NULL, "it is a broadcast");
    return TRUE;
  }
  if (!tyto_recovery_rows_enter_broadcast (self->rows, broadcast, error))
    return FALSE;
  g_message ("Broadcast %s (%s) is in the catalogue again: %s", broadcast->stream_key,
             broadcast->id, tyto_broadcast_status_to_string (broadcast->status));
  tyto_recovery_note (self, TYTO_FINDING_BROADCAST, path, NULL,
                      tyto_broadcast_status_to_string (broadcast->status));
  return TRUE;
}

static gboolean
look_at (TytoRecovery *self, const char *name, const char *path, GError **error)
{
  g_autoptr (TytoBroadcast) broadcast = NULL;
  g_autoptr (GError) cause = NULL;
  gboolean known = FALSE;

  if (g_uuid_string_is_valid (name)
      && !tyto_recovery_rows_knows_broadcast (self->rows, name, &known, error))
    return FALSE;
  if (known)
    return TRUE;
  /* Read after its row was looked for: files go before rows, and come after them. */
  broadcast = tyto_broadcast_memo_read (path, NULL, &cause);
  if (broadcast != NULL)
    return enter (self, broadcast, path, error);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    tyto_recovery_note (self,
                        g_error_matches (cause, TYTO_ERROR, TYTO_ERROR_WRONG_STATE)
                            ? TYTO_FINDING_DAMAGED
                            : TYTO_FINDING_UNKNOWN,
                        path, NULL, cause->message);
  return TRUE;
}

gboolean
tyto_recovery_broadcasts (TytoRecovery *self, GError **error)
{
  g_autofree char *directory
      = g_build_filename (tyto_spool_get_directory (self->spool), TYTO_BROADCASTS_DIR, NULL);
  g_autoptr (GDir) listing = g_dir_open (directory, 0, NULL);
  const char *name;

  while (listing != NULL && (name = g_dir_read_name (listing)) != NULL) {
    g_autofree char *path = g_build_filename (directory, name, NULL);

    if (g_cancellable_set_error_if_cancelled (self->cancellable, error)
        || !look_at (self, name, path, error))
      return FALSE;
  }
  return TRUE;
}
