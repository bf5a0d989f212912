/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-webhooks-private.h: what the files of #TytoWebhooks share. */
#pragma once

#include "recorder/webhooks/tyto-webhook.h"
#include "recorder/webhooks/tyto-webhooks.h"

G_BEGIN_DECLS

struct _TytoWebhooks {
  GObject parent_instance;

  TytoSettings *settings;
  TytoCatalogue *catalogue;
  TytoAlerts *alerts;
  TytoWebhookSender *sender; /* nullable */
  GHashTable *webhooks;      /* (element-type utf8 TytoWebhook) */
  GHashTable *gone;          /* (element-type utf8): ids of those that answered 410 */
  gboolean running;
};

/* The webhook, or NULL with TYTO_ERROR_NOT_FOUND. (transfer none) */
TytoWebhook *tyto_webhooks_look_up (TytoWebhooks *self, const char *id, GError **error);

/* {"type": …, "timestamp": …, "data": …} as JSON. (transfer full) */
char *tyto_webhooks_write_message (const char *event, GVariant *data);

G_END_DECLS
