/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-delivery.h: a message that waits in the catalogue until its web hook has taken it. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define TYTO_TYPE_DELIVERY (tyto_delivery_get_type ())

/**
 * TytoDelivery: a reference-counted record; do not change it once it is shared.
 * @id: of this message to this endpoint, the sender's to make
 * @endpoint: where to, the sender's word for it
 * @body: what to send
 * @created_us, @due_us: µs since the Unix epoch; @due_us: not to be tried before
 * @tries: times it was tried; @last_error: how the last of them failed, "" for none
 */
typedef struct {
  char *id;
  char *endpoint;
  char *body;
  gint64 created_us;
  gint64 due_us;
  guint tries;
  char *last_error;
} TytoDelivery;

GType tyto_delivery_get_type (void);
/* Created and due @created_us, not tried yet. */
TytoDelivery *
tyto_delivery_new (const char *id, const char *endpoint, const char *body, gint64 created_us);
TytoDelivery *tyto_delivery_ref (TytoDelivery *self);
void tyto_delivery_unref (TytoDelivery *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoDelivery, tyto_delivery_unref)

G_END_DECLS
