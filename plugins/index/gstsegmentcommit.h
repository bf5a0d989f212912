/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "index/gstsegmententry.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Whether @dsn names a catalogue: `sqlite:///PATH` or `postgresql://…` without a password in it.
 * TYTO_ERROR_INVALID_ARGUMENT */
gboolean gst_segment_commit_check (const gchar *dsn, GError **error);

/* Enters the row of @entry into the catalogue at @dsn, and its object where it has one; done when
 * that is durably there. The same entry twice is one row. Blocking, from a thread of the caller's.
 * TYTO_ERROR_INVALID_ARGUMENT: the file does not say what it is; else those of the catalogue. */
gboolean gst_segment_commit (const gchar *dsn, const GstSegmentEntry *entry,
                             GCancellable *cancellable, GError **error);

G_END_DECLS
