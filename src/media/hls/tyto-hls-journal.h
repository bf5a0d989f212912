/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-hls-journal.h: what was collected of a broadcast: the file "journal" in its directory, one
 * flat JSON object (RFC 8259; strings, whole numbers, booleans) a line, only ever appended to.
 * Whoever collects writes it; whoever joins, and the next process after a crash, reads it. A last
 * line that is cut is not there.
 *
 * A segment is listed (seen at the source), then fetched (its file is whole in the directory,
 * synced before the line is) or missing (given up). A later line about the same position and
 * rendition takes the place of an earlier one; what it does not name stays as it was.
 *
 *   {"journal":1}
 *   {"position":17,"rendition":0,"state":"listed","name":"live_017.ts","sequence":17,
 *    "duration_us":4000000,"discontinuity":false,"init":"","time_us":-1}
 *   {"position":17,"rendition":0,"state":"fetched","file":"000017-0.ts","bytes":812348,"etag":"…","made_us":…}
 *   {"position":18,"rendition":0,"state":"missing","reason":"404 Not Found, 3 tries"}
 *   {"position":19,"rendition":0,"state":"unlisted","count":2}    ← the playlist passed them unseen
 *   {"ended":true}                                                ← all was collected
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
  TYTO_HLS_LISTED,
  TYTO_HLS_FETCHED,
  TYTO_HLS_MISSING,
  TYTO_HLS_UNLISTED, /* @count segments that nobody ever saw in a playlist */
} TytoHlsSegmentState;

/**
 * TytoHlsSegment: one segment of a broadcast. Texts are never NULL.
 * @position: its place in the recording, from 0 on, growing; with holes at most where nothing was
 * @rendition: 0: the stream itself; 1: audio of its own (EXT-X-MEDIA), joined with it by time
 * @name: at the source, below its playlist or prefix (a URL's query left out)
 * @sequence: media sequence number, -1 where no playlist gives it
 * @duration_us: as the playlist says, -1 where it does not
 * @discontinuity: timestamps or parameters may begin anew with it (EXT-X-DISCONTINUITY)
 * @init: file in the directory that its Media Initialization Section (EXT-X-MAP) is in, "" for none
 * @time_us: EXT-X-PROGRAM-DATE-TIME, µs since the epoch, -1 for none
 * @file: in the directory, "" until it is fetched; @bytes: its size
 * @etag: what the source calls this content, "" for none; @made_us: Last-Modified, -1 for none
 * @reason: why it is missing
 */
typedef struct {
  guint64 position;
  guint rendition;
  TytoHlsSegmentState state;
  char *name;
  gint64 sequence;
  gint64 duration_us;
  gboolean discontinuity;
  char *init;
  gint64 time_us;
  char *file;
  guint64 bytes;
  char *etag;
  gint64 made_us;
  char *reason;
  guint64 count;
} TytoHlsSegment;

TytoHlsSegment *tyto_hls_segment_new (guint64 position, guint rendition);
TytoHlsSegment *tyto_hls_segment_copy (const TytoHlsSegment *self);
void tyto_hls_segment_free (TytoHlsSegment *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoHlsSegment, tyto_hls_segment_free)

/* Reads DIRECTORY/journal. Gives the segments (element-type TytoHlsSegment) by position, then
 * rendition. Lines that make no sense, and such as name a file that is no plain name in the
 * directory (not hidden), are left out (said in the log once). @ended: (out) (optional): that all
 * was collected is the last that was noted. Blocking. TYTO_ERROR_NOT_FOUND: there is none; STORAGE.
 * (transfer full) */
GPtrArray *tyto_hls_journal_read (const char *directory, gboolean *ended, GError **error);

typedef struct _TytoHlsJournal TytoHlsJournal;

/* Opens DIRECTORY/journal for appending, made when it is not there; a cut last line is cut off.
 * Blocking. STORAGE. */
TytoHlsJournal *tyto_hls_journal_open (const char *directory, GError **error);
void tyto_hls_journal_close (TytoHlsJournal *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoHlsJournal, tyto_hls_journal_close)

/* Appends a line with all of @segment in its present state; on the disk after
 * tyto_hls_journal_sync(). After an error nothing of the line is there. Blocking. STORAGE. */
gboolean
tyto_hls_journal_note (TytoHlsJournal *self, const TytoHlsSegment *segment, GError **error);
gboolean tyto_hls_journal_note_end (TytoHlsJournal *self, GError **error);
gboolean tyto_hls_journal_sync (TytoHlsJournal *self, GError **error);

G_END_DECLS
