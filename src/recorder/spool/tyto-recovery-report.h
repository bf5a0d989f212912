/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-recovery-report.h: what was found when the files of the output directory were compared with
 * the catalogue. Written by one thread and read by others at any time.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * TytoRecoveryMode:
 * TYTO_RECOVERY_OPEN: mend what a worker left unfinished, and nothing else
 * TYTO_RECOVERY_START: bring files and catalogue together, as far as that cannot do harm
 * TYTO_RECOVERY_CHECK: only look
 * TYTO_RECOVERY_REBUILD: as START, and rows whose files are gone are given up whatever their age
 * TYTO_RECOVERY_BUCKET: enter what is in the archive's bucket (tyto-bucket-recovery.h)
 */
typedef enum {
  TYTO_RECOVERY_OPEN,
  TYTO_RECOVERY_START,
  TYTO_RECOVERY_CHECK,
  TYTO_RECOVERY_REBUILD,
  TYTO_RECOVERY_BUCKET,
} TytoRecoveryMode;

/**
 * TytoFindingKind: in the API by the names in brackets.
 * RECOVERED ("recovered"): an unfinished file, mended and entered
 * ENTERED ("entered"): a finished file that had no row, entered
 * MOVED ("moved"): a row whose file was found at another place: its path was put right
 * UNFINISHED ("unfinished"): an unfinished file that nobody writes; not mended (check)
 * NO_ROW ("no-row"): a finished file without a row; not entered (check)
 * MISSING ("missing"): a row without its file: it became a gap "file-missing", or (check) would
 * ARCHIVED ("archived"): a row without its file that has an object: the archive alone has it now
 * ABSENT ("absent"): a row without its file that is kept: the file was never in this directory, so
 * its disk may just not be here
 * CHANGED ("changed"): a file of another size than its row says, which can be read
 * DAMAGED ("damaged"): a file that cannot be read; its row, if it had one, became a gap
 * "file-damaged"
 * EMPTY ("empty"): an unfinished file in which there was nothing to recover
 * UNKNOWN ("unknown"): a file that is not ours: left alone
 * FAILED ("failed"): could not be dealt with now
 * BROADCAST ("broadcast"): a broadcast that had no row, entered
 */
typedef enum {
  TYTO_FINDING_RECOVERED,
  TYTO_FINDING_ENTERED,
  TYTO_FINDING_MOVED,
  TYTO_FINDING_UNFINISHED,
  TYTO_FINDING_NO_ROW,
  TYTO_FINDING_MISSING,
  TYTO_FINDING_ARCHIVED,
  TYTO_FINDING_ABSENT,
  TYTO_FINDING_CHANGED,
  TYTO_FINDING_DAMAGED,
  TYTO_FINDING_EMPTY,
  TYTO_FINDING_UNKNOWN,
  TYTO_FINDING_FAILED,
  TYTO_FINDING_BROADCAST,
  TYTO_N_FINDINGS
} TytoFindingKind;

const char *tyto_finding_kind_to_string (TytoFindingKind kind);

typedef struct _TytoRecoveryReport TytoRecoveryReport;

TytoRecoveryReport *tyto_recovery_report_new (TytoRecoveryMode mode);
TytoRecoveryReport *tyto_recovery_report_ref (TytoRecoveryReport *self);
void tyto_recovery_report_unref (TytoRecoveryReport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoRecoveryReport, tyto_recovery_report_unref)

/* Counts a finding and keeps the first thousand. @segment: its id, NULL when there is none;
 * @detail: why, or what it is; NULL for nothing to add. */
void tyto_recovery_report_add (TytoRecoveryReport *self, TytoFindingKind kind, const char *path,
                               const char *segment, const char *detail);

/* How far it is: rows compared, files seen. */
void tyto_recovery_report_count (TytoRecoveryReport *self, guint64 rows, guint64 files);

/* It ended. @error: (nullable): why it could not go to its end. */
void tyto_recovery_report_end (TytoRecoveryReport *self, const GError *error);

guint64 tyto_recovery_report_get (TytoRecoveryReport *self, TytoFindingKind kind);

/* Whether files and catalogue agree: nothing that is unfinished, without a row, without a file,
 * changed, damaged or failed. */
gboolean tyto_recovery_report_is_well (TytoRecoveryReport *self);

/* "Recovered 3 segments, entered 2, 1 row without file, 4 unknown files", or NULL when nothing was
 * found. (transfer full) */
char *tyto_recovery_report_summary (TytoRecoveryReport *self);

/* a{sv}: mode s, state s (running, done, failed), well b, started_at s, ended_at s (absent while it
 * runs), rows t, files t, counts a{sv} (each kind's name with _ for -: t), findings aa{sv} (kind s,
 * path s, segment s (absent), detail s), error s. Floating. */
GVariant *tyto_recovery_report_to_variant (TytoRecoveryReport *self);

G_END_DECLS
