/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-archive-rules.h: which alerts follow from how uploads go: upload-failing, upload-late and
 * archive-refused (tyto-alert-kinds.h). Time is passed in.
 */
#pragma once

#include "recorder/alerts/tyto-alerts.h"
#include "store/tyto-catalogue-archive.h"

G_BEGIN_DECLS

#define TYTO_ARCHIVE_RULES_TRIES    5  /* of one upload, in vain: warning */
#define TYTO_ARCHIVE_RULES_FAILURES 10 /* more in 1 h: critical */
#define TYTO_ARCHIVE_RULES_LATE_US  (300 * G_TIME_SPAN_SECOND)

typedef struct _TytoArchiveRules TytoArchiveRules;

TytoArchiveRules *tyto_archive_rules_new (TytoAlerts *alerts);
void tyto_archive_rules_free (TytoArchiveRules *self);

/* A try of the upload @id failed, as its @tries-th. @now_us: monotonic. */
void tyto_archive_rules_failed (TytoArchiveRules *self, const char *id, guint tries,
                                const GError *error, gint64 now_us);
void tyto_archive_rules_succeeded (TytoArchiveRules *self, const char *id, gint64 now_us);
/* It cannot be used as it is set: @why, with what to do. */
void tyto_archive_rules_refused (TytoArchiveRules *self, const char *why);
/* Nothing is archived any more, by settings: nothing stands. */
void tyto_archive_rules_off (TytoArchiveRules *self);

/* To be called every few seconds. @late_us: since the end of the recording that has waited longest,
 * -1 when none waits. @now_us: monotonic. */
void tyto_archive_rules_judge (TytoArchiveRules *self, const TytoUploadTotals *totals,
                               gint64 late_us, gint64 now_us);

/* Why the target refuses us, or NULL. */
const char *tyto_archive_rules_get_refusal (TytoArchiveRules *self);
/* Why the last try failed, "" when none did since the last success. */
const char *tyto_archive_rules_get_last_error (TytoArchiveRules *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoArchiveRules, tyto_archive_rules_free)

G_END_DECLS
