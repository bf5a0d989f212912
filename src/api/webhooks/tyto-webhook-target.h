/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-webhook-target.h: a host with the addresses it may be reached at. What connects to it goes
 * to these alone and resolves nothing again, so that a name cannot lead elsewhere once its
 * addresses have been checked; TLS still asks for the host, and verifies its certificate. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_WEBHOOK_TARGET (tyto_webhook_target_get_type ())
G_DECLARE_FINAL_TYPE (TytoWebhookTarget, tyto_webhook_target, TYTO, WEBHOOK_TARGET, GNetworkAddress)

/* @addresses (element-type GInetAddress): what @host resolved to. NULL when nothing may be sent to
 * any of them (tyto_address_refusal()): TYTO_ERROR_FORBIDDEN. */
TytoWebhookTarget *
tyto_webhook_target_new (const char *host, guint16 port, GList *addresses, GError **error);

G_END_DECLS
