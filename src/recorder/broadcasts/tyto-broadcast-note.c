/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memo in a broadcast's directory is written between two steps, when what it says has changed.
 * That it cannot be written holds up nothing: it matters only when the catalogue is lost. */
#include "recorder/broadcasts/tyto-broadcasts-private.h"

static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcastJob) self = data;
  g_autoptr (GError) error = NULL;
  gint64 after_us = -1;

  self->noting = FALSE;
  if (!tyto_broadcast_memo_write_finish (result, &after_us, &error))
    g_warning ("What broadcast %s is cannot be kept beside it: %s", self->record->id,
               error->message);
  self->after_us = MAX (self->after_us, after_us);
  tyto_broadcast_job_advance (self);
}

gboolean
tyto_broadcast_job_note (TytoBroadcastJob *self)
{
  g_autofree char *directory = NULL;
  g_autofree char *text = NULL;

  if (self->noting)
    return FALSE;
  if (!tyto_broadcast_needs_memo (self->record))
    return TRUE;
  text = tyto_broadcast_memo_make (self->record, self->after_us);
  if (g_strcmp0 (text, self->memo) == 0)
    return TRUE;
  directory = tyto_broadcast_get_directory (
      self->record, tyto_settings_get_string (self->owner->settings, "output-dir"));
  g_free (self->memo);
  self->memo = g_strdup (text);
  self->noting = TRUE;
  tyto_broadcast_memo_write_async (directory, text, on_written, tyto_broadcast_job_ref (self));
  return FALSE;
}
