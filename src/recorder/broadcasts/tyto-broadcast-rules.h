/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-broadcast-rules.h: the alerts of broadcasts. One alert of a kind stands for all of them, as
 * long as it holds for any. */
#pragma once

#include "recorder/alerts/tyto-alerts.h"

G_BEGIN_DECLS

typedef struct _TytoBroadcastRules TytoBroadcastRules;

TytoBroadcastRules *tyto_broadcast_rules_new (TytoAlerts *alerts);
void tyto_broadcast_rules_free (TytoBroadcastRules *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoBroadcastRules, tyto_broadcast_rules_free)

/* @kind ("broadcast-stalled" …, static) holds for the broadcast @id of @stream_key, since @why (a
 * sentence without its full stop); NULL: it does not hold for it. */
void tyto_broadcast_rules_set (TytoBroadcastRules *self, const char *kind, const char *id,
                               const char *stream_key, const char *why);
/* None holds for @id any more. */
void tyto_broadcast_rules_forget (TytoBroadcastRules *self, const char *id);
/* @kind holds for the whole service; NULL: it does not. */
void tyto_broadcast_rules_set_service (TytoBroadcastRules *self, const char *kind, const char *why);

G_END_DECLS
