/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-watchdog.h: tells the service manager that all is alive (WATCHDOG=1, sd_notify(3)), three
 * times in each WatchdogSec= of the unit, and only while it is: the main loop turns, the catalogue
 * answers, and where something should have been recorded lately, something has been written within
 * half of that time. When it is not told the service manager starts tytod anew, which takes up the
 * workers as they are.
 */
#pragma once

#include "recorder/tyto-recorder.h"

G_BEGIN_DECLS

#define TYTO_TYPE_WATCHDOG (tyto_watchdog_get_type ())
G_DECLARE_FINAL_TYPE (TytoWatchdog, tyto_watchdog, TYTO, WATCHDOG, GObject)

/* By $WATCHDOG_USEC and $WATCHDOG_PID (sd_watchdog_enabled(3)); NULL when nobody wants to be told.
 * @recorder: referenced */
TytoWatchdog *tyto_watchdog_new (TytoRecorder *recorder);

G_END_DECLS
