/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctl-webhook.h: what the commands over webhooks share. */
#pragma once

#include "tytoctl/ctl-client.h"

G_BEGIN_DECLS

#define CTL_WEBHOOKS "/api/v1/webhooks"

/* CTL_WEBHOOKS "/ID" + @suffix. (transfer full). TYTO_ERROR_INVALID_ARGUMENT when @id is none. */
char *ctl_webhook_path (const char *id, const char *suffix, GError **error);

/* Prints the secret that was made for @webhook, where the answer has it. */
void ctl_webhook_print_secret (GVariant *webhook);

G_END_DECLS
