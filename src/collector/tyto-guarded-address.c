/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "collector/tyto-guarded-address.h"

#include "base/tyto-address-refusal.h"
#include "base/tyto-error.h"

/* --- Goes through the addresses --- */

#define TYTO_TYPE_GUARDED_ADDRESSES (tyto_guarded_addresses_get_type ())
G_DECLARE_FINAL_TYPE (TytoGuardedAddresses, tyto_guarded_addresses, TYTO, GUARDED_ADDRESSES,
                      GSocketAddressEnumerator)

struct _TytoGuardedAddresses {
  GSocketAddressEnumerator parent_instance;

  GSocketAddressEnumerator *all;
  char *host;
  const char *refusal; /* (nullable): of the last one that was passed over */
  gboolean given;      /* one may be asked */
};

G_DEFINE_FINAL_TYPE (TytoGuardedAddresses, tyto_guarded_addresses, G_TYPE_SOCKET_ADDRESS_ENUMERATOR)

/* Whether @address (nullable: there are no more) is the answer; else it is passed over. */
static gboolean
judge (TytoGuardedAddresses *self, GSocketAddress *address, GError **error)
{
  const char *refusal;

  if (address == NULL) {
    if (!self->given && self->refusal != NULL)
      tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Give the address of a server.",
                      "Nothing is fetched from %s, since %s", self->host, self->refusal);
    return TRUE;
  }
  refusal = G_IS_INET_SOCKET_ADDRESS (address) ? tyto_address_refusal (
                g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)), self->host)
                                               : "it is no Internet address";
  if (refusal == NULL)
    self->given = TRUE;
  else
    self->refusal = refusal;
  return refusal == NULL;
}

static GSocketAddress *
tyto_guarded_addresses_next (GSocketAddressEnumerator *enumerator, GCancellable *cancellable,
                             GError **error)
{
  TytoGuardedAddresses *self = TYTO_GUARDED_ADDRESSES (enumerator);

  for (;;) {
    g_autoptr (GError) cause = NULL;
    g_autoptr (GSocketAddress) address
        = g_socket_address_enumerator_next (self->all, cancellable, &cause);

    if (cause != NULL) {
      g_propagate_error (error, g_steal_pointer (&cause));
      return NULL;
    }
    if (judge (self, address, error))
      return g_steal_pointer (&address);
  }
}

static void
on_next (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoGuardedAddresses *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (GSocketAddress) address
      = g_socket_address_enumerator_next_finish (self->all, result, &error);

  if (error != NULL) {
    g_task_return_error (task, error);
  } else if (!judge (self, address, &error)) {
    g_socket_address_enumerator_next_async (self->all, g_task_get_cancellable (task), on_next,
                                            g_object_ref (task));
  } else if (error != NULL) {
    g_task_return_error (task, error);
  } else {
    g_task_return_pointer (task, g_steal_pointer (&address), g_object_unref);
  }
}

static void
tyto_guarded_addresses_next_async (GSocketAddressEnumerator *enumerator, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  TytoGuardedAddresses *self = TYTO_GUARDED_ADDRESSES (enumerator);

  g_socket_address_enumerator_next_async (self->all, cancellable, on_next,
                                          g_task_new (self, cancellable, callback, user_data));
}

static GSocketAddress *
tyto_guarded_addresses_next_finish (GSocketAddressEnumerator *enumerator, GAsyncResult *result,
                                    GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
tyto_guarded_addresses_finalize (GObject *object)
{
  TytoGuardedAddresses *self = TYTO_GUARDED_ADDRESSES (object);

  g_clear_object (&self->all);
  g_free (self->host);
  G_OBJECT_CLASS (tyto_guarded_addresses_parent_class)->finalize (object);
}

static void
tyto_guarded_addresses_class_init (TytoGuardedAddressesClass *klass)
{
  GSocketAddressEnumeratorClass *enumerator_class = G_SOCKET_ADDRESS_ENUMERATOR_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = tyto_guarded_addresses_finalize;
  enumerator_class->next = tyto_guarded_addresses_next;
  enumerator_class->next_async = tyto_guarded_addresses_next_async;
  enumerator_class->next_finish = tyto_guarded_addresses_next_finish;
}

static void
tyto_guarded_addresses_init (TytoGuardedAddresses *self)
{
}

/* --- The host --- */

struct _TytoGuardedAddress {
  GNetworkAddress parent_instance;
};

static void tyto_guarded_address_connectable_init (GSocketConnectableIface *iface);

/* A GNetworkAddress, so that TLS knows whose certificate to ask for. */
G_DEFINE_FINAL_TYPE_WITH_CODE (TytoGuardedAddress, tyto_guarded_address, G_TYPE_NETWORK_ADDRESS,
                               G_IMPLEMENT_INTERFACE (G_TYPE_SOCKET_CONNECTABLE,
                                                      tyto_guarded_address_connectable_init))

TytoGuardedAddress *
tyto_guarded_address_new (const char *host, guint16 port)
{
  return g_object_new (TYTO_TYPE_GUARDED_ADDRESS, "hostname", host, "port", (guint) port, NULL);
}

static GSocketAddressEnumerator *
tyto_guarded_address_enumerate (GSocketConnectable *connectable)
{
  GSocketConnectableIface *iface
      = g_type_interface_peek_parent (G_SOCKET_CONNECTABLE_GET_IFACE (connectable));
  TytoGuardedAddresses *enumerator = g_object_new (TYTO_TYPE_GUARDED_ADDRESSES, NULL);

  enumerator->all = iface->enumerate (connectable);
  enumerator->host = g_strdup (g_network_address_get_hostname (G_NETWORK_ADDRESS (connectable)));
  return G_SOCKET_ADDRESS_ENUMERATOR (enumerator);
}

static void
tyto_guarded_address_connectable_init (GSocketConnectableIface *iface)
{
  iface->enumerate = tyto_guarded_address_enumerate;
  iface->proxy_enumerate = tyto_guarded_address_enumerate;
}

static void
tyto_guarded_address_class_init (TytoGuardedAddressClass *klass)
{
}

static void
tyto_guarded_address_init (TytoGuardedAddress *self)
{
}
