/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/spool/tyto-recovery-report.h"

#include "base/tyto-time.h"

#define MAX_FINDINGS 1000

typedef struct {
  TytoFindingKind kind;
  char *path;
  char *segment; /* nullable */
  char *detail;  /* nullable */
} Finding;

struct _TytoRecoveryReport {
  GMutex mutex;
  TytoRecoveryMode mode;
  gint64 started_us;
  gint64 ended_us; /* -1: it runs */
  char *error;     /* nullable */
  guint64 rows;
  guint64 files;
  guint64 counts[TYTO_N_FINDINGS];
  GPtrArray *findings; /* (element-type Finding) */
};

static const char *const kind_names[TYTO_N_FINDINGS]
    = { "recovered", "entered", "moved",   "unfinished", "no-row",  "missing", "archived",
        "absent",    "changed", "damaged", "empty",      "unknown", "failed",  "broadcast" };

const char *
tyto_finding_kind_to_string (TytoFindingKind kind)
{
  return kind_names[kind];
}

static void
finding_free (Finding *finding)
{
  g_free (finding->path);
  g_free (finding->segment);
  g_free (finding->detail);
  g_free (finding);
}

TytoRecoveryReport *
tyto_recovery_report_new (TytoRecoveryMode mode)
{
  TytoRecoveryReport *self = g_atomic_rc_box_new0 (TytoRecoveryReport);

  g_mutex_init (&self->mutex);
  self->mode = mode;
  self->started_us = tyto_time_now ();
  self->ended_us = -1;
  self->findings = g_ptr_array_new_with_free_func ((GDestroyNotify) finding_free);
  return self;
}

TytoRecoveryReport *
tyto_recovery_report_ref (TytoRecoveryReport *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  TytoRecoveryReport *self = data;

  g_mutex_clear (&self->mutex);
  g_free (self->error);
  g_ptr_array_unref (self->findings);
}

void
tyto_recovery_report_unref (TytoRecoveryReport *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

void
tyto_recovery_report_add (TytoRecoveryReport *self, TytoFindingKind kind, const char *path,
                          const char *segment, const char *detail)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  Finding *finding;

  self->counts[kind]++;
  if (self->findings->len >= MAX_FINDINGS)
    return;
  finding = g_new (Finding, 1);
  finding->kind = kind;
  finding->path = g_strdup (path);
  finding->segment = g_strdup (segment);
  finding->detail = g_strdup (detail);
  g_ptr_array_add (self->findings, finding);
}

void
tyto_recovery_report_count (TytoRecoveryReport *self, guint64 rows, guint64 files)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  self->rows += rows;
  self->files += files;
}

void
tyto_recovery_report_end (TytoRecoveryReport *self, const GError *error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  self->ended_us = tyto_time_now ();
  if (error != NULL)
    self->error = g_strdup (error->message);
}

guint64
tyto_recovery_report_get (TytoRecoveryReport *self, TytoFindingKind kind)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  return self->counts[kind];
}

static gboolean
is_well (TytoRecoveryReport *self)
{
  static const TytoFindingKind wrong[]
      = { TYTO_FINDING_UNFINISHED, TYTO_FINDING_NO_ROW,  TYTO_FINDING_MISSING, TYTO_FINDING_ABSENT,
          TYTO_FINDING_CHANGED,    TYTO_FINDING_DAMAGED, TYTO_FINDING_FAILED };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    if (self->counts[wrong[i]] > 0)
      return FALSE;
  }
  return self->error == NULL;
}

gboolean
tyto_recovery_report_is_well (TytoRecoveryReport *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  return is_well (self);
}

static void
append (GString *text, guint64 count, const char *before, const char *one, const char *many)
{
  if (count == 0)
    return;
  if (text->len > 0)
    g_string_append (text, ", ");
  g_string_append_printf (text, "%s%" G_GUINT64_FORMAT " %s", before, count,
                          count == 1 ? one : many);
}

char *
tyto_recovery_report_summary (TytoRecoveryReport *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  g_autoptr (GString) text = g_string_new (NULL);
  const guint64 *n = self->counts;

  append (text, n[TYTO_FINDING_RECOVERED], "recovered ", "segment", "segments");
  append (text, n[TYTO_FINDING_ENTERED], "entered ", "file", "files");
  append (text, n[TYTO_FINDING_BROADCAST], "entered ", "broadcast", "broadcasts");
  append (text, n[TYTO_FINDING_MOVED], "found ", "file elsewhere", "files elsewhere");
  append (text, n[TYTO_FINDING_UNFINISHED], "", "unfinished file", "unfinished files");
  append (text, n[TYTO_FINDING_NO_ROW], "", "file without row", "files without row");
  append (text, n[TYTO_FINDING_MISSING], "", "row without file", "rows without file");
  append (text, n[TYTO_FINDING_ARCHIVED], "", "file in the archive alone",
          "files in the archive alone");
  append (text, n[TYTO_FINDING_ABSENT], "", "row whose disk may be away",
          "rows whose disk may be away");
  append (text, n[TYTO_FINDING_CHANGED], "", "file of another size", "files of another size");
  append (text, n[TYTO_FINDING_DAMAGED], "", "damaged file", "damaged files");
  append (text, n[TYTO_FINDING_EMPTY], "", "empty file", "empty files");
  append (text, n[TYTO_FINDING_UNKNOWN], "", "unknown file", "unknown files");
  append (text, n[TYTO_FINDING_FAILED], "", "failure", "failures");
  if (text->len == 0)
    return NULL;
  text->str[0] = g_ascii_toupper (text->str[0]);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static GVariant *
make_counts (TytoRecoveryReport *self)
{
  GVariantBuilder counts = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  for (guint i = 0; i < TYTO_N_FINDINGS; i++) {
    g_autofree char *member = g_strdelimit (g_strdup (kind_names[i]), "-", '_');

    g_variant_builder_add (&counts, "{sv}", member, g_variant_new_uint64 (self->counts[i]));
  }
  return g_variant_builder_end (&counts);
}

static GVariant *
make_findings (TytoRecoveryReport *self)
{
  GVariantBuilder findings = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; i < self->findings->len; i++) {
    const Finding *finding = g_ptr_array_index (self->findings, i);
    g_autofree char *path = g_utf8_make_valid (finding->path, -1);
    GVariantDict dict;

    g_variant_dict_init (&dict, NULL);
    g_variant_dict_insert (&dict, "kind", "s", kind_names[finding->kind]);
    g_variant_dict_insert (&dict, "path", "s", path);
    if (finding->segment != NULL)
      g_variant_dict_insert (&dict, "segment", "s", finding->segment);
    g_variant_dict_insert (&dict, "detail", "s", finding->detail != NULL ? finding->detail : "");
    g_variant_builder_add_value (&findings, g_variant_dict_end (&dict));
  }
  return g_variant_builder_end (&findings);
}

GVariant *
tyto_recovery_report_to_variant (TytoRecoveryReport *self)
{
  static const char *const modes[] = { "open", "start", "check", "rebuild", "bucket" };
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  g_autofree char *started_at = tyto_time_format (self->started_us);
  g_autofree char *ended_at = NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "mode", "s", modes[self->mode]);
  g_variant_dict_insert (&dict, "state", "s",
                         self->ended_us < 0 ? "running"
                                            : (self->error != NULL ? "failed" : "done"));
  g_variant_dict_insert (&dict, "well", "b", is_well (self));
  g_variant_dict_insert (&dict, "started_at", "s", started_at);
  if (self->ended_us >= 0) {
    ended_at = tyto_time_format (self->ended_us);
    g_variant_dict_insert (&dict, "ended_at", "s", ended_at);
  }
  g_variant_dict_insert (&dict, "rows", "t", self->rows);
  g_variant_dict_insert (&dict, "files", "t", self->files);
  g_variant_dict_insert_value (&dict, "counts", make_counts (self));
  g_variant_dict_insert_value (&dict, "findings", make_findings (self));
  g_variant_dict_insert (&dict, "error", "s", self->error != NULL ? self->error : "");
  return g_variant_dict_end (&dict);
}
