/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a webhook connects to: the addresses that were checked, and no others. */
#include "api/webhooks/tyto-webhook-target.h"
#include "base/tyto-error.h"

#include <string.h>

/* What @host with @addresses (separated by spaces) leads to, in the same form; NULL with @error. */
static char *
enumerate (const char *host, const char *addresses, GError **error)
{
  g_auto (GStrv) words = g_strsplit (addresses, " ", -1);
  g_autolist (GInetAddress) list = NULL;
  g_autoptr (TytoWebhookTarget) target = NULL;
  g_autoptr (GSocketAddressEnumerator) enumerator = NULL;
  GString *found;
  GSocketAddress *next;

  for (guint i = 0; words[i] != NULL; i++)
    list = g_list_append (list, g_inet_address_new_from_string (words[i]));
  target = tyto_webhook_target_new (host, 8443, list, error);
  if (target == NULL)
    return NULL;
  /* What TLS asks for and verifies. */
  g_assert_cmpstr (g_network_address_get_hostname (G_NETWORK_ADDRESS (target)), ==, host);
  enumerator = g_socket_connectable_enumerate (G_SOCKET_CONNECTABLE (target));
  found = g_string_new (NULL);
  while ((next = g_socket_address_enumerator_next (enumerator, NULL, NULL)) != NULL) {
    g_autoptr (GInetSocketAddress) address = G_INET_SOCKET_ADDRESS (next);
    g_autofree char *text = g_inet_address_to_string (g_inet_socket_address_get_address (address));

    g_assert_cmpuint (g_inet_socket_address_get_port (address), ==, 8443);
    g_string_append_printf (found, "%s%s", found->len > 0 ? " " : "", text);
  }
  return g_string_free (found, FALSE);
}

static void
test_allowed_addresses_alone (void)
{
  g_autofree char *all = enumerate ("receiver.example", "192.0.2.1 2001:db8::1", NULL);
  g_autofree char *some = enumerate (
      "receiver.example", "169.254.169.254 192.0.2.1 127.0.0.1 fe80::1 ::ffff:169.254.0.1", NULL);
  g_autofree char *loopback = enumerate ("localhost", "::1 127.0.0.1", NULL);

  g_assert_cmpstr (all, ==, "192.0.2.1 2001:db8::1");
  g_assert_cmpstr (some, ==, "192.0.2.1");
  g_assert_cmpstr (loopback, ==, "::1 127.0.0.1");
}

static void
test_none_is_left (void)
{
  static const char *const wrong[]
      = { "169.254.169.254", "127.0.0.1", "::1", "fe80::1 169.254.0.1", "0.0.0.0" };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *found = enumerate ("rebound.example", wrong[i], &error);

    g_assert_null (found);
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_FORBIDDEN);
    g_assert_nonnull (strstr (error->message, "rebound.example"));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/webhook-target/allowed-addresses-alone", test_allowed_addresses_alone);
  g_test_add_func ("/webhook-target/none-is-left", test_none_is_left);
  return g_test_run ();
}
