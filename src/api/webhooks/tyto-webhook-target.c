/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/webhooks/tyto-webhook-target.h"

#include "base/tyto-address-refusal.h"
#include "base/tyto-error.h"

/* --- Goes through the addresses --- */

#define TYTO_TYPE_WEBHOOK_ADDRESSES (tyto_webhook_addresses_get_type ())
G_DECLARE_FINAL_TYPE (TytoWebhookAddresses, tyto_webhook_addresses, TYTO, WEBHOOK_ADDRESSES,
                      GSocketAddressEnumerator)

struct _TytoWebhookAddresses {
  GSocketAddressEnumerator parent_instance;

  GPtrArray *addresses; /* (element-type GSocketAddress) */
  guint next;
};

G_DEFINE_FINAL_TYPE (TytoWebhookAddresses, tyto_webhook_addresses, G_TYPE_SOCKET_ADDRESS_ENUMERATOR)

/* Never blocks: the asynchronous form of the parent calls this. */
static GSocketAddress *
tyto_webhook_addresses_next (GSocketAddressEnumerator *enumerator, GCancellable *cancellable,
                             GError **error)
{
  TytoWebhookAddresses *self = TYTO_WEBHOOK_ADDRESSES (enumerator);

  if (self->next == self->addresses->len)
    return NULL;
  return g_object_ref (self->addresses->pdata[self->next++]);
}

static void
tyto_webhook_addresses_finalize (GObject *object)
{
  g_ptr_array_unref (TYTO_WEBHOOK_ADDRESSES (object)->addresses);
  G_OBJECT_CLASS (tyto_webhook_addresses_parent_class)->finalize (object);
}

static void
tyto_webhook_addresses_class_init (TytoWebhookAddressesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_webhook_addresses_finalize;
  G_SOCKET_ADDRESS_ENUMERATOR_CLASS (klass)->next = tyto_webhook_addresses_next;
}

static void
tyto_webhook_addresses_init (TytoWebhookAddresses *self)
{
}

/* --- The target --- */

struct _TytoWebhookTarget {
  GNetworkAddress parent_instance;

  GPtrArray *addresses; /* (element-type GSocketAddress) */
};

static void tyto_webhook_target_connectable_init (GSocketConnectableIface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TytoWebhookTarget, tyto_webhook_target, G_TYPE_NETWORK_ADDRESS,
                               G_IMPLEMENT_INTERFACE (G_TYPE_SOCKET_CONNECTABLE,
                                                      tyto_webhook_target_connectable_init))

TytoWebhookTarget *
tyto_webhook_target_new (const char *host, guint16 port, GList *addresses, GError **error)
{
  g_autoptr (TytoWebhookTarget) self
      = g_object_new (TYTO_TYPE_WEBHOOK_TARGET, "hostname", host, "port", (guint) port, NULL);
  const char *why = "it has no address";
  g_autofree char *refused = NULL;

  for (GList *item = addresses; item != NULL; item = item->next) {
    const char *refusal = tyto_address_refusal (item->data, host);

    if (refusal == NULL) {
      g_ptr_array_add (self->addresses, g_inet_socket_address_new (item->data, port));
    } else {
      g_free (refused);
      refused = g_inet_address_to_string (item->data);
      why = refusal;
    }
  }
  if (self->addresses->len > 0)
    return g_steal_pointer (&self);
  tyto_set_error (error, TYTO_ERROR_FORBIDDEN, "Give the address of a receiver.",
                  "Nothing is sent to %s%s%s, since %s", host, refused != NULL ? " at " : "",
                  refused != NULL ? refused : "", why);
  return NULL;
}

static GSocketAddressEnumerator *
tyto_webhook_target_enumerate (GSocketConnectable *connectable)
{
  TytoWebhookAddresses *enumerator = g_object_new (TYTO_TYPE_WEBHOOK_ADDRESSES, NULL);

  enumerator->addresses = g_ptr_array_ref (TYTO_WEBHOOK_TARGET (connectable)->addresses);
  return G_SOCKET_ADDRESS_ENUMERATOR (enumerator);
}

static void
tyto_webhook_target_connectable_init (GSocketConnectableIface *iface)
{
  iface->enumerate = tyto_webhook_target_enumerate;
  iface->proxy_enumerate = tyto_webhook_target_enumerate;
}

static void
tyto_webhook_target_finalize (GObject *object)
{
  g_ptr_array_unref (TYTO_WEBHOOK_TARGET (object)->addresses);
  G_OBJECT_CLASS (tyto_webhook_target_parent_class)->finalize (object);
}

static void
tyto_webhook_target_class_init (TytoWebhookTargetClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_webhook_target_finalize;
}

static void
tyto_webhook_target_init (TytoWebhookTarget *self)
{
  self->addresses = g_ptr_array_new_with_free_func (g_object_unref);
}
