/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-alert-rules.h: which alerts should stand for one camera, by what has happened to it.
 *
 * It reads no clock and asks nobody: facts and times (monotonic, µs) are passed in, so that hours
 * can be tested at once.
 */
#pragma once

#include "recorder/alerts/tyto-alerts.h"
#include "recorder/cameras/tyto-camera-facts.h"

G_BEGIN_DECLS

/* How long, in s, and how often. */
#define TYTO_ALERT_OFFLINE_CRITICAL_S  300
#define TYTO_ALERT_STOPPED_S           60
#define TYTO_ALERT_RECONNECTS_MAX      3
#define TYTO_ALERT_RECONNECTS_SPAN_S   3600
#define TYTO_ALERT_RESTARTS_MAX        5
#define TYTO_ALERT_RESTARTS_SPAN_S     600
#define TYTO_ALERT_LOSS_PERCENT        1
#define TYTO_ALERT_DISK_SLOW_SPAN_S    300
#define TYTO_ALERT_CAMERA_CLOCK_STEP_S 1
#define TYTO_ALERT_CLOCK_STEP_SPAN_S   600

typedef struct _TytoAlertRules TytoAlertRules;

/* @camera: its id. @alerts: referenced: raised and cleared there. */
TytoAlertRules *tyto_alert_rules_new (const char *camera, TytoAlerts *alerts);
void tyto_alert_rules_free (TytoAlertRules *self);

/* Raises and clears what is due. To be called whenever something may have changed, and every few
 * seconds. */
void tyto_alert_rules_judge (TytoAlertRules *self, const TytoCameraFacts *facts, gint64 now_us);

/* A run ended, or the recording was started anew, for @reason (a gap's, or "no-segment"). */
void tyto_alert_rules_run_ended (TytoAlertRules *self, const char *reason);

/* A gap opened, one that is over already included. */
void tyto_alert_rules_gap (TytoAlertRules *self, const char *reason, gint64 now_us);

/* @duration: s */
void tyto_alert_rules_segment (TytoAlertRules *self, guint64 bytes, double duration);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoAlertRules, tyto_alert_rules_free)

G_END_DECLS
