/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/archive/tyto-archive-rules.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"
#include "recorder/alerts/tyto-event-window.h"

#define FAILING "upload-failing"
#define LATE    "upload-late"
#define REFUSED "archive-refused"

struct _TytoArchiveRules {
  TytoAlerts *alerts;
  GHashTable *failing; /* (element-type utf8): ids that failed TRIES times */
  TytoEventWindow failures;
  char *last_error;
  char *refusal; /* nullable */
};

TytoArchiveRules *
tyto_archive_rules_new (TytoAlerts *alerts)
{
  TytoArchiveRules *self = g_new0 (TytoArchiveRules, 1);

  self->alerts = g_object_ref (alerts);
  self->failing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->failures.span_us = G_TIME_SPAN_HOUR;
  self->last_error = g_strdup ("");
  return self;
}

void
tyto_archive_rules_free (TytoArchiveRules *self)
{
  g_object_unref (self->alerts);
  g_hash_table_unref (self->failing);
  g_free (self->last_error);
  g_free (self->refusal);
  g_free (self);
}

const char *
tyto_archive_rules_get_refusal (TytoArchiveRules *self)
{
  return self->refusal;
}

const char *
tyto_archive_rules_get_last_error (TytoArchiveRules *self)
{
  return self->last_error;
}

static void
judge_failures (TytoArchiveRules *self, gint64 now_us)
{
  guint n_failures = tyto_event_window_count (&self->failures, now_us);
  guint n_failing = g_hash_table_size (self->failing);
  gboolean many = n_failures > TYTO_ARCHIVE_RULES_FAILURES;
  g_autofree char *message = NULL;

  if (!many && n_failing == 0) {
    tyto_alerts_clear (self->alerts, FAILING, "", "Uploads to the archive succeed");
    return;
  }
  message = g_strdup_printf ("%u uploads to the archive have failed %u times or more in a row, and "
                             "%s%u tries failed in the last hour. Recordings wait on the disk and "
                             "are tried again. The last failure: %s",
                             n_failing, TYTO_ARCHIVE_RULES_TRIES,
                             n_failures >= TYTO_EVENT_WINDOW_MAX ? "at least " : "", n_failures,
                             self->last_error);
  tyto_alerts_raise (self->alerts, FAILING, many ? "critical" : "warning", "", message);
}

void
tyto_archive_rules_refused (TytoArchiveRules *self, const char *why)
{
  g_autofree char *message
      = g_strdup_printf ("The archive refuses recordings, which wait on the disk: %s", why);

  g_free (self->refusal);
  self->refusal = g_strdup (why);
  tyto_alerts_raise (self->alerts, REFUSED, "critical", "", message);
}

static void
clear_refusal (TytoArchiveRules *self)
{
  g_clear_pointer (&self->refusal, g_free);
  tyto_alerts_clear (self->alerts, REFUSED, "", "The archive takes recordings");
}

/* With what to do next, as one line. */
static char *
write_why (const GError *error)
{
  g_autofree char *why = tyto_error_why (error);
  const char *hint = tyto_error_hint (error);

  return hint != NULL ? g_strdup_printf ("%s. %s", why, hint) : g_steal_pointer (&why);
}

void
tyto_archive_rules_failed (TytoArchiveRules *self, const char *id, guint tries, const GError *error,
                           gint64 now_us)
{
  g_autofree char *why = write_why (error);

  if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_FORBIDDEN)
      || g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND))
    tyto_archive_rules_refused (self, why);
  g_free (self->last_error);
  self->last_error = g_steal_pointer (&why);
  tyto_event_window_add (&self->failures, now_us);
  if (tries >= TYTO_ARCHIVE_RULES_TRIES)
    g_hash_table_add (self->failing, g_strdup (id));
  judge_failures (self, now_us);
}

void
tyto_archive_rules_succeeded (TytoArchiveRules *self, const char *id, gint64 now_us)
{
  clear_refusal (self);
  g_free (self->last_error);
  self->last_error = g_strdup ("");
  if (g_hash_table_remove (self->failing, id))
    judge_failures (self, now_us);
}

static void
judge_lateness (TytoArchiveRules *self, const TytoUploadTotals *totals, gint64 late_us)
{
  g_autofree char *oldest = NULL;
  g_autofree char *size = NULL;
  g_autofree char *message = NULL;

  if (late_us <= TYTO_ARCHIVE_RULES_LATE_US) {
    tyto_alerts_clear (self->alerts, LATE, "", "Recordings are in the archive within 5 minutes");
    return;
  }
  /* Raised once: the numbers of then. */
  if (tyto_alerts_stands (self->alerts, LATE, ""))
    return;
  oldest = tyto_time_format (totals->oldest_us);
  size = g_format_size (totals->bytes);
  message = g_strdup_printf (
      "Recordings wait more than 5 minutes for the archive: the oldest began at %s; "
      "%" G_GUINT64_FORMAT
      " segments (%s) wait. If this goes on, make the way to the store wider, or raise "
      "upload-concurrency",
      oldest, totals->segments, size);
  tyto_alerts_raise (self->alerts, LATE, "warning", "", message);
}

void
tyto_archive_rules_judge (TytoArchiveRules *self, const TytoUploadTotals *totals, gint64 late_us,
                          gint64 now_us)
{
  /* All is in the archive: what failed before is past. */
  if (totals->segments == 0 && totals->thumbnails == 0) {
    self->failures.n = 0;
    g_hash_table_remove_all (self->failing);
  }
  judge_failures (self, now_us);
  judge_lateness (self, totals, late_us);
}

void
tyto_archive_rules_off (TytoArchiveRules *self)
{
  static const TytoUploadTotals nothing = { .oldest_us = -1 };

  clear_refusal (self);
  tyto_archive_rules_judge (self, &nothing, -1, 0);
}
