/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-address-refusal.h"

static const char *
refusal (const char *text, const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);

  g_assert_nonnull (address);
  return tyto_address_refusal (address, host);
}

static void
test_refused (void)
{
  static const char *const wrong[] = {
    "0.0.0.0",
    "0.1.2.3",
    "169.254.0.1",
    "169.254.169.254",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "::",
    "fe80::1",
    "febf::1",
    "ff02::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "::ffff:169.254.169.254", /* mapped */
    "::ffff:0.0.0.0",
    "::ffff:127.0.0.1",
    "::169.254.169.254",        /* compatible */
    "::ffff:0:169.254.169.254", /* translated, RFC 2765 */
    "64:ff9b::a9fe:a9fe",       /* translated, RFC 6052 */
    "64:ff9b::7f00:1",
    "2002:a9fe:a9fe::1", /* 6to4 */
    "2002:e000:1::",
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_test_message ("%s", wrong[i]);
    g_assert_nonnull (refusal (wrong[i], "receiver.example"));
    g_assert_nonnull (refusal (wrong[i], wrong[i]));
    g_assert_nonnull (refusal (wrong[i], "localhost"));
  }
}

static void
test_allowed (void)
{
  static const char *const right[] = {
    "192.0.2.1",   "10.0.0.1",     "172.16.0.1", "192.168.1.10",     "100.64.0.1",        "1.1.1.1",
    "2001:db8::1", "2606:4700::1", "fd12::1",    "::ffff:192.0.2.1", "64:ff9b::c000:201",
  };

  for (guint i = 0; i < G_N_ELEMENTS (right); i++) {
    g_test_message ("%s", right[i]);
    g_assert_null (refusal (right[i], "receiver.example"));
  }
}

static void
test_loopback_is_for_who_names_it (void)
{
  static const char *const addresses[] = { "127.0.0.1", "127.1.2.3", "::1" };

  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++) {
    g_assert_null (refusal (addresses[i], "localhost"));
    g_assert_null (refusal (addresses[i], "LocalHost"));
    g_assert_null (refusal (addresses[i], addresses[i]));
    g_assert_nonnull (refusal (addresses[i], "rebound.example"));
    g_assert_nonnull (refusal (addresses[i], "192.0.2.1"));
    g_assert_nonnull (refusal (addresses[i], "2130706433")); /* 127.0.0.1 in decimal */
    g_assert_nonnull (refusal (addresses[i], "localhost.example"));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/webhook-address/refused", test_refused);
  g_test_add_func ("/webhook-address/allowed", test_allowed);
  g_test_add_func ("/webhook-address/loopback", test_loopback_is_for_who_names_it);
  return g_test_run ();
}
