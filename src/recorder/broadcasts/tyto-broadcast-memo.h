/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-broadcast-memo.h: broadcast.json in a broadcast's directory, which says what is in it when
 * the catalogue is lost: a JSON object with the columns of the catalogue that cannot be had from
 * elsewhere; times are µs since the Unix epoch. It is replaced atomically and synced.
 */
#pragma once

#include "store/tyto-broadcast.h"

G_BEGIN_DECLS

#define TYTO_BROADCAST_MEMO_FILE "broadcast.json"

/* Whether its directory is to have one: it stays, or is still needed. */
gboolean tyto_broadcast_needs_memo (const TytoBroadcast *broadcast);

/* @after_us: objects that are not newer are an earlier broadcast's; -1: none is known. Counts are
 * in it once they change no more. (transfer full) */
char *tyto_broadcast_memo_make (const TytoBroadcast *broadcast, gint64 after_us);

/* Writes @text into @directory (OUTPUT-DIR/.broadcasts/ID), which is made below OUTPUT-DIR; in a
 * thread, since a disk may be slow. */
void tyto_broadcast_memo_write_async (const char *directory, const char *text,
                                      GAsyncReadyCallback callback, gpointer user_data);
/* @after_us: that of the memo that was there before when it is later than that of @text. STORAGE.
 */
gboolean tyto_broadcast_memo_write_finish (GAsyncResult *result, gint64 *after_us, GError **error);

/**
 * Reads the memo in @directory, which may be slow: the broadcast as it can be gone on with. One
 * that was recording or processing is processing: joined already when its MP4 is whole. One that
 * had failed has failed, and a completed one is so when its MP4 is there.
 *
 * @after_us: (out) (optional). NOT_FOUND: there is none; INVALID_ARGUMENT: it says nothing usable;
 * WRONG_STATE: it is completed, and its MP4 is not there or of another size. (transfer full)
 */
TytoBroadcast *tyto_broadcast_memo_read (const char *directory, gint64 *after_us, GError **error);

G_END_DECLS
