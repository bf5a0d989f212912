/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/tyto-watchdog.h"

#include "recorder/tyto-readiness.h"

#include <unistd.h>

#define MIN_USEC 3000 /* so that there is a whole millisecond between two */

struct _TytoWatchdog {
  GObject parent_instance;

  TytoRecorder *recorder;
  gint64 span_us;
  gboolean held_back;
  guint source;
};

G_DEFINE_FINAL_TYPE (TytoWatchdog, tyto_watchdog, G_TYPE_OBJECT)

static guint64
get_number (const char *variable)
{
  const char *text = g_getenv (variable);
  guint64 number = 0;

  if (text != NULL && !g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &number, NULL))
    g_warning ("%s=%s is not a number", variable, text);
  return number;
}

static gboolean
on_time (gpointer data)
{
  TytoWatchdog *self = data;
  g_autofree char *why = NULL;

  if (tyto_recorder_is_alive (self->recorder, self->span_us / 2, &why)) {
    tyto_readiness_tell ("WATCHDOG=1");
    self->held_back = FALSE;
  } else if (!self->held_back) {
    g_warning ("%s: the service manager's watchdog is not told that all is well", why);
    self->held_back = TRUE;
  }
  return G_SOURCE_CONTINUE;
}

TytoWatchdog *
tyto_watchdog_new (TytoRecorder *recorder)
{
  guint64 span_us = get_number ("WATCHDOG_USEC");
  guint64 pid = get_number ("WATCHDOG_PID");
  TytoWatchdog *self;

  if (span_us < MIN_USEC || (pid != 0 && pid != (guint64) getpid ()))
    return NULL;
  self = g_object_new (TYTO_TYPE_WATCHDOG, NULL);
  self->recorder = g_object_ref (recorder);
  self->span_us = (gint64) span_us;
  self->source = g_timeout_add ((guint) MIN (span_us / 3000, G_MAXUINT), on_time, self);
  on_time (self);
  return self;
}

static void
tyto_watchdog_dispose (GObject *object)
{
  TytoWatchdog *self = TYTO_WATCHDOG (object);

  g_clear_handle_id (&self->source, g_source_remove);
  g_clear_object (&self->recorder);
  G_OBJECT_CLASS (tyto_watchdog_parent_class)->dispose (object);
}

static void
tyto_watchdog_class_init (TytoWatchdogClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tyto_watchdog_dispose;
}

static void
tyto_watchdog_init (TytoWatchdog *self)
{
}
