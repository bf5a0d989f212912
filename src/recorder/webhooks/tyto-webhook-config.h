/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-webhook-config.h: what a person says about one webhook: where to send what. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_WEBHOOK_CONFIG (tyto_webhook_config_get_type ())

/**
 * TytoWebhookConfig: a reference-counted record; not changed once shared (copy it to change it).
 * @id: `[A-Za-z0-9_-]{1,64}`
 * @url: http:// or https://, without user, password and fragment
 * @secret: a text of tyto-webhook-secrets.h, or a reference `${NAME}` to one; never shown; "" for
 * none: then nothing can be sent
 * @events: names of tyto_webhook_event_names(), sorted, each once
 * @enabled: whether anything is sent
 */
typedef struct {
  char *id;
  char *url;
  char *secret;
  char **events;
  gboolean enabled;
} TytoWebhookConfig;

GType tyto_webhook_config_get_type (void);
TytoWebhookConfig *tyto_webhook_config_new (const char *id);
TytoWebhookConfig *tyto_webhook_config_copy (const TytoWebhookConfig *self);
TytoWebhookConfig *tyto_webhook_config_ref (TytoWebhookConfig *self);
void tyto_webhook_config_unref (TytoWebhookConfig *self);
gboolean tyto_webhook_config_equal (const TytoWebhookConfig *a, const TytoWebhookConfig *b);

/* All events there are, NULL-terminated: alert.raised, alert.cleared (the default),
 * segment.archived, segment.closed, gap.opened, gap.closed, camera.state, broadcast.started,
 * broadcast.ended, broadcast.completed, broadcast.failed. */
const char *const *tyto_webhook_event_names (void);

/* Whether it is to be told of @event. */
gboolean tyto_webhook_config_wants (const TytoWebhookConfig *self, const char *event);

/**
 * Changes @self by the members of @dict (a{sv}: url, secret, events, enabled; others are refused);
 * a null makes a member its default. FALSE and TYTO_ERROR_INVALID_ARGUMENT naming the member when
 * one is wrong; @self is then unusable.
 */
gboolean tyto_webhook_config_apply (TytoWebhookConfig *self, GVariant *dict, GError **error);

/* id s, url s, events as, enabled b, as the API shows them: into @dict (a{sv}). */
void tyto_webhook_config_describe (const TytoWebhookConfig *self, GVariantDict *dict);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoWebhookConfig, tyto_webhook_config_unref)

G_END_DECLS
