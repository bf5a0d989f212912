/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-delivery.h"

G_DEFINE_BOXED_TYPE (TytoDelivery, tyto_delivery, tyto_delivery_ref, tyto_delivery_unref)

TytoDelivery *
tyto_delivery_new (const char *id, const char *endpoint, const char *body, gint64 created_us)
{
  TytoDelivery *self = g_atomic_rc_box_new0 (TytoDelivery);

  self->id = g_strdup (id);
  self->endpoint = g_strdup (endpoint);
  self->body = g_strdup (body);
  self->created_us = created_us;
  self->due_us = created_us;
  self->last_error = g_strdup ("");
  return self;
}

TytoDelivery *
tyto_delivery_ref (TytoDelivery *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  TytoDelivery *self = data;

  g_free (self->id);
  g_free (self->endpoint);
  g_free (self->body);
  g_free (self->last_error);
}

void
tyto_delivery_unref (TytoDelivery *self)
{
  g_atomic_rc_box_release_full (self, clear);
}
